using System.Data.Common;

namespace Guildhall.Storage;

/// <summary>The versions of accounts. An account that has none yet is at 0 and 0.</summary>
internal static class VersionRows
{
    /// <summary>For PostgreSQL, of many accounts at once: the array of their ids is its one parameter.</summary>
    public const string OfMany = "SELECT account_id, register, identity FROM versions WHERE account_id = ANY($1)";

    /// <summary>Counts a change of the register for each of the accounts, in the order of their ids. For PostgreSQL.</summary>
    public const string CountRegisterOfMany =
        """
        INSERT INTO versions (account_id, register, identity)
        SELECT id, 1, 0 FROM unnest(string_to_array(@ids, ',')) AS id ORDER BY id
        ON CONFLICT (account_id) DO UPDATE SET register = versions.register + 1
        """;

    /// <summary>Counts a change of who may act for the account: what anyone remembers of that is looked up again.</summary>
    public static Task CountIdentityAsync(this Transaction transaction, string accountId, CancellationToken cancellationToken)
    {
        transaction.ChangesIdentity = true;
        return transaction.ExecuteAsync(
            """
            INSERT INTO versions (account_id, register, identity) VALUES (@account, 0, 1)
            ON CONFLICT (account_id) DO UPDATE SET identity = versions.identity + 1
            """,
            [("account", accountId)],
            cancellationToken);
    }

    /// <summary>An account's versions in two columns of a row, nulls where it has none.</summary>
    public static AccountVersions Versions(this DbDataReader row, int column) =>
        row.IsDBNull(column) ? default : new AccountVersions(row.GetInt64(column), row.GetInt64(column + 1));

    public static Task<long> FindIdentityVersionAsync(this Session session, string accountId) =>
        session.FindAsync("SELECT identity FROM versions WHERE account_id = @account", row => row.GetInt64(0), [("account", accountId)]);
}

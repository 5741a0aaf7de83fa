using System.Data.Common;
using System.Security.Cryptography;
using Guildhall.Identity;
using Guildhall.Sealing;

namespace Guildhall.Storage;

internal static class AccessKeyRows
{
    private const string Keys =
        """
        SELECT k.access_key, k.account_id, k.user_id, u.name, k.description, k.created_at, k.disabled_at, k.made_with, p.id, p.name
        FROM   access_keys k JOIN users u ON u.account_id = k.account_id AND u.id = k.user_id
               LEFT JOIN projects p ON p.account_id = k.account_id AND p.id = k.project_id
        """;

    /// <summary>A key, and those that were made with it, and with those.</summary>
    private const string WithDescendants =
        """
        WITH RECURSIVE made (access_key) AS (
            SELECT access_key FROM access_keys WHERE access_key = @key
            UNION
            SELECT k.access_key FROM access_keys k JOIN made m ON k.made_with = m.access_key)
        """;

    /// <summary>Has the row's secret sealed, in place of the one that was read.</summary>
    internal const string Reseal = "UPDATE access_keys SET secret_key = @secret, data_key = @data_key WHERE access_key = @key AND secret_key = @before";

    /// <summary>What a sealed secret belongs to: it opens for nothing else.</summary>
    internal static string OwnerOf(string accountId, string accessKey) => $"access key\n{accountId}\n{accessKey}";

    internal static (string Name, object? Value)[] ResealParameters(string accessKey, string before, string secret, long dataKey) =>
        [("secret", secret), ("data_key", dataKey), ("key", accessKey), ("before", before)];

    /// <summary>Who signs with the key, and the sealed secret it signs with; null when the key, its user, its account or its project is unknown or disabled.</summary>
    public static Task<SealedSigner?> FindSignerAsync(this Session session, string accessKey, CancellationToken cancellationToken) =>
        session.FindAsync(
            """
            SELECT a.id, a.name, u.id, u.name, u.role, k.secret_key, v.register, v.identity, d.account_id, d.number, d.wrapped, d.store_key, s.wrapped, p.id, p.name, k.access_key
            FROM   access_keys k
                   JOIN users u ON u.account_id = k.account_id AND u.id = k.user_id
                   JOIN accounts a ON a.id = k.account_id
                   LEFT JOIN projects p ON p.account_id = k.account_id AND p.id = k.project_id AND p.disabled_at IS NULL
                   LEFT JOIN versions v ON v.account_id = k.account_id
                   LEFT JOIN data_keys d ON d.account_id = k.account_id AND d.number = k.data_key
                   LEFT JOIN store_keys s ON s.id = d.store_key
            WHERE  k.access_key = @key AND k.disabled_at IS NULL AND u.disabled_at IS NULL AND a.disabled_at IS NULL
                   AND (k.project_id IS NULL OR p.id IS NOT NULL)
            """,
            ReadSigner,
            [("key", accessKey)],
            cancellationToken);

    /// <summary>The account's access keys, or one user's, oldest first.</summary>
    /// <param name="userId">Null for every user's.</param>
    public static Task<List<AccessKeyEntry>> ListAccessKeysAsync(
        this Session session, string accountId, string? userId, CancellationToken cancellationToken) =>
        session.QueryAsync(
            $"{Keys} WHERE k.account_id = @account AND (@user = '' OR k.user_id = @user) ORDER BY k.created_at, k.access_key",
            ReadKey,
            [("account", accountId), ("user", userId ?? "")],
            cancellationToken);

    public static Task<AccessKeyEntry?> FindAccessKeyAsync(this Session session, string accessKey, CancellationToken cancellationToken) =>
        session.FindAsync($"{Keys} WHERE k.access_key = @key", ReadKey, [("key", accessKey)], cancellationToken);

    public static Task AddAsync(this Transaction transaction, AccessKeyEntry key, ReadOnlyMemory<byte> secretKey, DataKey dataKey, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            """
            INSERT INTO access_keys (access_key, secret_key, data_key, account_id, user_id, description, disabled_at, created_at, project_id, made_with)
            VALUES (@key, @secret, @data_key, @account, @user, @description, NULL, @created, @project, @maker)
            """,
            [
                ("key", key.AccessKey), ("secret", dataKey.Seal(secretKey.Span, OwnerOf(key.AccountId, key.AccessKey))), ("data_key", dataKey.Number),
                ("account", key.AccountId), ("user", key.UserId), ("description", key.Description), ("created", key.CreatedAt),
                ("project", key.Project?.Id), ("maker", key.MadeWith),
            ],
            cancellationToken);

    /// <summary>Puts the key into use again, or out of use together with those that were made with it.</summary>
    public static async Task SaveAsync(this Transaction transaction, AccessKeyEntry key, CancellationToken cancellationToken)
    {
        await transaction.ChangeAllAsync(
            key.IsEnabled
                ? "UPDATE access_keys SET disabled_at = @disabled WHERE access_key = @key"
                : $"{WithDescendants} UPDATE access_keys SET disabled_at = @disabled WHERE disabled_at IS NULL AND access_key IN (SELECT access_key FROM made)",
            [[("disabled", key.DisabledAt), ("key", key.AccessKey)]],
            cancellationToken);
        await transaction.CountIdentityAsync(key.AccountId, cancellationToken);
    }

    /// <summary>Removes the key, and those that were made with it.</summary>
    public static async Task RemoveAsync(this Transaction transaction, AccessKeyEntry key, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync(
            $"{WithDescendants} DELETE FROM access_keys WHERE access_key IN (SELECT access_key FROM made)", [("key", key.AccessKey)], cancellationToken);
        await transaction.CountIdentityAsync(key.AccountId, cancellationToken);
    }

    /// <summary>Removes all keys of the user, and those of others that were made with them. The caller counts the change.</summary>
    public static async Task RemoveKeysOfUserAsync(this Transaction transaction, string accountId, string userId, CancellationToken cancellationToken)
    {
        foreach (var key in await transaction.ListAccessKeysAsync(accountId, userId, cancellationToken))
        {
            await transaction.RemoveAsync(key, cancellationToken);
        }
    }

    /// <summary>The signer with its secret open.</summary>
    /// <exception cref="OperatorException">The store's key is not at hand, or the row was changed.</exception>
    public static async Task<Signer> OpenAsync(this SealedSigner signer, StoreKeys keys, string accessKey, CancellationToken cancellationToken)
    {
        var accountId = signer.Principal.AccountId;
        using var dataKey = await keys.OpenAsync(
            signer.DataKey ?? throw new OperatorException($"The secret of access key {accessKey} is not sealed: it was written by an earlier version while this one ran. Restart, and stop the earlier one first."),
            cancellationToken);
        try
        {
            return new Signer(signer.Principal, dataKey.Open(signer.SealedSecret, OwnerOf(accountId, accessKey)));
        }
        catch (CryptographicException)
        {
            throw new OperatorException($"The store was changed: the secret of access key {accessKey} does not open.");
        }
    }

    private static AccessKeyEntry ReadKey(DbDataReader row) =>
        new(row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4), row.Time(5), row.TimeOrNull(6)) { MadeWith = row.TextOrNull(7), Project = ReadProject(row, 8) };

    private static ProjectScope? ReadProject(DbDataReader row, int column) => row.TextOrNull(column) is { } id ? new ProjectScope(id, row.Text(column + 1)) : null;

    private static SealedSigner ReadSigner(DbDataReader row)
    {
        var project = ReadProject(row, 13);
        var principal = new Principal(row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.RoleAt(4), project, IsUnbound: true)
        {
            Versions = row.Versions(6),
            Reach = project is null ? CredentialReach.Account : CredentialReach.Of(project),
            AccessKey = row.Text(15),
        };
        return new SealedSigner(principal, row.Text(5), StoreKeyRows.ReadKey(row, 8));
    }
}

/// <summary>Who signs with an access key, and its secret as the store has it.</summary>
/// <param name="DataKey">Opens the secret; null where it is in clear.</param>
internal sealed record SealedSigner(Principal Principal, string SealedSecret, WrappedKey? DataKey);

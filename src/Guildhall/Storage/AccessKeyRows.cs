using System.Data.Common;
using Guildhall.Identity;

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

    /// <summary>Who signs with the key, and the secret it signs with; null when the key, its user, its account or its project is unknown or disabled.</summary>
    public static Task<Signer?> FindSignerAsync(this Session session, string accessKey, CancellationToken cancellationToken) =>
        session.FindAsync(
            """
            SELECT a.id, a.name, u.id, u.name, u.role, k.secret_key, v.register, v.identity, p.id, p.name, k.access_key
            FROM   access_keys k
                   JOIN users u ON u.account_id = k.account_id AND u.id = k.user_id
                   JOIN accounts a ON a.id = k.account_id
                   LEFT JOIN projects p ON p.account_id = k.account_id AND p.id = k.project_id AND p.disabled_at IS NULL
                   LEFT JOIN versions v ON v.account_id = k.account_id
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

    public static Task AddAsync(this Transaction transaction, AccessKeyEntry key, string secretKey, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            """
            INSERT INTO access_keys (access_key, secret_key, account_id, user_id, description, disabled_at, created_at, project_id, made_with)
            VALUES (@key, @secret, @account, @user, @description, NULL, @created, @project, @maker)
            """,
            [
                ("key", key.AccessKey), ("secret", secretKey), ("account", key.AccountId), ("user", key.UserId),
                ("description", key.Description), ("created", key.CreatedAt), ("project", key.Project?.Id), ("maker", key.MadeWith),
            ],
            cancellationToken);

    /// <summary>Puts the key into use again, or out of use together with those that were made with it.</summary>
    public static async Task SaveAsync(this Transaction transaction, AccessKeyEntry key, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync(
            key.IsEnabled
                ? "UPDATE access_keys SET disabled_at = @disabled WHERE access_key = @key"
                : $"{WithDescendants} UPDATE access_keys SET disabled_at = @disabled WHERE disabled_at IS NULL AND access_key IN (SELECT access_key FROM made)",
            [("disabled", key.DisabledAt), ("key", key.AccessKey)],
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

    private static AccessKeyEntry ReadKey(DbDataReader row) =>
        new(row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4), row.Time(5), row.TimeOrNull(6)) { MadeWith = row.TextOrNull(7), Project = ReadProject(row, 8) };

    private static ProjectScope? ReadProject(DbDataReader row, int column) => row.TextOrNull(column) is { } id ? new ProjectScope(id, row.Text(column + 1)) : null;

    private static Signer ReadSigner(DbDataReader row)
    {
        var project = ReadProject(row, 8);
        var principal = new Principal(row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.RoleAt(4), project, IsUnbound: true)
        {
            Versions = row.Versions(6),
            Reach = project is null ? CredentialReach.Account : CredentialReach.Of(project),
            AccessKey = row.Text(10),
        };
        return new Signer(principal, new Secret(row.Text(5)));
    }
}

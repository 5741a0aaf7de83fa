using System.Data.Common;
using Guildhall.Identity;

namespace Guildhall.Storage;

internal static class AccessKeyRows
{
    private const string Keys =
        """
        SELECT k.access_key, k.account_id, k.user_id, u.name, k.description, k.created_at, k.disabled_at
        FROM   access_keys k JOIN users u ON u.account_id = k.account_id AND u.id = k.user_id
        """;

    /// <summary>Who signs with the key, and the secret it signs with; null when the key, its user or its account is unknown or disabled.</summary>
    public static Task<Signer?> FindSignerAsync(this Session session, string accessKey, CancellationToken cancellationToken) =>
        session.FindAsync(
            """
            SELECT a.id, a.name, u.id, u.name, u.role, k.secret_key, v.register, v.identity
            FROM   access_keys k
                   JOIN users u ON u.account_id = k.account_id AND u.id = k.user_id
                   JOIN accounts a ON a.id = k.account_id
                   LEFT JOIN versions v ON v.account_id = k.account_id
            WHERE  k.access_key = @key AND k.disabled_at IS NULL AND u.disabled_at IS NULL AND a.disabled_at IS NULL
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
            INSERT INTO access_keys (access_key, secret_key, account_id, user_id, description, disabled_at, created_at)
            VALUES (@key, @secret, @account, @user, @description, NULL, @created)
            """,
            [
                ("key", key.AccessKey), ("secret", secretKey), ("account", key.AccountId), ("user", key.UserId),
                ("description", key.Description), ("created", key.CreatedAt),
            ],
            cancellationToken);

    public static async Task SaveAsync(this Transaction transaction, AccessKeyEntry key, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync(
            "UPDATE access_keys SET disabled_at = @disabled WHERE access_key = @key",
            [("disabled", key.DisabledAt), ("key", key.AccessKey)],
            cancellationToken);
        await transaction.CountIdentityAsync(key.AccountId, cancellationToken);
    }

    public static async Task RemoveAsync(this Transaction transaction, AccessKeyEntry key, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync("DELETE FROM access_keys WHERE access_key = @key", [("key", key.AccessKey)], cancellationToken);
        await transaction.CountIdentityAsync(key.AccountId, cancellationToken);
    }

    private static AccessKeyEntry ReadKey(DbDataReader row) =>
        new(row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4), row.Time(5), row.TimeOrNull(6));

    private static Signer ReadSigner(DbDataReader row) => new(
        new Principal(row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.RoleAt(4), Scope: null, IsUnbound: true) { Versions = row.Versions(6) },
        new Secret(row.Text(5)));
}

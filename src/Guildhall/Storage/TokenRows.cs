using System.Data.Common;
using Guildhall.Identity;

namespace Guildhall.Storage;

/// <summary>Tokens, and the passwords they are given for.</summary>
internal static class TokenRows
{
    private const int RowsPerPruning = 1000;
    private const int TokensPerEnding = 100;

    /// <summary>The user with the id, to log in; null when it, or its account, is unknown or disabled.</summary>
    public static Task<Login?> FindLoginAsync(this Session session, string userId, CancellationToken cancellationToken) =>
        session.FindAsync(
            """
            SELECT a.id, a.name, u.id, u.name, u.role, u.disabled_at, u.password_hash
            FROM   users u JOIN accounts a ON a.id = u.account_id
            WHERE  u.id = @user AND a.disabled_at IS NULL
            """,
            ReadLogin,
            [("user", userId)],
            cancellationToken);

    /// <summary>The user with the name in the account with the id or the name, to log in; null when one of them is unknown or disabled.</summary>
    /// <remarks>An account logs in as itself under its own name: where no user has that name, its first enabled administrator answers.</remarks>
    public static Task<Login?> FindLoginAsync(
        this Session session, string accountId, string accountName, string userName, CancellationToken cancellationToken) =>
        session.FindAsync(
            """
            SELECT a.id, a.name, u.id, u.name, u.role, u.disabled_at, u.password_hash
            FROM   users u JOIN accounts a ON a.id = u.account_id
            WHERE  (a.id = @account OR a.name = @account_name) AND a.disabled_at IS NULL
                   AND (u.name = @user OR (a.name = @user AND u.role = 'admin' AND u.disabled_at IS NULL))
            ORDER BY CASE WHEN u.name = @user THEN 0 ELSE 1 END, u.created_at, u.id LIMIT 1
            """,
            ReadLogin,
            [("account", accountId), ("account_name", accountName), ("user", userName)],
            cancellationToken);

    /// <summary>What the token stands for; null when it is unknown, expired, or something it stands for is disabled.</summary>
    public static Task<TokenEntry?> FindTokenAsync(this Session session, string hash, DateTimeOffset now, CancellationToken cancellationToken) =>
        session.FindAsync(
            """
            SELECT a.id, a.name, u.id, u.name, u.role, p.id, p.name, t.is_domain_scoped, t.issued_at, t.expires_at, v.register, v.identity, t.is_session
            FROM   tokens t
                   JOIN users u ON u.account_id = t.account_id AND u.id = t.user_id
                   JOIN accounts a ON a.id = t.account_id
                   LEFT JOIN projects p ON p.account_id = t.account_id AND p.id = t.project_id AND p.disabled_at IS NULL
                   LEFT JOIN versions v ON v.account_id = t.account_id
            WHERE  t.hash = @hash AND t.expires_at > @now AND u.disabled_at IS NULL AND a.disabled_at IS NULL
                   AND (t.project_id IS NULL OR p.id IS NOT NULL)
            """,
            ReadToken,
            [("hash", hash), ("now", now)],
            cancellationToken);

    public static Task AddAsync(this Transaction transaction, string hash, TokenEntry token, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            """
            INSERT INTO tokens (hash, account_id, user_id, project_id, is_domain_scoped, is_session, issued_at, expires_at)
            VALUES (@hash, @account, @user, @project, @domain, @session, @issued, @expires)
            """,
            [
                ("hash", hash), ("account", token.Principal.AccountId), ("user", token.Principal.UserId),
                ("project", token.Principal.Scope?.Id), ("domain", token.IsDomainScoped), ("session", token.Principal.IsSession),
                ("issued", token.IssuedAt), ("expires", token.ExpiresAt),
            ],
            cancellationToken);

    public static async Task RemoveTokenAsync(this Transaction transaction, string accountId, string hash, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync("DELETE FROM tokens WHERE hash = @hash", [("hash", hash)], cancellationToken);
        await transaction.CountIdentityAsync(accountId, cancellationToken);
    }

    public static Task RemoveTokensOfAccountAsync(this Transaction transaction, string accountId, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("DELETE FROM tokens WHERE account_id = @account", [("account", accountId)], cancellationToken);

    public static Task RemoveTokensOfUserAsync(this Transaction transaction, string accountId, string userId, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            "DELETE FROM tokens WHERE account_id = @account AND user_id = @user", [("account", accountId), ("user", userId)], cancellationToken);

    public static Task RemoveTokensOfProjectAsync(
        this Transaction transaction, string accountId, string projectId, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            "DELETE FROM tokens WHERE account_id = @account AND project_id = @project",
            [("account", accountId), ("project", projectId)],
            cancellationToken);

    /// <summary>Whether the user has more tokens than so many.</summary>
    public static async Task<bool> HasMoreTokensAsync(this Session session, string accountId, string userId, int than, CancellationToken cancellationToken) =>
        await session.FindAsync(
            "SELECT 1 FROM tokens WHERE account_id = @account AND user_id = @user ORDER BY issued_at DESC LIMIT 1 OFFSET @than",
            row => row.GetInt64(0),
            [("account", accountId), ("user", userId), ("than", than)],
            cancellationToken) > 0;

    /// <summary>Ends the user's oldest tokens beyond so many, a hundred at most.</summary>
    public static async Task EndOldestTokensAsync(this Transaction transaction, string accountId, string userId, int beyond, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync(
            $"""
            DELETE FROM tokens WHERE hash IN
                (SELECT hash FROM tokens WHERE account_id = @account AND user_id = @user ORDER BY issued_at DESC LIMIT {TokensPerEnding} OFFSET @beyond)
            """,
            [("account", accountId), ("user", userId), ("beyond", beyond)],
            cancellationToken);
        await transaction.CountIdentityAsync(accountId, cancellationToken);
    }

    /// <summary>Drops expired tokens, the oldest first, a thousand at most.</summary>
    public static Task PruneTokensAsync(this Transaction transaction, DateTimeOffset now, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            $"DELETE FROM tokens WHERE hash IN (SELECT hash FROM tokens WHERE expires_at <= @now ORDER BY expires_at LIMIT {RowsPerPruning})",
            [("now", now)],
            cancellationToken);

    private static Login? ReadLogin(DbDataReader row) => row.TimeOrNull(5) is null
        ? new Login(new Principal(row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.RoleAt(4), Scope: null, IsUnbound: false), new Secret(row.Text(6)))
        : null;

    private static TokenEntry ReadToken(DbDataReader row)
    {
        var scope = row.TextOrNull(5) is { } project ? new ProjectScope(project, row.Text(6)) : null;
        var (isDomainScoped, isSession) = (row.Flag(7), row.Flag(12));
        var principal = new Principal(row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.RoleAt(4), scope, IsUnbound: false)
        {
            Versions = row.Versions(10),
            IsSession = isSession,
            Reach = isSession || isDomainScoped ? CredentialReach.Account : scope is null ? CredentialReach.Nothing : CredentialReach.Of(scope),
        };
        return new TokenEntry(principal, isDomainScoped, row.Time(8), row.Time(9));
    }
}

using System.Data.Common;
using Guildhall.Identity;

namespace Guildhall.Storage;

/// <summary>Accounts, and the users and projects in them.</summary>
internal static class IdentityRows
{
    private const string Users =
        """
        SELECT a.id, a.name, u.id, u.name, u.role, u.created_at, u.disabled_at
        FROM   users u JOIN accounts a ON a.id = u.account_id
        """;

    private const string Projects =
        """
        SELECT a.id, a.name, p.id, p.name, p.created_at, p.disabled_at
        FROM   projects p JOIN accounts a ON a.id = p.account_id
        """;

    public static Task<List<AccountEntry>> ListAccountsAsync(this Session session, CancellationToken cancellationToken) =>
        session.QueryAsync(
            "SELECT id, name, created_at, disabled_at FROM accounts ORDER BY name", ReadAccount, cancellationToken: cancellationToken);

    /// <summary>A page of the accounts whose names have the text as a part, by name.</summary>
    public static Task<List<AccountEntry>> SearchAccountsAsync(this Session session, string text, int skip, int limit, CancellationToken cancellationToken) =>
        session.QueryAsync(
            $"SELECT id, name, created_at, disabled_at FROM accounts WHERE {Pattern.In("name")} ORDER BY name LIMIT @limit OFFSET @skip",
            ReadAccount,
            [.. Pattern.Of(text), ("limit", limit), ("skip", skip)],
            cancellationToken);

    public static async Task<Counted> CountAccountsAsync(this Session session, string text, CancellationToken cancellationToken) => Counted.Of(
        await session.CountAsync(
            $"SELECT count(*) FROM (SELECT id FROM accounts WHERE {Pattern.In("name")} LIMIT @limit) AS counted",
            [.. Pattern.Of(text), ("limit", Reach.Rows + 1)],
            cancellationToken),
        isCutOff: false);

    public static Task<AccountEntry?> FindAccountByIdAsync(this Session session, string id, CancellationToken cancellationToken) =>
        session.FindAsync(
            "SELECT id, name, created_at, disabled_at FROM accounts WHERE id = @id", ReadAccount, [("id", id)], cancellationToken);

    public static Task<AccountEntry?> FindAccountAsync(this Session session, string name, CancellationToken cancellationToken) =>
        session.FindAsync(
            "SELECT id, name, created_at, disabled_at FROM accounts WHERE name = @name", ReadAccount, [("name", name)], cancellationToken);

    public static Task AddAsync(this Transaction transaction, AccountEntry account, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            "INSERT INTO accounts (id, name, disabled_at, created_at) VALUES (@id, @name, NULL, @created)",
            [("id", account.Id), ("name", account.Name), ("created", account.CreatedAt)],
            cancellationToken);

    public static async Task SaveAsync(this Transaction transaction, AccountEntry account, CancellationToken cancellationToken)
    {
        await transaction.ChangeAsync(
            "UPDATE accounts SET disabled_at = @disabled WHERE id = @id",
            [("disabled", account.DisabledAt), ("id", account.Id)],
            cancellationToken);
        await transaction.CountIdentityAsync(account.Id, cancellationToken);
    }

    /// <summary>The account's users, oldest first.</summary>
    public static Task<List<UserEntry>> ListUsersAsync(this Session session, string accountId, CancellationToken cancellationToken) =>
        session.QueryAsync(
            $"{Users} WHERE u.account_id = @account ORDER BY u.created_at, u.id", ReadUser, [("account", accountId)], cancellationToken);

    public static Task<UserEntry?> FindUserAsync(this Session session, string accountId, string id, CancellationToken cancellationToken) =>
        session.FindAsync(
            $"{Users} WHERE u.account_id = @account AND u.id = @id", ReadUser, [("account", accountId), ("id", id)], cancellationToken);

    public static Task<UserEntry?> FindUserByNameAsync(this Session session, string accountId, string name, CancellationToken cancellationToken) =>
        session.FindAsync(
            $"{Users} WHERE u.account_id = @account AND u.name = @name", ReadUser, [("account", accountId), ("name", name)], cancellationToken);

    public static Task AddAsync(this Transaction transaction, UserEntry user, string passwordHash, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            """
            INSERT INTO users (account_id, id, name, role, password_hash, disabled_at, created_at)
            VALUES (@account, @id, @name, @role, @hash, NULL, @created)
            """,
            [
                ("account", user.AccountId), ("id", user.Id), ("name", user.Name), ("role", user.Role.ToStored()),
                ("hash", passwordHash), ("created", user.CreatedAt),
            ],
            cancellationToken);

    public static async Task SaveAsync(this Transaction transaction, UserEntry user, CancellationToken cancellationToken)
    {
        await transaction.ChangeAsync(
            "UPDATE users SET disabled_at = @disabled WHERE account_id = @account AND id = @id",
            [("disabled", user.DisabledAt), ("account", user.AccountId), ("id", user.Id)],
            cancellationToken);
        await transaction.CountIdentityAsync(user.AccountId, cancellationToken);
    }

    public static async Task SavePasswordAsync(
        this Transaction transaction, string accountId, string userId, string passwordHash, CancellationToken cancellationToken)
    {
        await transaction.ChangeAsync(
            "UPDATE users SET password_hash = @hash WHERE account_id = @account AND id = @id",
            [("hash", passwordHash), ("account", accountId), ("id", userId)],
            cancellationToken);
        await transaction.CountIdentityAsync(accountId, cancellationToken);
    }

    /// <summary>The account's projects, oldest first, disabled ones included.</summary>
    public static Task<List<ProjectEntry>> ListProjectsAsync(this Session session, string accountId, CancellationToken cancellationToken) =>
        session.QueryAsync(
            $"{Projects} WHERE p.account_id = @account ORDER BY p.created_at, p.id", ReadProject, [("account", accountId)], cancellationToken);

    public static Task<ProjectEntry?> FindProjectAsync(this Session session, string accountId, string id, CancellationToken cancellationToken) =>
        session.FindAsync(
            $"{Projects} WHERE p.account_id = @account AND p.id = @id", ReadProject, [("account", accountId), ("id", id)], cancellationToken);

    public static Task<ProjectEntry?> FindProjectByNameAsync(
        this Session session, string accountId, string name, CancellationToken cancellationToken) =>
        session.FindAsync(
            $"{Projects} WHERE p.account_id = @account AND p.name = @name", ReadProject, [("account", accountId), ("name", name)], cancellationToken);

    public static Task AddAsync(this Transaction transaction, ProjectEntry project, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            "INSERT INTO projects (account_id, id, name, disabled_at, created_at) VALUES (@account, @id, @name, NULL, @created)",
            [("account", project.AccountId), ("id", project.Id), ("name", project.Name), ("created", project.CreatedAt)],
            cancellationToken);

    public static async Task SaveAsync(this Transaction transaction, ProjectEntry project, CancellationToken cancellationToken)
    {
        await transaction.ChangeAsync(
            "UPDATE projects SET disabled_at = @disabled WHERE account_id = @account AND id = @id",
            [("disabled", project.DisabledAt), ("account", project.AccountId), ("id", project.Id)],
            cancellationToken);
        await transaction.CountIdentityAsync(project.AccountId, cancellationToken);
    }

    public static string ToStored(this Role role) => role switch
    {
        Role.Admin => "admin",
        Role.Reader => "reader",
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, null),
    };

    /// <summary>The role as the store and the command line spell it; null for any other word.</summary>
    public static Role? RoleFrom(string text) => text switch
    {
        "admin" => Role.Admin,
        "reader" => Role.Reader,
        _ => null,
    };

    internal static Role RoleAt(this DbDataReader row, int column) =>
        RoleFrom(row.Text(column)) ?? throw new InvalidDataException("The store holds a role that this version does not know.");

    private static AccountEntry ReadAccount(DbDataReader row) => new(row.Text(0), row.Text(1), row.Time(2), row.TimeOrNull(3));

    private static UserEntry ReadUser(DbDataReader row) =>
        new(row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.RoleAt(4), row.Time(5), row.TimeOrNull(6));

    private static ProjectEntry ReadProject(DbDataReader row) =>
        new(row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Time(4), row.TimeOrNull(5));
}

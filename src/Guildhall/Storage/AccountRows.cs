using Guildhall.Services;

namespace Guildhall.Storage;

internal static class AccountRows
{
    /// <summary>The enabled accounts among the names, by name.</summary>
    public static async Task<Dictionary<string, Account>> FindAccountsByNameAsync(
        this Session session, IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var found = await session.QueryEachAsync(
            "SELECT id, name FROM accounts WHERE disabled_at IS NULL AND name = @name",
            row => new Account(row.Text(0), row.Text(1)),
            [.. names.Select(name => ((string, object?)[])[("name", name)])],
            cancellationToken);
        return found.ToDictionary(account => account.Name);
    }

    /// <summary>The names of those of the accounts that are disabled.</summary>
    public static Task<List<string>> ListDisabledAsync(this Session session, string accountId, string otherAccountId, CancellationToken cancellationToken) =>
        session.QueryAsync(
            "SELECT name FROM accounts WHERE id IN (@one, @other) AND disabled_at IS NOT NULL ORDER BY name",
            row => row.Text(0),
            [("one", accountId), ("other", otherAccountId)],
            cancellationToken);

    /// <summary>Whether the account is disabled that has the service.</summary>
    public static async Task<bool> IsOwnerDisabledAsync(this Session session, string projectId, string serviceId, CancellationToken cancellationToken) =>
        await session.CountAsync(
            "SELECT count(*) FROM services s JOIN accounts a ON a.id = s.account_id WHERE s.project_id = @project AND s.id = @service AND a.disabled_at IS NOT NULL",
            [("project", projectId), ("service", serviceId)],
            cancellationToken) > 0;
}

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
}

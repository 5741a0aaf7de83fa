using Guildhall.Services;

namespace Guildhall.Storage;

internal static class AccountRows
{
    /// <summary>The enabled accounts among the names, by name.</summary>
    public static async Task<Dictionary<string, Account>> FindAccountsByNameAsync(
        this Session session, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var parameters = new List<(string Name, object? Value)>();
        var found = await session.QueryAsync(
            $"SELECT id, name FROM accounts WHERE disabled_at IS NULL AND name IN ({Session.In("name", names, parameters)})",
            row => new Account(row.Text(0), row.Text(1)),
            [.. parameters],
            cancellationToken);
        return found.ToDictionary(account => account.Name);
    }
}

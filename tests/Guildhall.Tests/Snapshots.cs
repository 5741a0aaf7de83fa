using System.Globalization;

namespace Guildhall.Tests;

/// <summary>Everything a store holds, as text: two that are equal show that nothing changed in between.</summary>
internal static class Snapshots
{
    public static Task<string> SnapshotAsync(this TestService service) => service.Store.ReadAsync(
        async session =>
        {
            var tables = await session.QueryAsync("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name", row => row.GetString(0));
            var parts = new List<string>();
            foreach (var table in tables)
            {
                var rows = await session.QueryAsync($"SELECT * FROM {table}", row =>
                {
                    var values = new object[row.FieldCount];
                    row.GetValues(values);
                    return string.Join('|', values.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture)));
                });
                parts.Add($"{table}\n{string.Join('\n', rows.Order(StringComparer.Ordinal))}");
            }

            return string.Join("\n\n", parts);
        },
        CancellationToken.None);
}

namespace Guildhall.Storage;

/// <summary>What a store remembers about itself, by name.</summary>
internal static class SettingRows
{
    public static Task<string?> FindSettingAsync(this Session session, string name, CancellationToken cancellationToken) =>
        session.FindAsync<string?>("SELECT value FROM settings WHERE name = @name", row => row.Text(0), [("name", name)], cancellationToken);

    public static Task SaveSettingAsync(this Transaction transaction, string name, string value, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            "INSERT INTO settings (name, value) VALUES (@name, @value) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [("name", name), ("value", value)],
            cancellationToken);
}

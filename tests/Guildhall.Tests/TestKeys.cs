using Guildhall.Sealing;

namespace Guildhall.Tests;

/// <summary>The key that stores of tests in PostgreSQL are sealed with; a SQLite store has its own beside it.</summary>
internal static class TestKeys
{
    /// <summary>As store.key_file has it.</summary>
    public const string Text = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00";

    /// <summary>A private file with it.</summary>
    public static string File { get; } = Write();

    public static StoreKey Key { get; } = StoreKey.Of(Convert.FromHexString(Text));

    public static StoreKeys? Of(string setting) => setting.Contains('=') ? new StoreKeys(File, null, null) : null;

    private static string Write()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("guildhall-test-key-").FullName, "store.key");
        System.IO.File.WriteAllText(file, Text);
        if (!OperatingSystem.IsWindows())
        {
            System.IO.File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return file;
    }
}

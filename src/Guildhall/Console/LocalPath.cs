namespace Guildhall.Console;

/// <summary>Where to go on after a form. Only pages of the console: an address that leads elsewhere is a trap.</summary>
internal static class LocalPath
{
    private const int MaxLength = 1024;

    public static bool IsSafe(string path) =>
        path.Length is > 0 and <= MaxLength
        && path.StartsWith(ConsoleApp.Root, StringComparison.Ordinal)
        && (path.Length == ConsoleApp.Root.Length || path[ConsoleApp.Root.Length] is '/' or '?')
        && !path.AsSpan().ContainsAny('\\', '\r', '\n')
        && !path.Contains("//", StringComparison.Ordinal)
        && !path.Contains("/.", StringComparison.Ordinal)
        && path.All(character => character is > ' ' and <= '~');

    public static string Or(string? path, string otherwise) => path is not null && IsSafe(path) ? path : otherwise;
}

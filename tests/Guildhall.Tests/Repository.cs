using System.Runtime.CompilerServices;

namespace Guildhall.Tests;

/// <summary>The repository that these tests were built from, for tests that read its files.</summary>
internal static class Repository
{
    /// <summary>Set to 1, it makes tests write the pages that they would otherwise compare.</summary>
    private const string RenewVariable = "GUILDHALL_RENEW";

    public static string Root { get; } = FindRoot();

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>Files that a person wrote, by their path from the root with forward slashes.</summary>
    public static IEnumerable<string> Files(string folder, params string[] extensions) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(path => extensions.Contains(Path.GetExtension(path)))
            .Where(path => !path.Split('/').Any(part => part is "artifacts" or "bin" or "obj" or "node_modules" or ".git"))
            .Order(StringComparer.Ordinal);

    /// <summary>Holds a page against what the code says, or writes it anew when that is asked for.</summary>
    public static void AssertCurrent(string path, string expected)
    {
        var file = Path.Combine(Root, path);
        if (Environment.GetEnvironmentVariable(RenewVariable) == "1")
        {
            File.WriteAllText(file, expected);
        }

        var found = File.Exists(file) ? File.ReadAllText(file) : "";
        Assert.True(found == expected, $"{path} is stale at {FirstDifference(found, expected)}. Renew it: {RenewVariable}=1 dotnet test tests/Guildhall.Tests");
    }

    private static string FirstDifference(string found, string expected)
    {
        var (have, want) = (found.Split('\n'), expected.Split('\n'));
        var line = Enumerable.Range(0, Math.Max(have.Length, want.Length)).FirstOrDefault(i => have.ElementAtOrDefault(i) != want.ElementAtOrDefault(i));
        return $"line {line + 1}: it says \"{have.ElementAtOrDefault(line)}\", the code says \"{want.ElementAtOrDefault(line)}\"";
    }

    private static string FindRoot([CallerFilePath] string here = "")
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Guildhall.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
    }
}

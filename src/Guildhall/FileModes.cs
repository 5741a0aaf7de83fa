namespace Guildhall;

/// <summary>Whether others than who they are for can read files with secrets in them, or exchange them. Windows has no such modes.</summary>
internal static class FileModes
{
    private const UnixFileMode Strangers = UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
    private const UnixFileMode StrangeWriters = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>What is wrong with the mode of a file that holds a secret; null when nothing is, and where there is no file.</summary>
    /// <remarks>The group may read it: root:guildhall with 0640 is how a service is given what it must not change, and how orchestrators mount secrets.</remarks>
    public static string? WhyNotPrivate(string path) => ModeOf(path) is { } mode && (mode & Strangers) is not UnixFileMode.None
        ? $"{path} can be read by everybody or written by its group; take that away with chmod 600 (or 640)"
        : null;

    /// <summary>What is wrong with the mode of a file that says what is done; null when nothing is, and where there is no file.</summary>
    public static string? WhyNotTrusted(string path) => ModeOf(path) is { } mode && (mode & StrangeWriters) is not UnixFileMode.None
        ? $"{path} can be written by others than its owner; take that away with chmod go-w"
        : null;

    private static UnixFileMode? ModeOf(string path) => OperatingSystem.IsWindows() || !File.Exists(path) ? null : File.GetUnixFileMode(path);
}

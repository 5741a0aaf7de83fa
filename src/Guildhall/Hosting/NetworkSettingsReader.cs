using Guildhall.Destinations;
using Guildhall.Networks;

namespace Guildhall.Hosting;

/// <summary>Reads where private keys of networks are: the key that seals them, and the program that holds others.</summary>
internal static class NetworkSettingsReader
{
    private const UnixFileMode Strangers = UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    public static NetworkSettings Read(SettingsReader reader, List<string> complaints) => new(ReadSafe(reader, complaints), ReadProgram(reader, complaints))
    {
        Destinations = reader.Destinations(Setting.FabricDestinations, DestinationPolicy.Nodes),
        BlockMegabytes = reader.Number(Setting.FabricBlockMegabytes, otherwise: 16, min: 1, max: 100),
    };


    private static KeySafe? ReadSafe(SettingsReader reader, List<string> complaints)
    {
        if (reader.Text(Setting.FabricKeyFile) is not { } file)
        {
            return null;
        }

        try
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & Strangers) is not UnixFileMode.None)
            {
                complaints.Add(Setting.FabricKeyFile.Complaint($"{file} can be read by everybody or written by its group; take that away with chmod 0600 (or 0640)"));
                return null;
            }

            if (KeyIn(File.ReadAllText(file).Trim()) is { } key)
            {
                return new KeySafe(key);
            }

            complaints.Add(Setting.FabricKeyFile.Complaint($"{file} must hold {KeySafe.KeyLength} bytes in base64 or hexadecimal digits, as openssl rand -base64 {KeySafe.KeyLength} writes them"));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            complaints.Add(Setting.FabricKeyFile.Complaint($"it cannot be read: {problem.Message}"));
        }

        return null;
    }

    private static byte[]? KeyIn(string text)
    {
        try
        {
            var key = text.Length == 2 * KeySafe.KeyLength ? Convert.FromHexString(text) : Convert.FromBase64String(text);
            return key.Length == KeySafe.KeyLength ? key : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static string? ReadProgram(SettingsReader reader, List<string> complaints)
    {
        if (reader.Text(Setting.FabricSigner) is not { } program)
        {
            return null;
        }

        if (!Path.IsPathFullyQualified(program) || !File.Exists(program))
        {
            complaints.Add(Setting.FabricSigner.Complaint($"{program} is not the full path of a program that is there"));
        }
        else if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(program) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) is UnixFileMode.None)
        {
            complaints.Add(Setting.FabricSigner.Complaint($"{program} may not be executed; chmod +x it"));
        }

        return program;
    }
}

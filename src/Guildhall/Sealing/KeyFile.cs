using System.Security.Cryptography;

namespace Guildhall.Sealing;

/// <summary>A file with keys of the store, one a line: the first is what a new store or a rotation takes, the others open what was sealed before.</summary>
internal static class KeyFile
{
    private const int MaxLength = 64 * 1024;

    /// <summary>The keys of the file.</summary>
    /// <exception cref="OperatorException">It cannot be read, is no key file, or others can read it.</exception>
    public static IReadOnlyList<StoreKey> Read(string path)
    {
        try
        {
            if (FileModes.WhyNotPrivate(path) is { } open)
            {
                throw new OperatorException(open);
            }

            using var file = File.OpenText(path);
            var lines = file.BaseStream.Length <= MaxLength ? file.ReadToEnd().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [];
            return lines.Length > 0 ? [.. lines.Select(line => KeyIn(line) ?? throw NoKey(path))] : throw NoKey(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new OperatorException($"it cannot be read: {problem.Message}");
        }
    }

    /// <summary>Makes a key, and a file with it, or leaves the one that somebody made meanwhile.</summary>
    public static void Make(string path)
    {
        var draft = $"{path}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}.new";
        try
        {
            Write(draft, StoreKeyLine(), FileMode.CreateNew);
            File.Move(draft, path); // as a whole, and in nothing's place
        }
        catch (IOException) when (File.Exists(path))
        {
        }
        finally
        {
            File.Delete(draft);
        }
    }

    /// <summary>Puts a new key before those of the file.</summary>
    public static void Prepend(string path)
    {
        var draft = path + ".new";
        File.Delete(draft);
        Write(draft, StoreKeyLine() + File.ReadAllText(path), FileMode.CreateNew);
        File.Move(draft, path, overwrite: true);
    }

    private static string StoreKeyLine()
    {
        _ = StoreKey.New(out var bytes);
        var line = Convert.ToBase64String(bytes) + "\n";
        CryptographicOperations.ZeroMemory(bytes);
        return line;
    }

    private static void Write(string path, string text, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var stream = new FileStream(path, options);
        stream.Write(System.Text.Encoding.ASCII.GetBytes(text));
        stream.Flush(flushToDisk: true);
    }

    private static StoreKey? KeyIn(string line)
    {
        byte[]? key = null;
        try
        {
            key = line.Length == 2 * StoreKey.Length ? Convert.FromHexString(line) : Convert.FromBase64String(line);
            return key.Length == StoreKey.Length ? StoreKey.Of(key) : null;
        }
        catch (FormatException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static OperatorException NoKey(string path) =>
        new($"{path} must hold {StoreKey.Length} bytes in base64 or hexadecimal digits on each line, as openssl rand -base64 {StoreKey.Length} writes them");
}

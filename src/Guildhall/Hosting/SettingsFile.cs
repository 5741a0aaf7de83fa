using System.Text.Json;

namespace Guildhall.Hosting;

/// <summary>Reads the configuration file: a JSON object, nested as the dots in a setting's key.</summary>
internal static class SettingsFile
{
    private static readonly JsonDocumentOptions Options = new()
    {
        AllowDuplicateProperties = false,
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
    };

    /// <summary>What Npgsql calls a password.</summary>
    private static readonly string[] PasswordWords = ["password", "pwd", "psw"];

    /// <summary>The file's values by key. What is wrong with it is added to the complaints.</summary>
    public static Dictionary<string, string> Read(string file, List<string> complaints)
    {
        var values = new Dictionary<string, string>();
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file), Options);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
            {
                Flatten(json.RootElement, "", values, complaints);
            }
            else
            {
                complaints.Add($"{file} must hold a JSON object, such as {{ \"urls\": \"{Setting.Urls.Example}\" }}.");
            }

            if ((HasPassword(values) ? FileModes.WhyNotPrivate(file) : FileModes.WhyNotTrusted(file)) is { } open)
            {
                complaints.Add($"The configuration file {open}.");
            }
        }
        catch (JsonException exception)
        {
            complaints.Add($"{file} is not JSON: {exception.Message}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            complaints.Add($"The configuration file cannot be read: {exception.Message}");
        }

        return values;
    }

    /// <summary>Whether a connection string with a password in it is among the values.</summary>
    private static bool HasPassword(Dictionary<string, string> values) =>
        values.GetValueOrDefault(Setting.Store.Key) is { } store && store.Contains('=') && PasswordWords.Any(word => store.Contains(word, StringComparison.OrdinalIgnoreCase));

    private static void Flatten(JsonElement json, string prefix, Dictionary<string, string> values, List<string> complaints)
    {
        foreach (var member in json.EnumerateObject())
        {
            var key = prefix + member.Name;
            if (member.Value.ValueKind == JsonValueKind.Object && Setting.All.Any(setting => setting.Key.StartsWith(key + ".", StringComparison.Ordinal)))
            {
                Flatten(member.Value, key + ".", values, complaints);
            }
            else if (Setting.All.All(setting => setting.Key != key))
            {
                complaints.Add($"{key}: there is no such setting{Nearest(key)}. guildhall serve --help lists them all.");
            }
            else if (TextOf(member.Value) is { } text)
            {
                values[key] = text;
            }
            else
            {
                complaints.Add($"{key}: a text, number, true or false is needed in the configuration file.");
            }
        }
    }

    private static string? TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Array when value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) =>
            string.Join(';', value.EnumerateArray().Select(item => item.GetString())),
        _ => null,
    };

    /// <summary>A suggestion for a likely typo: the known key that shares the longest beginning, at least half of what is written.</summary>
    private static string Nearest(string key)
    {
        var nearest = Setting.All.MaxBy(setting => setting.Key.AsSpan().CommonPrefixLength(key))!.Key;
        return nearest.AsSpan().CommonPrefixLength(key) >= Math.Max(2, key.Length / 2) ? $" (is {nearest} meant?)" : "";
    }
}

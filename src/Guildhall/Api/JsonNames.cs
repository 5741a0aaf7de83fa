using System.Text.Json;

namespace Guildhall.Api;

/// <summary>The names of the fields of a JSON text.</summary>
internal static class JsonNames
{
    /// <summary>Whether one holds half of a surrogate pair. Looking for any field throws where it meets such a name.</summary>
    public static bool AreBroken(ReadOnlySpan<byte> json, int maxDepth)
    {
        if (json.IndexOf("\\u"u8) < 0)
        {
            return false; // nothing is escaped so, as nearly always
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = maxDepth });
        try
        {
            while (reader.Read())
            {
                if (reader is { TokenType: JsonTokenType.PropertyName, ValueIsEscaped: true })
                {
                    _ = reader.GetString();
                }
            }

            return false;
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }
}

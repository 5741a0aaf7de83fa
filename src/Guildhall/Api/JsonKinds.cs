using System.Text.Json;

namespace Guildhall.Api;

internal static class JsonKinds
{
    /// <summary>For messages: what is there in place of what is needed.</summary>
    public static string ToWords(this JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        _ => "null",
    };
}

using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Guildhall.Console.Shared;

/// <summary>The request to the API that does what a page or a form does.</summary>
/// <param name="Path">Behind the project, such as <c>members</c>; or from the root, with a slash before it.</param>
public sealed record ApiCall(string Method, string Path, JsonNode? Body = null)
{
    /// <summary>Which of a page's forms it is the same as, in the language of the page; null where that is plain.</summary>
    public string? Does { get; init; }

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true, IndentSize = 2 };

    /// <summary>As a line of bash, in which <c>$TOKEN</c> stands for a token.</summary>
    internal string ToCurl(ConsoleRequest request)
    {
        var address = Path.StartsWith('/') ? request.Server + Path : $"{request.Server}/v2/{request.Caller.ProjectId}/{Path}";
        var method = Method is "GET" || (Method is "POST" && Body is not null) ? "" : $" -X {Method}";
        var body = Body is null ? "" : $" \\\n  -H 'Content-Type: application/json' \\\n  -d {Quote(PrintableText.InJson(Body.ToJsonString(Readable)))}";
        return $"curl{method} {Quote(address)} \\\n  -H \"X-Auth-Token: $TOKEN\"{body}";
    }

    private static string Quote(string text) => $"'{text.Replace("'", "'\\''")}'";
}

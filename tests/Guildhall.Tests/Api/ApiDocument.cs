using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Guildhall.Tests.Api;

/// <summary><c>docs/openapi.json</c>, and what is held against it.</summary>
internal static partial class ApiDocument
{
    private static readonly string[] Methods = ["get", "put", "post", "delete", "patch", "head"];

    public static JsonNode Root { get; } = JsonNode.Parse(Repository.Read("docs/openapi.json"))!;

    public static JsonSchema Requests { get; } = new(Root, isClosed: false);

    public static JsonSchema Responses { get; } = new(Root, isClosed: true);

    public static IReadOnlyList<Operation> Operations { get; } =
    [
        .. from path in Root["paths"]!.AsObject()
           from method in path.Value!.AsObject()
           where Methods.Contains(method.Key)
           select new Operation(method.Key.ToUpperInvariant(), path.Key, method.Value!.AsObject()),
    ];

    /// <summary>Every place that lists refusals: operations, and the responses they share.</summary>
    public static IEnumerable<JsonObject> RefusalLists { get; } =
    [
        .. Operations.Select(operation => operation.Json),
        .. Root["components"]!["responses"]!.AsObject().Select(response => response.Value!.AsObject()),
    ];

    /// <summary>The refusals of all those lists.</summary>
    public static IEnumerable<(string Name, string Text)> Refusals { get; } =
    [
        .. from list in RefusalLists
           from refusal in list["x-refusals"] as JsonObject ?? []
           select (refusal.Key, (string)refusal.Value!),
    ];

    /// <summary>The operation that a request meets: one whose path has no parameter in a place is preferred.</summary>
    public static Operation? Find(string method, string path) => Operations
        .Where(operation => operation.Method == method && operation.Matches(path))
        .MinBy(operation => operation.Path.Count(c => c == '{'));

    /// <summary>The examples beside a schema.</summary>
    public static IEnumerable<JsonNode?> ExamplesOf(JsonNode? content) =>
        (content?["examples"] as JsonObject ?? []).Select(example => example.Value!["value"]).Concat(content?["example"] is { } only ? [only] : []);

    /// <summary>Fails when the answer is not one that the document describes for the request.</summary>
    public static void AssertDescribes(string method, string path, int status, string body)
    {
        var operation = Find(method == "HEAD" ? "GET" : method, path);
        if (body.Length == 0)
        {
            Assert.True(method == "HEAD" || operation?.Content(status) is null, $"{method} {path} answered {status} without the body that docs/openapi.json describes.");
            return;
        }

        var error = path.StartsWith("/v3", StringComparison.Ordinal) ? "IamError" : "Error";
        var schema = operation?.ResponseSchema(status) ?? Root["components"]!["schemas"]![error]!;
        var faults = Responses.Check(schema, JsonNode.Parse(body));
        Assert.True(faults.Count == 0, $"{method} {path} answered {status}, which docs/openapi.json does not describe so: {string.Join("; ", faults)}\n{body}");
    }

    /// <summary>A method of a path.</summary>
    internal sealed partial class Operation(string method, string path, JsonObject json)
    {
        private readonly Regex pattern = new("^" + Parameter().Replace(path, "[^/]+") + "$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

        public string Method => method;

        public string Path => path;

        public JsonObject Json => json;

        public string Id => (string)json["operationId"]!;

        public JsonNode? RequestBody => json["requestBody"]?["content"]!["application/json"];

        public bool Matches(string requested) => pattern.IsMatch(requested);

        /// <summary>Null when the document knows no such status here, or no body with it.</summary>
        public JsonNode? ResponseSchema(int status) => Content(status)?["schema"];

        /// <summary>What the response of that status holds, its shared form followed.</summary>
        public JsonNode? Content(int status) =>
            json["responses"]![status.ToString()] is { } response ? Responses.Resolve(response)["content"]?["application/json"] : null;

        public IEnumerable<int> Statuses => json["responses"]!.AsObject().Select(response => int.Parse(response.Key));

        public override string ToString() => $"{method} {path} {Id}";

        [GeneratedRegex(@"\{[^}]+\}", RegexOptions.None, 1000)]
        private static partial Regex Parameter();
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Guildhall.Tests.Api;

/// <summary>Checks values against the part of JSON Schema that <c>docs/openapi.json</c> uses; any other keyword is an error.</summary>
/// <param name="document">Where <c>$ref</c> looks.</param>
/// <param name="isClosed">Whether keys that the schema does not name are faults: so for what the server sends.</param>
internal sealed class JsonSchema(JsonNode document, bool isClosed)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static readonly string[] Annotations =
        ["description", "format", "deprecated", "default", "example", "examples", "title", "x-refusal", "if", "then", "$defs"];

    /// <summary>What is wrong with the value; nothing when it fits.</summary>
    public List<string> Check(JsonNode schema, JsonNode? value)
    {
        var faults = new List<string>();
        Check(schema.AsObject(), value, "$", faults);
        return faults;
    }

    /// <summary>The schema, or the one that it refers to.</summary>
    public JsonObject Resolve(JsonNode schema)
    {
        var found = schema.AsObject();
        while ((string?)found["$ref"] is { } reference)
        {
            found = reference.TrimStart('#', '/').Split('/').Aggregate(document, (node, key) => node[key] ?? throw new KeyNotFoundException(reference)).AsObject();
        }

        return found;
    }

    private void Check(JsonObject given, JsonNode? value, string at, List<string> faults)
    {
        var schema = Resolve(given);
        foreach (var (keyword, rule) in schema)
        {
            if (WhyNot(schema, keyword, rule!, value, at, faults) is { } fault)
            {
                faults.Add($"{at} {fault}");
            }
        }

        if (schema["if"] is { } condition && Fits(condition, value))
        {
            Check(schema["then"]!.AsObject(), value, at, faults);
        }

        if (isClosed && value is JsonObject members && schema["properties"] is JsonObject known && schema["additionalProperties"] is null)
        {
            faults.AddRange(members.Where(member => !known.ContainsKey(member.Key)).Select(member => $"{at}.{member.Key} is not documented"));
        }
    }

    private string? WhyNot(JsonObject schema, string keyword, JsonNode rule, JsonNode? value, string at, List<string> faults)
    {
        switch (keyword)
        {
            case "type":
                return TypesOf(rule).Any(type => IsOf(type, value)) ? null : $"is not {rule.ToJsonString()} but {value?.ToJsonString() ?? "null"}";
            case "const":
                return JsonNode.DeepEquals(rule, value) ? null : $"is not {rule.ToJsonString()}";
            case "enum":
                return rule.AsArray().Any(one => JsonNode.DeepEquals(one, value)) ? null : $"is none of {rule.ToJsonString()} but {value?.ToJsonString()}";
            case "required":
                return value is JsonObject present && rule.AsArray().FirstOrDefault(key => !present.ContainsKey((string)key!)) is { } missing
                    ? $"lacks {missing}"
                    : null;
            case "properties":
                foreach (var (key, property) in rule.AsObject())
                {
                    if (value is JsonObject members && members.TryGetPropertyValue(key, out var member))
                    {
                        Check(property!.AsObject(), member, $"{at}.{key}", faults);
                    }
                }

                return null;
            case "additionalProperties":
                foreach (var (key, member) in value as JsonObject ?? [])
                {
                    if (schema["properties"]?[key] is null)
                    {
                        Check(rule.AsObject(), member, $"{at}[{key}]", faults);
                    }
                }

                return null;
            case "items":
                foreach (var (item, i) in (value as JsonArray ?? []).Select((item, i) => (item, i)))
                {
                    Check(rule.AsObject(), item, $"{at}[{i}]", faults);
                }

                return null;
            case "anyOf":
                return rule.AsArray().Any(one => Fits(one!, value)) ? null : "fits none of anyOf";
            case "minLength":
                return LengthOf(value) < (int)rule ? $"is shorter than {rule}" : null;
            case "maxLength":
                return LengthOf(value) > (int)rule ? $"is longer than {rule}" : null;
            case "pattern":
                return value?.GetValueKind() == JsonValueKind.String && !Regex.IsMatch((string)value!, (string)rule!, RegexOptions.ECMAScript, Second)
                    ? $"does not match {rule}"
                    : null;
            case "minItems":
                return (value as JsonArray)?.Count < (int)rule ? $"has fewer items than {rule}" : null;
            case "maxItems":
                return (value as JsonArray)?.Count > (int)rule ? $"has more items than {rule}" : null;
            case "minProperties":
                return (value as JsonObject)?.Count < (int)rule ? $"has fewer members than {rule}" : null;
            case "minimum":
                return NumberOf(value) < (long)rule ? $"is less than {rule}" : null;
            case "maximum":
                return NumberOf(value) > (long)rule ? $"is more than {rule}" : null;
            default:
                Assert.True(Annotations.Contains(keyword) || keyword == "$ref", $"This check does not know the keyword {keyword}.");
                return null;
        }
    }

    /// <summary>Whether the value fits, keys that the schema does not name aside.</summary>
    public bool Fits(JsonNode schema, JsonNode? value) => new JsonSchema(document, isClosed: false).Check(schema, value).Count == 0;

    public static IEnumerable<string> TypesOf(JsonNode rule) => rule is JsonArray several ? several.Select(type => (string)type!) : [(string)rule!];

    private static int? LengthOf(JsonNode? value) => value?.GetValueKind() == JsonValueKind.String ? ((string)value!).Length : null;

    private static decimal? NumberOf(JsonNode? value) => value?.GetValueKind() == JsonValueKind.Number ? (decimal)value : null;

    private static bool IsOf(string type, JsonNode? value) => (type, value?.GetValueKind()) switch
    {
        ("null", null) => true,
        ("string", JsonValueKind.String) => true,
        ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("integer", JsonValueKind.Number) => !value!.ToJsonString().Contains('.'),
        ("number", JsonValueKind.Number) => true,
        ("array", JsonValueKind.Array) => true,
        ("object", JsonValueKind.Object) => true,
        _ => false,
    };
}

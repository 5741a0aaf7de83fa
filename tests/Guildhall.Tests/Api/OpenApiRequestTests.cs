using System.Text;
using System.Text.Json.Nodes;
using Guildhall.Memberships;

namespace Guildhall.Tests.Api;

/// <summary>The server asks for what the document says it asks for: each request is spoilt in one place and has to be refused for that place.</summary>
public sealed class OpenApiRequestTests
{
    public static TheoryData<string> OperationsWithBody =>
        [.. ApiDocument.Operations.Where(operation => operation.RequestBody is not null).Select(operation => operation.Id)];

    [Theory]
    [MemberData(nameof(OperationsWithBody))]
    public async Task A_request_is_refused_for_the_one_field_that_is_wrong(string operationId)
    {
        await using var service = await TestService.StartAsync();
        var operation = ApiDocument.Operations.Single(operation => operation.Id == operationId);
        var schema = operation.RequestBody!["schema"]!;
        foreach (var valid in ApiDocument.ExamplesOf(operation.RequestBody).Select(example => Own(example!.DeepClone(), operation, service.Inviter)))
        {
            Assert.Empty(ApiDocument.Requests.Check(schema, valid));
            foreach (var (fault, body, refusal, named) in Spoil(schema, valid, valid, ""))
            {
                var (status, answer) = await SendAsync(service, operation, body);
                Assert.True(
                    status == 400 && Says(answer, operation, refusal) && answer.Contains(named, StringComparison.Ordinal),
                    $"{operation} with {fault} should be refused with {refusal.Code} naming {named}, but answered {status} {answer}\n{body}");
            }

            foreach (var (place, body) in Fill(schema, valid, valid, ""))
            {
                var (_, answer) = await SendAsync(service, operation, body);
                Assert.DoesNotContain($"{place} has", answer, StringComparison.Ordinal);
                Assert.DoesNotContain($"{place} must have", answer, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>The document's example with the ids that have to be the caller's, and without what is not looked at.</summary>
    private static JsonNode Own(JsonNode example, ApiDocument.Operation operation, Person caller)
    {
        switch (operation.Id)
        {
            case "HandleNotification" when (string?)example["status"] == "reject":
                example.AsObject().Remove("invitee_info");
                example.AsObject().Remove("invited_orgs");
                break;
            case "HandleNotification":
                example["invitee_info"]!["invitee_project_id"] = caller.ProjectId;
                example["invitee_info"]!["invitee_user_id"] = caller.AccountId;
                break;
            case "HandleUnionMemberQuitList":
                example["invitee_projectid"] = caller.ProjectId;
                example["invitee_domainid"] = caller.AccountId;
                break;
        }

        return example;
    }

    private static async Task<(int Status, string Body)> SendAsync(TestService service, ApiDocument.Operation operation, string body)
    {
        var path = operation.Path
            .Replace("{project_id}", service.Inviter.ProjectId, StringComparison.Ordinal)
            .Replace("{blockchain_id}", service.Inviter.ServiceId, StringComparison.Ordinal)
            .Replace("{channel_id}", "channel", StringComparison.Ordinal)
            .Replace("{notification_id}", "some-notification", StringComparison.Ordinal);
        using var request = new HttpRequestMessage(new HttpMethod(operation.Method), new Uri(service.Address, path));
        request.Headers.Add("X-Auth-Token", service.Inviter.Token);
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await service.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var answer = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        ApiDocument.AssertDescribes(operation.Method, path, (int)response.StatusCode, answer);
        return ((int)response.StatusCode, answer);
    }

    /// <summary>Whether the answer gives that refusal; in Keystone's shape only its sentence does.</summary>
    private static bool Says(string answer, ApiDocument.Operation operation, Refusal refusal) =>
        answer.Contains(operation.Path.StartsWith("/v2", StringComparison.Ordinal) ? $"\"{refusal.Code}\"" : refusal.Message, StringComparison.Ordinal);

    /// <summary>The whole body with one fault in it, for every fault that the schema forbids at this place and below.</summary>
    private static IEnumerable<(string Fault, string Body, Refusal Refusal, string Named)> Spoil(JsonNode given, JsonNode root, JsonNode here, string at)
    {
        var schema = ApiDocument.Requests.Resolve(given);
        var isMore = schema["if"] is { } condition && ApiDocument.Requests.Fits(condition, here);
        var required = (schema["required"] as JsonArray ?? []).Concat(isMore ? schema["then"]!["required"]!.AsArray() : [])
            .Select(key => (string)key!).ToHashSet(StringComparer.Ordinal);
        foreach (var (key, property) in schema["properties"] as JsonObject ?? [])
        {
            if (here[key] is not { } value)
            {
                Assert.DoesNotContain(key, required);
                continue;
            }

            var (rule, place) = (ApiDocument.Requests.Resolve(property!), at + key);
            if (required.Contains(key))
            {
                yield return ($"{place} left out", Without(root, here, key), Refusal.ParameterMissing, place);
            }

            yield return ($"{place} of another type", With(root, here, key, WrongType(rule)), Refusal.ParameterInvalid, place);
            if (rule["enum"] is not null)
            {
                yield return ($"{place} a word it does not know", With(root, here, key, WrongWord(rule)), Refusal.ParameterInvalid, place);
            }

            if ((int?)rule["maxLength"] is { } longest)
            {
                // A rule with a refusal of its own names the value in place of the field.
                var (own, text) = ((string?)rule["x-refusal"], new string('x', longest + 1));
                yield return ($"{place} too long", With(root, here, key, text), own is null ? Refusal.ParameterInvalid : OpenApiTests.Named[own], own is null ? place : text);
            }

            if ((int?)rule["maximum"] is { } most)
            {
                yield return ($"{place} too high", With(root, here, key, most + 1), Refusal.ParameterInvalid, place);
            }

            if ((int?)rule["minimum"] is { } least)
            {
                yield return ($"{place} too low", With(root, here, key, least - 1), Refusal.ParameterInvalid, place);
            }

            if (rule["minItems"] is not null)
            {
                yield return ($"{place} empty", With(root, here, key, new JsonArray()), Refusal.ParameterMissing, place);
            }

            if (rule["properties"] is not null)
            {
                foreach (var deeper in Spoil(rule, root, value, place + "."))
                {
                    yield return deeper;
                }
            }
            else if (rule["items"] is { } item && value is JsonArray { Count: > 0 } items && items[0] is JsonObject)
            {
                foreach (var deeper in Spoil(item, root, items[0]!, place + "[0]."))
                {
                    yield return deeper;
                }
            }
        }
    }

    /// <summary>The whole body with one text in it as long as it may be: the server must not set a lower limit than the document says.</summary>
    private static IEnumerable<(string Place, string Body)> Fill(JsonNode given, JsonNode root, JsonNode here, string at)
    {
        foreach (var (key, property) in ApiDocument.Requests.Resolve(given)["properties"] as JsonObject ?? [])
        {
            var rule = ApiDocument.Requests.Resolve(property!);
            if ((int?)rule["maxLength"] is { } longest)
            {
                yield return (at + key, With(root, here, key, new string('x', longest)));
            }

            var (inner, place) = rule["items"] is not null && here[key] is JsonArray { Count: > 0 } items ? (items[0], $"{at}{key}[0].") : (here[key], $"{at}{key}.");
            foreach (var deeper in inner is JsonObject ? Fill(rule["items"] ?? rule, root, inner, place) : [])
            {
                yield return deeper;
            }
        }
    }

    private static JsonNode WrongType(JsonObject rule) => JsonSchema.TypesOf(rule["type"]!).Contains("string") ? 7 : "text";

    private static JsonNode WrongWord(JsonObject rule) => JsonSchema.TypesOf(rule["type"]!).Contains("string") ? "no-such-word" : 99;

    private static string Without(JsonNode root, JsonNode here, string key)
    {
        var (owner, kept) = (here.AsObject(), here[key]);
        owner.Remove(key);
        var body = root.ToJsonString();
        owner[key] = kept;
        return body;
    }

    private static string With(JsonNode root, JsonNode here, string key, JsonNode value)
    {
        var kept = here[key];
        here[key] = value;
        var body = root.ToJsonString();
        here[key] = kept;
        return body;
    }
}

using System.Net;
using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Guildhall.Api;
using Guildhall.Memberships;

namespace Guildhall.Tests.Api;

public sealed class OpenApiTests
{
    private static CancellationToken Stopped => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_endpoint_is_in_the_document_and_the_other_way_round()
    {
        await using var service = await TestService.StartAsync();
        var mapped =
            from endpoint in service.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            let path = "/" + endpoint.RoutePattern.RawText!.Trim('/')
            where path.StartsWith("/v2", StringComparison.Ordinal) || path.StartsWith("/v3", StringComparison.Ordinal)
            from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["(any)"]
            where method != "HEAD"
            select $"{method} {WithoutConstraints(path)} {endpoint.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName}";

        Assert.Equal(string.Join('\n', ApiDocument.Operations.Select(operation => operation.ToString()).Order(StringComparer.Ordinal)), string.Join('\n', mapped.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void Every_refusal_in_the_document_is_one_of_the_code() => Assert.All(ApiDocument.Refusals, mentioned =>
    {
        Assert.True(Named.TryGetValue(mentioned.Name, out var refusal), $"x-refusals names {mentioned.Name}, which Refusal does not have.");
        Assert.Equal($"{refusal.Code} {refusal.Message}", mentioned.Text);
    });

    [Fact]
    public void What_programs_read_of_refusals_is_what_people_read() => Assert.All(ApiDocument.RefusalLists, place => Assert.Equal(
        (place["x-refusals"] as JsonObject ?? []).Select(refusal => $"- `{((string)refusal.Value!).Split(' ')[0]}` {((string)refusal.Value!).Split(' ', 2)[1]} (*{refusal.Key}*)"),
        ((string)place["description"]!).Split('\n').Where(line => line.StartsWith("- `", StringComparison.Ordinal))));

    [Fact]
    public void Every_refusal_of_the_code_is_in_the_document() => Assert.Empty(
        Named.Keys.Except(ApiDocument.Refusals.Select(mentioned => mentioned.Name)));

    [Fact]
    public void Refusals_are_listed_in_the_order_of_their_rank() => Assert.All(ApiDocument.Operations, operation =>
    {
        var ranks = (operation.Json["x-refusals"] as JsonObject ?? []).Select(refusal => Named[refusal.Key].Rank).ToArray();
        Assert.Equal(ranks.Order(), ranks);
    });

    [Fact]
    public void An_operation_describes_the_statuses_of_its_refusals() => Assert.All(ApiDocument.Operations, operation =>
        Assert.All(operation.Json["x-refusals"] as JsonObject ?? [], refusal => Assert.Contains(Named[refusal.Key].Status, operation.Statuses)));

    [Fact]
    public void Every_example_fits_its_schema()
    {
        foreach (var operation in ApiDocument.Operations)
        {
            AssertExamplesFit(operation.RequestBody, ApiDocument.Requests, $"{operation}, request");
            foreach (var status in operation.Statuses)
            {
                AssertExamplesFit(operation.Content(status), ApiDocument.Responses, $"{operation}, response {status}");
            }
        }
    }

    [Fact]
    public void Every_reference_leads_somewhere_and_every_component_is_referred_to()
    {
        var references = ReferencesIn(ApiDocument.Root).ToHashSet(StringComparer.Ordinal);
        var components =
            from kind in ApiDocument.Root["components"]!.AsObject()
            where kind.Key != "securitySchemes"
            from component in kind.Value!.AsObject()
            select $"#/components/{kind.Key}/{component.Key}";

        Assert.Equal(components.Order(StringComparer.Ordinal), references.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_field_and_every_operation_is_described_in_a_sentence()
    {
        var fields =
            from schema in ApiDocument.Root["components"]!["schemas"]!.AsObject()
            from property in schema.Value!["properties"] as JsonObject ?? []
            select ($"{schema.Key}.{property.Key}", (string?)ApiDocument.Requests.Resolve(property.Value!)["description"]);
        var operations = ApiDocument.Operations.Select(operation => (operation.Id, (string?)operation.Json["description"]));

        Assert.All(fields.Concat(operations), described => Assert.True(described.Item2?.Split('\n')[0].EndsWith('.'), $"{described.Item1} is not described: {described.Item2}"));
    }

    [Fact]
    public async Task The_document_is_served_as_it_is_kept()
    {
        await using var service = await TestService.StartAsync();

        using var first = await service.Http.GetAsync(new Uri(service.Address, OpenApi.DocumentPath), Stopped);
        using var again = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Address, OpenApi.DocumentPath));
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var second = await service.Http.SendAsync(again, Stopped);

        Assert.Equal(Repository.Read("docs/openapi.json"), Encoding.UTF8.GetString(await first.Content.ReadAsByteArrayAsync(Stopped)));
        Assert.Equal("application/json", first.Content.Headers.ContentType!.ToString());
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/docs/index.html")]
    public async Task A_page_needs_no_other_host(string path)
    {
        await using var service = await TestService.StartAsync();

        using var response = await service.Http.GetAsync(new Uri(service.Address, path), Stopped);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("connect-src 'self'", Assert.Single(response.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.DoesNotMatch(@"https?://", await response.Content.ReadAsStringAsync(Stopped));
    }

    [Fact]
    public async Task The_page_of_the_operations_reads_the_document()
    {
        await using var service = await TestService.StartAsync();

        Assert.Contains(OpenApi.DocumentPath, await service.Http.GetStringAsync(new Uri(service.Address, "/docs/index.js"), Stopped), StringComparison.Ordinal);
    }

    /// <summary>The refusals by the names of their fields.</summary>
    internal static Dictionary<string, Refusal> Named { get; } = typeof(Refusal)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Where(field => field.FieldType == typeof(Refusal))
        .ToDictionary(field => field.Name, field => (Refusal)field.GetValue(null)!, StringComparer.Ordinal);

    private static void AssertExamplesFit(JsonNode? content, JsonSchema check, string where)
    {
        foreach (var example in ApiDocument.ExamplesOf(content))
        {
            Assert.True(check.Check(content!["schema"]!, example) is [], $"{where}: {string.Join("; ", check.Check(content["schema"]!, example))}");
        }
    }

    private static IEnumerable<string> ReferencesIn(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(member =>
            member is { Key: "$ref", Value: JsonValue reference } ? [(string)reference!] : ReferencesIn(member.Value)),
        JsonArray items => items.SelectMany(ReferencesIn),
        _ => [],
    };

    private static string WithoutConstraints(string path) => Regex.Replace(path, @"\{(?<name>\w+)[^}]*\}", "{${name}}", RegexOptions.None, TimeSpan.FromSeconds(1));
}

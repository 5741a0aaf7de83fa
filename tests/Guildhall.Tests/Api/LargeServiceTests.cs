using System.Text.Json.Nodes;
using Guildhall.Api;
using Guildhall.Memberships;
using Guildhall.Services;
using Guildhall.Tests.Console;

namespace Guildhall.Tests.Api;

/// <summary>A service with more members than a page shows: what is told of it costs what is shown, and not what is stored.</summary>
/// <remarks>Nothing runs beside these tests: they count what the whole process takes.</remarks>
[Collection(nameof(LargeServiceTests))]
[CollectionDefinition(nameof(LargeServiceTests), DisableParallelization = true)]
public sealed class LargeServiceTests
{
    private const int Members = 40_000;

    /// <summary>Of a page or an answer, in bytes. The largest picture takes about four megabytes; to read all members takes eighty.</summary>
    private const long MostAllocated = 8 * 1024 * 1024;

    /// <summary>A picture of 240 members at most is the largest of them.</summary>
    private const int MostBytes = 128 * 1024;

    [Theory, EveryEngine]
    public async Task Pages_and_answers_about_a_large_service_are_small_and_cost_little(Engine engine)
    {
        await using var service = await StartAsync(engine);
        var (inviter, invitee) = (service.Inviter, service.Invitee);
        await service.ExecuteAsync("INSERT INTO attachments (service_id, profile, attached_at) VALUES (@service, '{}', 0)", ("service", inviter.ServiceId));
        var (own, answers) = ("/console/services/" + inviter.ServiceId, $"/v2/{inviter.ProjectId}/blockchains/{inviter.ServiceId}");
        (Person Person, string Path)[] pages =
        [
            .. ((string[])[
                "/console/services", own, own + "/delete", own + "/network", own + "/network/detach", own + "/channels/channel", "/console/members",
                $"/console/members?service={inviter.ServiceId}&channel=channel", "/console/members/invite", "/console/topology", "/console/topology/" + inviter.ServiceId,
                answers + "/status", answers + "/nodes", $"/v2/{inviter.ProjectId}/blockchains", $"/v2/{inviter.ProjectId}/members?limit=50",
            ]).Select(path => (inviter, path)),
            (invitee, "/console/inbox"), (invitee, "/console/inbox/" + await invitee.NotificationIdAsync()), (invitee, "/console/topology/" + inviter.ServiceId),
        ];

        var dear = new List<string>();
        foreach (var (person, path) in pages)
        {
            await CostOfAsync(service, person, path); // the first time, what it needs is compiled
            var cost = await CostOfAsync(service, person, path);
            if (cost.Status != 200 || cost.Allocated > MostAllocated || cost.Bytes > MostBytes)
            {
                dear.Add($"{path}: {cost}");
            }
        }

        Assert.True(dear.Count == 0, string.Join('\n', dear));
        var visitor = ConsoleVisitor.With(service, inviter.Token);
        await visitor.GetAsync(own + "/channels/channel");
        Assert.Contains("at least 10000 open memberships", visitor.Page);
    }

    [Theory, EveryEngine]
    public async Task Everyone_in_the_channels_of_a_large_service_comes_to_who_asks_and_needs_a_permit_while_it_is_read(Engine engine)
    {
        await using var service = await StartAsync(engine);
        var hashes = Enumerable.Range(1, Members).Select(i => Names.HashOf("organization", "service-" + i)).ToArray();

        var detail = (await ReadAsync(service, ""))["channels"]![0]!;
        var listed = (await ReadAsync(service, "/channels"))["channels"]![0]!;

        Assert.Equal(Enumerable.Repeat("organization", Members), Texts(detail["org_names"]));
        Assert.Equal(hashes, Texts(detail["org_name_hash"]));
        Assert.Equal(hashes.Select(hash => $"peer-{hash}-0"), Texts(detail["peers"]!["organization"]));
        Assert.Equal(detail["peers"]!.ToJsonString(), listed["peers"]!.ToJsonString());
        await using var reader = await SlowReader.AskAsync(service, service.Inviter, "blockchains/" + service.Inviter.ServiceId);
        Assert.Equal(1, service.Services.GetRequiredService<LongAnswers>().Sending); // as long as it takes its time
    }

    private static async Task<TestService> StartAsync(Engine engine)
    {
        var service = await TestService.StartAsync(engine, settings => settings with { Limits = new Limits { Enterprise = new(2 * Members, 4, 2) } });
        await service.Inviter.InviteAsync(service.Invitee);
        await service.AddMembersAsync(Members);
        return service;
    }

    private static async Task<(int Status, long Allocated, int Bytes)> CostOfAsync(TestService service, Person person, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Address, path));
        request.Headers.Add("X-Auth-Token", person.Token);
        request.Headers.Add("Cookie", "guildhall-session=" + person.Token);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        using var response = await service.Http.SendAsync(request);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        return ((int)response.StatusCode, GC.GetTotalAllocatedBytes(precise: true) - before, bytes.Length);
    }

    /// <summary>Read without a look at docs/openapi.json, which takes long for so many.</summary>
    private static async Task<JsonNode> ReadAsync(TestService service, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Address, $"/v2/{service.Inviter.ProjectId}/blockchains/{service.Inviter.ServiceId}{path}"));
        request.Headers.Add("X-Auth-Token", service.Inviter.Token);
        using var response = await service.Http.SendAsync(request);
        var answer = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == 200, answer);
        return JsonNode.Parse(answer)!;
    }

    private static IEnumerable<string> Texts(JsonNode? array) => array!.AsArray().Select(text => (string)text!);
}

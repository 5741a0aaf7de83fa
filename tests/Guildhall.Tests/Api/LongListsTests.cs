using System.Text.Json.Nodes;
using Guildhall.Storage;

namespace Guildhall.Tests.Api;

/// <summary>Lists of more rows than anybody holds in memory: whole to who asks for all, in pages to who asks for pages, and at the cost of what is shown.</summary>
public sealed class LongListsTests
{
    [Theory, EveryEngine]
    public async Task All_operations_come_to_who_asks_for_all_each_once_and_counted(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.AddOperationsAsync(service.Inviter, 500);
        await service.AddOperationsAsync(service.Inviter, 300, from: 500, type: "05");

        var answer = await RecordsAsync(service.Inviter, "operation/record");

        Assert.Equal(800, (int)answer["count"]!);
        var times = answer["operation_records"]!.AsArray().Select(record => ((string)record!["operation_id"]!)[12..]).ToArray();
        Assert.Equal(800, times.Length);
        Assert.Equal(times.Order(StringComparer.Ordinal), times);
        Assert.Equal(800, times.Distinct().Count());
        var joins = await RecordsAsync(service.Inviter, "operation/record?operation_type=05");
        Assert.Equal((300, 300), ((int)joins["count"]!, joins["operation_records"]!.AsArray().Count));
    }

    [Theory, EveryEngine]
    public async Task Pages_of_operations_follow_one_another_without_gap_or_overlap(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.AddOperationsAsync(service.Inviter, 750);

        var pages = await PagesAsync(service.Inviter, "operation/record?limit=300", "operation_records");

        Assert.Equal([300, 300, 150], pages.Select(page => page.Rows.Length));
        Assert.All(pages, page => Assert.Equal("750", page.Count));
        Assert.Equal(750, pages.SelectMany(page => page.Rows).Select(row => (string)row!["operation_id"]!).Distinct().Count());
    }

    [Theory, EveryEngine]
    public async Task A_page_counts_no_further_than_its_bound_and_says_so(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.AddOperationsAsync(service.Inviter, Reach.Rows + 1);

        var page = await RecordsAsync(service.Inviter, "operation/record?limit=1");

        Assert.Equal(Reach.Rows, (int)page["count"]!);
        Assert.True((bool)page["page_info"]!["count_limited"]!);
    }

    /// <summary>A filter that hardly anything passes is looked for in steps, and each page says where to go on.</summary>
    [Theory, EveryEngine]
    public async Task A_rare_operation_is_found_however_far_it_is(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.AddOperationsAsync(service.Inviter, 2 * Reach.Rows);
        await service.AddOperationsAsync(service.Inviter, 1, from: 2 * Reach.Rows, type: "05");

        var pages = await PagesAsync(service.Inviter, "operation/record?operation_type=05&limit=50", "operation_records");
        var whole = await RecordsAsync(service.Inviter, "operation/record?operation_type=05");

        Assert.Equal([0, 0, 1], pages.Select(page => page.Rows.Length));
        Assert.Equal(1, (int)whole["count"]!);
    }

    [Theory, EveryEngine]
    public async Task All_members_come_to_who_asks_for_all_and_a_rare_one_is_found(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.AddMembersAsync(2 * Reach.Rows + 1);
        await service.ExecuteAsync("UPDATE memberships SET state = 'reject' WHERE invitee_account_name = @last", ("last", $"member-{100_000 + (2 * Reach.Rows) + 1}"));

        var names = await NamesAsync(service, "members");
        var pages = await PagesAsync(service.Inviter, "members?status=reject&limit=5", "members");

        Assert.Equal(Enumerable.Range(1, (2 * Reach.Rows) + 1).Select(i => $"member-{100_000 + i}"), names);
        Assert.Equal([0, 0, 1], pages.Select(page => page.Rows.Length));
        Assert.Equal(names[^1..], await NamesAsync(service, "members?status=reject"));
    }

    [Theory, EveryEngine]
    public async Task All_notifications_come_to_who_asks_for_all_and_none_that_was_withdrawn(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Store.AddInvitationsAsync(service.Inviter, service.Invitee, 600, "reject", removedAt: 1);
        await service.Inviter.InviteAsync(service.Invitee);

        Assert.Equal(601, (await service.Invitee.NotificationStatesAsync()).Length);
        var pages = await PagesAsync(service.Invitee, "notifications?limit=400", "notifications");
        Assert.Equal([400, 201], pages.Select(page => page.Rows.Length));
        await service.ExecuteAsync("UPDATE memberships SET state = 'waiting'");
        Assert.Equal(["waiting"], await service.Invitee.NotificationStatesAsync());
    }

    /// <summary>Read in pieces: a new first statement finds what the last one left, so what is removed meanwhile cannot shift the rest.</summary>
    [Theory, EveryEngine]
    public async Task A_list_that_changes_while_it_is_read_shows_once_what_was_there_all_along(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.AddMembersAsync(20_000);
        await using var reader = await SlowReader.AskAsync(service, service.Inviter, "members");

        await service.ExecuteAsync("UPDATE memberships SET removed_at = 1 WHERE invitee_account_name < 'member-100100' OR invitee_account_name >= 'member-119000'");
        var answer = await reader.ReadToEndAsync();

        Assert.True(SlowReader.IsWhole(answer));
        for (var i = 100; i < 19_000; i += 1_000)
        {
            Assert.Equal(2, answer.Split($"\"member-{100_000 + i}\"").Length);
        }

        Assert.DoesNotContain("\"member-119900\"", answer, StringComparison.Ordinal);
    }

    /// <summary>Read without a look at docs/openapi.json, which takes long for so many.</summary>
    private static async Task<string[]> NamesAsync(TestService service, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Address, $"/v2/{service.Inviter.ProjectId}/{path}"));
        request.Headers.Add("X-Auth-Token", service.Inviter.Token);
        using var response = await service.Http.SendAsync(request);
        var members = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["members"]!.AsArray();
        return [.. members.Select(member => (string)member!["invitee_info"]!["invitee_username"]!)];
    }

    private static async Task<JsonNode> RecordsAsync(Person person, string path)
    {
        var (status, body) = await person.GetAsync(path);
        Assert.True(status == 200, body);
        return JsonNode.Parse(body)!;
    }

    private static async Task<List<(JsonNode?[] Rows, string? Count)>> PagesAsync(Person person, string path, string name)
    {
        var pages = new List<(JsonNode?[], string?)>();
        for (var marker = ""; marker is not null;)
        {
            var page = await RecordsAsync(person, $"{path}&marker={marker}");
            pages.Add(([.. page[name]!.AsArray()], page["count"]?.ToJsonString()));
            marker = (string?)page["page_info"]!["next_marker"];
        }

        return pages;
    }
}

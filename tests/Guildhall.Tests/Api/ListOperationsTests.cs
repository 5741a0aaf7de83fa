using System.Text.Json.Nodes;
using Guildhall.Outbox;

namespace Guildhall.Tests.Api;

public sealed class ListOperationsTests
{
    [Theory, EveryEngine]
    public async Task A_finished_operation_is_shown_in_the_shape_of_the_references_example(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var id = await service.Inviter.CreateAsync("grain-trade");
        var answer = await service.Inviter.GetAsync("operation/record?blockchain_id=" + id);
        var operation = (string)JsonNode.Parse(answer.Body)!["operation_records"]![0]!["operation_id"]!;

        Assert.Equal(
            (200, """
            {"count":1,"operation_records":[{"operation_id":"*","resource_type":"BCSSVC01","operation_type":"99","domain_id":"*","project_id":"*","blockchain_id":"*","blockchain_name":"grain-trade","cluster_info":{"cluster_type":"cce","name":"","cluster_id":"","node_infos":null},"operation_process":{"Registration":{"step_name":"Registration","status":"finished","detail":"","sub_steps":{"Register the service and its channels":{"substep_name":"Register the service and its channels","detail":null,"status":"finished","message":null,"start_time":1767323045000000000,"end_time":1767323045000000000,"serial_num":1}},"serial_num":1}},"record_time":1767323045000000000,"operation_status":"finished","message":null,"desc":"Create service grain-trade"}]}
            """),
            Creation.WithoutIds(answer, id, operation, service.Inviter.AccountId, service.Inviter.ProjectId));
    }

    [Theory, EveryEngine]
    public async Task A_join_shows_what_it_waits_for_and_what_has_failed(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.InviteAsync(service.Invitee);
        await service.Invitee.AgreeAsync();

        var waiting = await OnlyAsync(service.Invitee);
        Assert.Equal("05 waiting [Preparation:waiting,UpdateChannel:waiting,Peers:waiting,Verification:waiting]", Summary(waiting));
        Assert.Equal("0 0 ", Times(waiting, "Preparation"));
        service.Network["channel"] = new EmulatedNetwork.Trouble(TimeSpan.Zero, "the orderer is down");
        await service.WorkAsync();

        var failing = await OnlyAsync(service.Invitee);
        Assert.Equal("05 processing [Preparation:finished,UpdateChannel:processing,Peers:waiting,Verification:waiting]", Summary(failing));
        Assert.Equal("""["the orderer is down"]""", failing["message"]!.ToJsonString());
        Assert.Equal("1767323045000000000 0 failed attempts: 1", Times(failing, "UpdateChannel"));
    }

    [Theory, EveryEngine]
    public async Task Every_filter_leaves_out_what_it_does_not_name(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var id = await service.Inviter.CreateAsync("grain-trade");
        await service.Inviter.PostAsync($"blockchains/{id}/channels", """{"channels":[{"channel_name":"grain"}]}""");
        await service.Inviter.DeleteAsync("blockchains/" + service.Inviter.ServiceId);
        var first = (string)(await RecordsAsync(service.Inviter, ""))[0]!["operation_id"]!;

        Assert.Equal("99 04 00", await TypesAsync(""));
        Assert.Equal("99 04", await TypesAsync("?blockchain_id=" + id));
        Assert.Equal("", await TypesAsync("?blockchain_id=" + service.Third.ServiceId));
        Assert.Equal("99 04 00", await TypesAsync("?operation_status=finished"));
        Assert.Equal("", await TypesAsync("?operation_status=stop"));
        Assert.Equal("04", await TypesAsync("?operation_type=04"));
        Assert.Equal("", await TypesAsync("?operation_type=91"));
        Assert.Equal("99 04 00", await TypesAsync("?resource_type=BCSSVC01"));
        Assert.Equal("", await TypesAsync("?resource_type=PLUGIN02"));
        Assert.Equal("99", await TypesAsync("?operation_id=" + first));
        Assert.Equal("04", await TypesAsync($"?blockchain_id={id}&operation_type=04&operation_status=finished&resource_type=BCSSVC01"));

        async Task<string> TypesAsync(string query) =>
            string.Join(' ', (await RecordsAsync(service.Inviter, query)).Select(record => (string)record!["operation_type"]!));
    }

    [Theory]
    [InlineData("operation_status=done", "operation_status must be one of waiting, processing, finished, failed, stop, not done")]
    [InlineData("operation_status=Finished", "operation_status must be one of waiting, processing, finished, failed, stop, not Finished")]
    [InlineData("operation_type=98", "operation_type must be one of 99, 00, 02, 03, 04, 05, 01, 91, not 98")]
    [InlineData("resource_type=BCSSVC03", "resource_type must be one of BCSSVC01, BCSSVC02, PLUGIN01, PLUGIN02, PLUGIN03, not BCSSVC03")]
    [InlineData("limit=x", "limit must be a whole number from 1 to 1000, not x")]
    [InlineData("blockchain_id=a%00b", "blockchain_id holds a control character")]
    public async Task A_filter_that_is_none_of_the_references_is_refused(string query, string message)
    {
        await using var service = await TestService.StartAsync();

        Assert.Equal(
            (400, $$"""{"error_code":"BCS.4006003","error_msg":"Invalid Parameter: {{message}}"}"""),
            await service.Inviter.GetAsync("operation/record?" + query));
    }

    [Theory, EveryEngine]
    public async Task Operations_come_in_pages_to_who_asks_for_them(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var id = await service.Inviter.CreateAsync("grain-trade");
        await service.Inviter.PostAsync($"blockchains/{id}/channels", """{"channels":[{"channel_name":"grain"}]}""");

        var (marker, seen) = ("", new List<string>());
        do
        {
            var page = JsonNode.Parse((await service.Inviter.GetAsync($"operation/record?limit=1&marker={marker}")).Body)!;
            Assert.Equal(2, (int)page["count"]!);
            seen.Add((string)page["operation_records"]!.AsArray().Single()!["operation_type"]!);
            marker = (string?)page["page_info"]!["next_marker"];
        }
        while (marker is not null);

        Assert.Equal(["99", "04"], seen);
    }

    private static async Task<JsonArray> RecordsAsync(Person person, string query)
    {
        var (status, body) = await person.GetAsync("operation/record" + query);
        Assert.True(status == 200, body);
        var answer = JsonNode.Parse(body)!;
        Assert.Equal(answer["operation_records"]!.AsArray().Count, (int)answer["count"]!);
        return answer["operation_records"]!.AsArray();
    }

    private static async Task<JsonNode> OnlyAsync(Person person) => (await RecordsAsync(person, "")).Single()!;

    private static string Summary(JsonNode record)
    {
        var steps = record["operation_process"]!.AsObject().Select(step => $"{step.Key}:{step.Value!["status"]}");
        return $"{record["operation_type"]} {record["operation_status"]} [{string.Join(',', steps)}]";
    }

    private static string Times(JsonNode record, string step)
    {
        var subStep = record["operation_process"]![step]!["sub_steps"]!.AsObject().Single().Value!;
        return $"{subStep["start_time"]} {subStep["end_time"]} {subStep["detail"]}";
    }
}

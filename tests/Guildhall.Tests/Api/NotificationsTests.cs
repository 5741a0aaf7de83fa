namespace Guildhall.Tests.Api;

public sealed class NotificationsTests
{
    [Theory, EveryEngine]
    public async Task A_notification_tells_the_invitee_all_it_needs_to_answer(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.InviteAsync(service.Invitee);
        var id = await service.Invitee.NotificationIdAsync();

        var response = await service.Invitee.GetAsync("notifications");

        Assert.Equal(
            (200, $$"""
            {"notifications":[{"id":"{{id}}","channel_name":"channel","status":"waiting","updated_time":"2026-01-02T03:04:05Z","invited_time":"2026-01-02T03:04:05Z","tc3_need":true,"invitor_info":{"invitor_id":"{{service.Inviter.AccountId}}","invitor_name":"harbor-trade","invitor_bcs_id":"{{service.Inviter.ServiceId}}","invitor_bcs_name":"harbor","invitor_consensus":"etcdraft","invitor_project_id":"{{service.Inviter.ProjectId}}","invitor_cluster_type":"CCE","invitor_database_type":"goleveldb","invitor_signature_algorithm":"ECDSA","invitor_fabric_version":"2.2","order_fade_enabled":false,"order_fade_cache":0},"invitee_info":{"invitee_id":"{{service.Invitee.AccountId}}","invitee_name":null,"invitee_bcs_name":"","invitee_bcs_id":"","invitee_project_id":""},"hide":0,"invitee_orgs":[],"read_status":0,"cross_version_upgrade":""}]}
            """),
            response);
    }

    [Fact]
    public async Task The_invitees_name_is_sent_where_it_is_switched_on()
    {
        await using var service = await TestService.StartAsync(Engine.Sqlite, settings => settings with { Wire = new() { InviteeName = true } });
        await service.Inviter.InviteAsync(service.Invitee);

        Assert.Contains("\"invitee_name\":\"north-mill\"", (await service.Invitee.GetAsync("notifications")).Body, StringComparison.Ordinal);
    }

    [Theory, EveryEngine]
    public async Task A_notification_is_marked_read_and_once_answered_hidden(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.InviteAsync(service.Invitee);
        var path = "notifications/" + await service.Invitee.NotificationIdAsync();

        Assert.Equal(
            (400, """{"error_code":"BCS.4007026","error_msg":"A notification that waits for an answer cannot be hidden"}"""),
            await service.Invitee.PutAsync(path, """{"hide":1}"""));
        Assert.Equal(200, (await service.Invitee.PutAsync(path, """{"read_status":1}""")).Status);
        Assert.Contains("\"read_status\":1", (await service.Invitee.GetAsync("notifications")).Body, StringComparison.Ordinal);
        await service.Invitee.RejectAsync();
        Assert.Equal(200, (await service.Invitee.PutAsync(path, """{"hide":1,"read_status":0}""")).Status);
        var (_, body) = await service.Invitee.GetAsync("notifications");
        Assert.Contains("\"hide\":1", body, StringComparison.Ordinal);
        Assert.Contains("\"read_status\":0", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_else_can_mark_it()
    {
        await using var service = await TestService.StartAsync();
        await service.Inviter.InviteAsync(service.Invitee);
        var id = await service.Invitee.NotificationIdAsync();
        var unknown = (404, $$"""{"error_code":"BCS.4007025","error_msg":"The notification does not exist: {{id}}"}""");

        Assert.Equal(unknown, await service.Inviter.PutAsync("notifications/" + id, """{"read_status":1}"""));
        Assert.Equal(unknown, await service.Third.PutAsync("notifications/" + id, """{"read_status":1}"""));
    }

    [Theory, EveryEngine]
    public async Task Deleting_the_inviters_service_cancels_what_waits_and_dissolves_what_joined(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.JoinAsync(service.Invitee);
        await service.Inviter.InviteAsync(service.Third);

        await service.Inviter.DeleteServiceAsync();

        Assert.Equal("released", await service.Invitee.NotificationStatusAsync());
        Assert.Equal("canceled", await service.Third.NotificationStatusAsync());
        Assert.Equal(["released"], await service.Inviter.MemberStatesAsync());
        Assert.Equal(400, (await service.Third.AgreeAsync()).Status);
        Assert.Equal(
            (200, """{"result":"success"}"""), await service.Inviter.DeleteInvitationAsync(service.Invitee, "released", service.Invitee.ServiceId));
        Assert.Empty(await service.Inviter.MemberStatesAsync());
    }

    [Theory, EveryEngine]
    public async Task Deleting_the_inviters_service_stops_a_join_that_is_under_way(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.InviteAsync(service.Invitee);
        await service.Invitee.AgreeAsync();

        await service.Inviter.DeleteServiceAsync();
        await service.WorkAsync();

        Assert.Equal("released", await service.Invitee.NotificationStatusAsync());
        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM operations WHERE status = 'stop'"));
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM outbox"));
    }

    [Theory, EveryEngine]
    public async Task Deleting_the_invitees_service_takes_it_out_of_what_it_joined(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.JoinAsync(service.Invitee);

        await service.Invitee.DeleteServiceAsync();

        Assert.Equal(["quitting"], await service.Inviter.MemberStatesAsync());
        await service.WorkAsync();
        Assert.Equal(["quit"], await service.Inviter.MemberStatesAsync());
    }
}

namespace Guildhall.Tests.Api;

public sealed class ListMembersTests
{
    [Theory, EveryEngine]
    public async Task A_joined_member_is_shown_as_in_the_reference(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.JoinAsync(service.Invitee);

        var expected = $$$"""
            {"members":[{"tcs_need":true,"channel_name":"channel","invited_orgs":[{"name":"organization","name_hash":"{{{Guildhall.Memberships.Names.HashOf("organization", service.Invitee.ServiceId)}}}","node_count":1,"status":"","status_detail":""}],"invitor_info":{"invitor_bcs_id":"{{{service.Inviter.ServiceId}}}","invitor_bcs_name":"harbor","invitor_project_id":"{{{service.Inviter.ProjectId}}}","invitor_user_id":"{{{service.Inviter.AccountId}}}","invitor_username":"harbor-trade"},"invitee_info":{"invitee_bcs_id":"{{{service.Invitee.ServiceId}}}","invitee_user_id":"{{{service.Invitee.AccountId}}}","invitee_username":"north-mill"}}]}
            """;

        Assert.Equal(expected, await service.Inviter.MembersAsync());
        Assert.Equal(expected, await service.Invitee.MembersAsync());
        Assert.Equal("""{"members":[]}""", await service.Third.MembersAsync());
    }

    [Theory, EveryEngine]
    public async Task A_pending_one_is_shown_to_both_without_service_and_organizations(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.InviteAsync(service.Invitee);

        var members = await service.Invitee.MembersAsync();

        Assert.Contains("\"invited_orgs\":[]", members, StringComparison.Ordinal);
        Assert.Contains($$"""
            "invitee_info":{"invitee_bcs_id":"","invitee_user_id":"{{service.Invitee.AccountId}}","invitee_username":"north-mill"}
            """, members, StringComparison.Ordinal);
        Assert.Equal(members, await service.Inviter.MembersAsync());
    }

    [Theory, EveryEngine]
    public async Task The_state_is_shown_when_asked_for(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.InviteAsync(service.Invitee);

        var (status, body) = await service.Inviter.GetAsync("members?extended=true");

        Assert.Equal(200, status);
        Assert.Matches("\"id\":\"[0-9a-f-]{36}\",\"status\":\"waiting\",\"invited_time\":\"2026-01-02T03:04:05Z\",\"updated_time\":\"2026-01-02T03:04:05Z\"}", body);
    }

    [Theory, EveryEngine]
    public async Task A_list_is_filtered_and_paged_on_request(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var names = Enumerable.Range(0, 5).Select(n => $"member-{n}").ToArray();
        await service.AddAccountsAsync(names);
        await service.Inviter.InviteNamesAsync(names);
        await service.Inviter.AddChannelAsync("second");
        await service.Inviter.InviteAsync(service.Invitee, channel: "second");
        await service.Invitee.RejectAsync(channel: "second");

        Assert.Equal(["member-0", "member-1"], await service.Inviter.MemberNamesAsync("?limit=2"));
        var marker = await service.Inviter.NextMarkerAsync("?limit=2");
        Assert.Equal(["member-2", "member-3", "member-4", "north-mill"], await service.Inviter.MemberNamesAsync($"?limit=4&marker={marker}"));
        Assert.Null(await service.Inviter.NextMarkerAsync($"?limit=4&marker={marker}"));
        Assert.Equal(["north-mill"], await service.Inviter.MemberNamesAsync("?channel_name=second"));
        Assert.Equal(["north-mill"], await service.Inviter.MemberNamesAsync("?status=reject"));
        Assert.Empty(await service.Inviter.MemberNamesAsync("?invitor_bcs_id=another"));
        Assert.Equal(6, (await service.Inviter.MemberNamesAsync($"?invitor_bcs_id={service.Inviter.ServiceId}")).Length);
    }

    [Theory]
    [InlineData("limit=0", "limit must be a whole number from 1 to 1000, not 0")]
    [InlineData("limit=many", "limit must be a whole number from 1 to 1000, not many")]
    [InlineData("status=gone", "status must be one of waiting, reject, joining, agreed, quitting, quit, released, canceled, not gone")]
    [InlineData("extended=yes", "extended must be true or false, not yes")]
    public async Task A_wrong_filter_is_refused(string query, string message)
    {
        await using var service = await TestService.StartAsync();

        Assert.Equal(
            (400, $$"""{"error_code":"BCS.4006003","error_msg":"Invalid Parameter: {{message}}"}"""), await service.Inviter.GetAsync("members?" + query));
    }
}

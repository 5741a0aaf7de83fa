namespace Guildhall.Tests.Api;

public sealed class DeleteInvitationsTests
{
    private static readonly (int, string) Success = (200, """{"result":"success"}""");

    [Theory, EveryEngine]
    public async Task The_references_own_request_clears_the_record_of_one_who_quit(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.JoinAsync(service.Invitee);
        await service.Invitee.QuitAsync();
        await service.WorkAsync();

        var response = await service.Inviter.DeleteAsync("members/invitations", $$"""
            {
              "bcs_id" : "{{service.Inviter.ServiceId}}",
              "channel_name" : "channel",
              "invited_userinfo" : [ {
                "invited_user" : "{{service.Invitee.AccountName}}",
                "status" : "quit",
                "invited_bcs_id" : "{{service.Invitee.ServiceId}}"
              } ]
            }
            """);

        Assert.Equal(Success, response);
        Assert.Equal("""{"members":[]}""", await service.Inviter.MembersAsync());
        Assert.Equal("""{"members":[]}""", await service.Invitee.MembersAsync());
        Assert.Equal("quit", await service.Invitee.NotificationStatusAsync());
    }

    [Theory, EveryEngine]
    public async Task Withdrawing_takes_the_invitation_out_of_the_invitees_inbox(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.InviteAsync(service.Invitee);

        Assert.Equal(Success, await service.Inviter.DeleteInvitationAsync(service.Invitee, "waiting"));

        Assert.Equal("none", await service.Invitee.NotificationStatusAsync());
        Assert.Equal("""{"members":[]}""", await service.Inviter.MembersAsync());
    }

    [Theory, EveryEngine]
    public async Task Deleting_again_within_ten_minutes_is_the_same_deletion(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.InviteAsync(service.Invitee);
        await service.Invitee.RejectAsync();

        Assert.Equal(Success, await service.Inviter.DeleteInvitationAsync(service.Invitee, "reject"));
        service.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(Success, await service.Inviter.DeleteInvitationAsync(service.Invitee, "reject"));
        service.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(
            (400, """{"error_code":"BCS.4007021","error_msg":"The invitation does not exist: north-mill is not invited to this channel"}"""),
            await service.Inviter.DeleteInvitationAsync(service.Invitee, "reject"));
    }

    [Fact]
    public async Task A_late_repeat_does_not_touch_a_new_invitation()
    {
        await using var service = await TestService.StartAsync();
        await service.Inviter.InviteAsync(service.Invitee);
        await service.Invitee.RejectAsync();
        await service.Inviter.DeleteInvitationAsync(service.Invitee, "reject");
        service.Clock.Advance(TimeSpan.FromSeconds(1));
        await service.Inviter.InviteAsync(service.Invitee);

        Assert.Equal(Success, await service.Inviter.DeleteInvitationAsync(service.Invitee, "reject"));

        Assert.Equal(["waiting"], await service.Inviter.MemberStatesAsync());
    }

    [Theory, EveryEngine]
    public async Task One_that_cannot_be_deleted_keeps_all(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.InviteAsync(service.Third);
        await service.JoinAsync(service.Invitee);

        var response = await service.Inviter.DeleteAsync("members/invitations", $$"""
            { "bcs_id": "{{service.Inviter.ServiceId}}", "channel_name": "channel", "invited_userinfo": [{ "invited_user": "south-foundry" }, { "invited_user": "north-mill" }] }
            """);

        Assert.Equal(
            (400, """{"error_code":"BCS.4007024","error_msg":"An invitation in this state cannot be deleted: the membership of north-mill in channel channel is agreed"}"""),
            response);
        Assert.Equal(["waiting", "agreed"], await service.Inviter.MemberStatesAsync());
    }

    [Theory]
    [InlineData("waiting", null, "BCS.4006003", "Invalid Parameter: invited_userinfo.status says waiting, but the invitation of north-mill is quit")]
    [InlineData(null, null, "BCS.4006009", "One of parameters is nil: invited_userinfo.status is required for north-mill, who had joined (it is quit)")]
    [InlineData("quit", null, "BCS.4006009", "One of parameters is nil: invited_userinfo.invited_bcs_id is required for north-mill, who had joined")]
    [InlineData("quit", "another", "BCS.4006003", "Invalid Parameter: invited_userinfo.invited_bcs_id is not the service that north-mill joined with")]
    [InlineData("agreed", null, "BCS.4006003", "Invalid Parameter: invited_userinfo[0].status must be one of quit, waiting, reject, released, not agreed")]
    public async Task Status_and_service_are_checked(string? status, string? service, string code, string message)
    {
        await using var guildhall = await TestService.StartAsync();
        await guildhall.JoinAsync(guildhall.Invitee);
        await guildhall.Invitee.QuitAsync();
        await guildhall.WorkAsync();

        var response = await guildhall.Inviter.DeleteInvitationAsync(guildhall.Invitee, status, service ?? "");

        Assert.Equal((400, $$"""{"error_code":"{{code}}","error_msg":"{{message}}"}"""), response);
        Assert.Equal(["quit"], await guildhall.Inviter.MemberStatesAsync());
    }

    [Fact]
    public async Task Only_the_inviter_deletes()
    {
        await using var service = await TestService.StartAsync();
        await service.Inviter.InviteAsync(service.Invitee);

        foreach (var person in new[] { service.Invitee, service.Third })
        {
            var (status, body) = await person.DeleteAsync("members/invitations", $$"""
                { "bcs_id": "{{service.Inviter.ServiceId}}", "channel_name": "channel", "invited_userinfo": [{ "invited_user": "north-mill" }] }
                """);
            Assert.Equal(400, status);
            Assert.Contains("BCS.4001011", body, StringComparison.Ordinal);
        }

        Assert.Equal(["waiting"], await service.Inviter.MemberStatesAsync());
    }
}

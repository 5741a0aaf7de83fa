namespace Guildhall.Tests.Api;

public sealed class InviteMembersTests
{
    [Theory, EveryEngine]
    public async Task The_references_own_request_is_answered_as_the_reference_says(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);

        var response = await service.Inviter.PostAsync("members/invitations", $$"""
            {
              "bcs_id" : "{{service.Inviter.ServiceId}}",
              "channel_name" : "channel",
              "invitor_username" : "{{service.Inviter.AccountName}}",
              "invited_userinfo" : [ {
                "invited_user" : "{{service.Invitee.AccountName}}"
              } ]
            }
            """);

        Assert.Equal((200, """{"result":"success"}"""), response);
    }

    [Theory, EveryEngine]
    public async Task The_invitee_sees_the_invitation_at_once(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);

        await service.Inviter.InviteAsync(service.Invitee);

        Assert.Equal("waiting", await service.Invitee.NotificationStatusAsync());
        Assert.Equal("none", await service.Third.NotificationStatusAsync());
    }

    [Fact]
    public async Task The_older_spelling_of_the_invitee_is_understood()
    {
        await using var service = await TestService.StartAsync();

        var response = await service.Inviter.PostAsync("members/invitations", $$"""
            { "bcs_id": "{{service.Inviter.ServiceId}}", "channel_name": "channel", "invited_userinfo": [{ "invited_username": "{{service.Invitee.AccountName}}" }] }
            """);

        Assert.Equal((200, """{"result":"success"}"""), response);
    }

    [Fact]
    public async Task Unknown_fields_are_ignored()
    {
        await using var service = await TestService.StartAsync();

        var response = await service.Inviter.PostAsync("members/invitations", $$"""
            { "bcs_id": "{{service.Inviter.ServiceId}}", "channel_name": "channel", "note": [1, {}], "invited_userinfo": [{ "invited_user": "{{service.Invitee.AccountName}}", "vip": true }] }
            """);

        Assert.Equal(200, response.Status);
    }

    [Theory, EveryEngine]
    public async Task One_refused_invitee_refuses_the_whole_call(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);

        var response = await service.Inviter.InviteNamesAsync(service.Invitee.AccountName, "nobody");

        Assert.Equal((400, """{"error_code":"BCS.4007014","error_msg":"The invited account does not exist: nobody"}"""), response);
        Assert.Equal("""{"members":[]}""", await service.Inviter.MembersAsync());
        Assert.Equal("none", await service.Invitee.NotificationStatusAsync());
    }

    [Theory, EveryEngine]
    public async Task An_account_that_is_invited_or_joined_is_refused_until_it_is_free_again(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var refused = (400, $$"""{"error_code":"BCS.4007016","error_msg":"The account is already invited to this channel or has joined it: {{service.Invitee.AccountName}} is *** in channel channel"}""");

        await service.Inviter.InviteAsync(service.Invitee);
        Assert.Equal(Refused("waiting"), await service.Inviter.InviteAsync(service.Invitee));
        await service.Invitee.AgreeAsync();
        Assert.Equal(Refused("joining"), await service.Inviter.InviteAsync(service.Invitee));
        await service.WorkAsync();
        Assert.Equal(Refused("agreed"), await service.Inviter.InviteAsync(service.Invitee));
        await service.Invitee.QuitAsync();
        Assert.Equal(Refused("quitting"), await service.Inviter.InviteAsync(service.Invitee));
        await service.WorkAsync();
        Assert.Equal(200, (await service.Inviter.InviteAsync(service.Invitee)).Status);

        (int, string) Refused(string state) => (refused.Item1, refused.Item2.Replace("***", state));
    }

    [Theory, EveryEngine]
    public async Task A_new_invitation_takes_the_place_of_a_rejected_one_and_the_inbox_keeps_both(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.InviteAsync(service.Invitee);
        await service.Invitee.RejectAsync();
        service.Clock.Advance(TimeSpan.FromSeconds(1));

        await service.Inviter.InviteAsync(service.Invitee);

        Assert.Equal(["waiting"], await service.Inviter.MemberStatesAsync());
        Assert.Equal(["reject", "waiting"], await service.Invitee.NotificationStatesAsync());
    }

    [Theory]
    [InlineData("north-mill,north-mill", "BCS.4006003", "Invalid Parameter: invited_userinfo names north-mill more than once")]
    [InlineData("harbor-trade", "BCS.4007015", "An account cannot invite itself: harbor-trade")]
    [InlineData("North-mill", "BCS.4007014", "The invited account does not exist: North-mill")]
    [InlineData("north-mill ", "BCS.4007014", "The invited account does not exist: north-mill ")]
    [InlineData("", "BCS.4006009", "One of parameters is nil: invited_userinfo[0].invited_user is required")]
    public async Task Invitees_that_cannot_be_invited(string names, string code, string message)
    {
        await using var service = await TestService.StartAsync();

        var response = await service.Inviter.InviteNamesAsync(names.Split(','));

        Assert.Equal((400, $$"""{"error_code":"{{code}}","error_msg":"{{message}}"}"""), response);
    }

    [Theory]
    [InlineData("union", "Enterprise", true, "BCS.4007013")]
    [InlineData("private", "Enterprise", false, "BCS.4007011")]
    [InlineData("union", "Basic", false, "BCS.4007012")]
    public async Task Services_that_cannot_invite(string type, string edition, bool isInvitee, string code)
    {
        await using var service = await TestService.StartAsync();
        var id = await service.Inviter.AddServiceAsync(
            "other", traits => traits with { BlockchainType = type, Edition = Enum.Parse<Guildhall.Services.Edition>(edition) }, isInvitee, channels: ["channel"]);

        var (status, body) = await service.Inviter.PostAsync("members/invitations", $$"""
            { "bcs_id": "{{id}}", "channel_name": "channel", "invited_userinfo": [{ "invited_user": "{{service.Invitee.AccountName}}" }] }
            """);

        Assert.Equal(400, status);
        Assert.Contains(code, body, StringComparison.Ordinal);
    }

    [Theory, EveryEngine]
    public async Task The_member_limit_is_named(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine, settings => settings with
        {
            Limits = new() { Enterprise = new(Members: 1, Channels: 4, PeersPerOrganization: 2) },
        });
        await service.Inviter.InviteAsync(service.Invitee);

        var response = await service.Inviter.InviteAsync(service.Third);

        Assert.Equal(
            (400, """{"error_code":"BCS.4007017","error_msg":"The member limit of the service is reached: service harbor (Enterprise) may have 1 invited or joined accounts; it has 1, and this would make 2"}"""),
            response);
    }

    [Fact]
    public async Task A_member_of_one_channel_takes_no_second_place_in_another()
    {
        await using var service = await TestService.StartAsync(Engine.Sqlite, settings => settings with
        {
            Limits = new() { Enterprise = new(Members: 1, Channels: 4, PeersPerOrganization: 2) },
        });
        await service.Inviter.AddChannelAsync("second");
        await service.Inviter.InviteAsync(service.Invitee);

        Assert.Equal(200, (await service.Inviter.InviteAsync(service.Invitee, channel: "second")).Status);
    }

    [Fact]
    public async Task Forty_are_invited_in_one_call_and_listed_in_the_order_given()
    {
        await using var service = await TestService.StartAsync();
        var names = Enumerable.Range(0, 40).Select(n => $"会员-{n:00}").ToArray();
        await service.AddAccountsAsync(names);

        Assert.Equal((200, """{"result":"success"}"""), await service.Inviter.InviteNamesAsync(names));

        Assert.Equal(names, await service.Inviter.MemberNamesAsync());
    }

    [Fact]
    public async Task More_invitees_than_a_call_may_name_are_refused()
    {
        await using var service = await TestService.StartAsync(Engine.Sqlite, settings => settings with { Limits = new() { InviteesPerCall = 2 } });

        var response = await service.Inviter.InviteNamesAsync("a", "b", "c");

        Assert.Equal(
            (400, """{"error_code":"BCS.4006003","error_msg":"Invalid Parameter: invited_userinfo has 3 items, at most 2 are allowed in one call"}"""), response);
    }
}

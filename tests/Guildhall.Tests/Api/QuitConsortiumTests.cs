namespace Guildhall.Tests.Api;

public sealed class QuitConsortiumTests
{
    [Theory, EveryEngine]
    public async Task The_references_own_request_is_answered_with_an_operation_id(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.JoinAsync(service.Invitee);

        var (status, body) = await service.Invitee.PutAsync("members/quit", $$"""
            {
              "inviter_bcsid" : "{{service.Inviter.ServiceId}}",
              "inviter_projectid" : "{{service.Inviter.ProjectId}}",
              "inviter_domainid" : "{{service.Inviter.AccountId}}",
              "inviter_username" : "{{service.Inviter.AccountName}}",
              "channel_name" : "channel",
              "invitee_bcsid" : "{{service.Invitee.ServiceId}}",
              "invitee_projectid" : "{{service.Invitee.ProjectId}}",
              "invitee_domainid" : "{{service.Invitee.AccountId}}"
            }
            """);

        Assert.Equal(200, status);
        Assert.Matches("""^{"result":"success","operation_id":"BCSSVC01-03-17673230450000000\d\d"}$""", body);
        Assert.Equal("quitting", await service.Invitee.NotificationStatusAsync());
        await service.WorkAsync();
        Assert.Equal("quit", await service.Invitee.NotificationStatusAsync());
    }

    [Theory, EveryEngine]
    public async Task A_repeated_quit_is_the_same_quit_at_every_moment(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.JoinAsync(service.Invitee);

        var first = await service.Invitee.QuitAsync();
        Assert.Equal(first, await service.Invitee.QuitAsync());
        await service.WorkAsync();
        Assert.Equal(first, await service.Invitee.QuitAsync());
        service.Clock.Advance(TimeSpan.FromDays(30));
        Assert.Equal(first, await service.Invitee.QuitAsync());
        await service.Inviter.DeleteInvitationAsync(service.Invitee, "quit");
        Assert.Equal(first, await service.Invitee.QuitAsync());
        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM operations WHERE type = '03'"));
    }

    [Theory, EveryEngine]
    public async Task Once_the_membership_has_changed_hands_a_quit_is_judged_anew(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.JoinAsync(service.Invitee);
        var first = await service.Invitee.QuitAsync();
        await service.WorkAsync();
        service.Clock.Advance(TimeSpan.FromSeconds(1));

        await service.Inviter.InviteAsync(service.Invitee);
        Assert.Equal(400, (await service.Invitee.QuitAsync()).Status);
        await service.Invitee.AgreeAsync();
        await service.WorkAsync();
        var second = await service.Invitee.QuitAsync();

        Assert.Equal(200, second.Status);
        Assert.NotEqual(first, second);
    }

    [Theory, EveryEngine]
    public async Task A_quit_is_not_repeated_of_a_consortium_that_has_ended_since(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.JoinAsync(service.Invitee);
        Assert.Equal(200, (await service.Invitee.QuitAsync()).Status);
        await service.Inviter.DeleteServiceAsync();
        Assert.Equal("released", await service.Invitee.NotificationStatusAsync());

        var (status, body) = await service.Invitee.QuitAsync();

        Assert.Equal((400, true), (status, body.StartsWith("""{"error_code":"BCS.4006003","error_msg":"Invalid Parameter notification status""", StringComparison.Ordinal)));
    }

    [Theory, EveryEngine]
    public async Task Simultaneous_quits_are_one_quit(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.JoinAsync(service.Invitee);

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => service.Invitee.QuitAsync()));

        Assert.All(answers, answer => Assert.Equal(answers[0], answer));
        Assert.Equal(200, answers[0].Status);
        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM outbox"));
    }

    [Fact]
    public async Task What_was_never_joined_cannot_be_quit()
    {
        await using var service = await TestService.StartAsync();
        var message = $"Invalid Parameter notification status: north-mill has not joined channel channel of service {service.Inviter.ServiceId} with service {service.Invitee.ServiceId}";
        var refused = (400, $$"""{"error_code":"BCS.4006003","error_msg":"{{message}}"}""");

        Assert.Equal(refused, await service.Invitee.QuitAsync());
        await service.Inviter.InviteAsync(service.Invitee);
        Assert.Equal(refused, await service.Invitee.QuitAsync());
    }

    [Fact]
    public async Task Who_is_still_joining_cannot_quit()
    {
        await using var service = await TestService.StartAsync();
        await service.Inviter.InviteAsync(service.Invitee);
        await service.Invitee.AgreeAsync();

        Assert.Equal(
            (400, """{"error_code":"BCS.4006003","error_msg":"Invalid Parameter notification status: the membership of north-mill in channel channel is joining"}"""),
            await service.Invitee.QuitAsync());
    }

    [Theory]
    [InlineData("inviter_bcsid", "another", "Invalid Parameter notification status: north-mill has not joined")]
    [InlineData("inviter_projectid", "another", "Invalid Parameter notification status: north-mill has not joined")]
    [InlineData("inviter_domainid", "another", "Invalid Parameter notification status: north-mill has not joined")]
    [InlineData("invitee_bcsid", "another", "Invalid Parameter notification status: north-mill has not joined")]
    [InlineData("channel_name", "another", "Invalid Parameter notification status: north-mill has not joined")]
    [InlineData("invitee_projectid", "another", "Invalid Parameter: invitee_projectid must be the project in the path")]
    [InlineData("invitee_domainid", "another", "Invalid Parameter: invitee_domainid must be the caller's account")]
    [InlineData("inviter_username", null, "One of parameters is nil: inviter_username is required")]
    [InlineData("inviter_bcsid", null, "One of parameters is nil: inviter_bcsid is required")]
    public async Task A_wrong_or_missing_field_changes_nothing(string field, string? value, string message)
    {
        await using var service = await TestService.StartAsync();
        await service.JoinAsync(service.Invitee);

        var (status, body) = await service.Invitee.QuitAsync(change: body => body[field] = value);

        Assert.Equal(400, status);
        Assert.Contains(message, body, StringComparison.Ordinal);
        Assert.Equal("agreed", await service.Invitee.NotificationStatusAsync());
    }

    [Theory, EveryEngine]
    public async Task Operation_ids_are_unique_and_never_go_back(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var before = await IdsAsync();
        await service.RestartAsync();
        var after = await IdsAsync();

        Assert.True(string.CompareOrdinal(before, after) < 0, $"{after} should be above {before}");

        async Task<string> IdsAsync()
        {
            await service.Inviter.InviteAsync(service.Invitee);
            await service.Invitee.AgreeAsync();
            await service.WorkAsync();
            var (_, body) = await service.Invitee.QuitAsync();
            await service.WorkAsync();
            return body;
        }
    }
}

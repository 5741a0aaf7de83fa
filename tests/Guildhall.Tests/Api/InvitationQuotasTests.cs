using System.Text.Json.Nodes;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Operations;
using Guildhall.Outbox;
using Guildhall.Services;
using Guildhall.Storage;

namespace Guildhall.Tests.Api;

/// <summary>Nobody buries another under invitations, and nobody keeps a third out of an inbox.</summary>
public sealed class InvitationQuotasTests
{
    /// <summary>Each way that an invitation ends, and the inviter begins again.</summary>
    [Theory, EveryEngine]
    public async Task An_inviter_may_invite_an_account_so_often_in_a_day_whatever_becomes_of_it(Engine engine)
    {
        await using var service = await StartAsync(engine, new Quotas { InvitationsPerDay = 5 });
        var (inviter, invitee) = (service.Inviter, service.Invitee);
        await InviteAsync(service); // and withdraws
        Assert.Equal(200, (await inviter.DeleteInvitationAsync(invitee, "waiting")).Status);
        await InviteAsync(service); // and is rejected, and clears the record
        Assert.Equal(200, (await invitee.RejectAsync()).Status);
        Assert.Equal(200, (await inviter.DeleteInvitationAsync(invitee, "reject")).Status);
        await InviteAsync(service); // and is rejected
        Assert.Equal(200, (await invitee.RejectAsync()).Status);
        await service.JoinAsync(invitee); // and is left
        Assert.Equal(200, (await invitee.QuitAsync()).Status);
        await service.WorkAsync();
        service.Clock.Advance(TimeSpan.FromHours(1));
        await inviter.AddServiceAsync("harbor-two", traits => traits, isInvitee: false, channels: ["channel"], becomesMain: true);
        await InviteAsync(service); // from a service that is deleted then
        await inviter.DeleteServiceAsync();
        await inviter.AddServiceAsync("harbor-three", traits => traits, isInvitee: false, channels: ["channel"], becomesMain: true);

        Assert.Equal(
            (429, """{"error_code":"APIGW.0308","error_msg":"The throttling threshold has been reached: this account may invite north-mill 5 times within 24 hours; try again in 82800 s"}"""),
            await inviter.InviteAsync(invitee));
        Assert.Equal(200, (await inviter.InviteAsync(service.Third)).Status); // another account is not concerned
        await service.RestartAsync();
        Assert.Equal((429, "82800"), await AskAsync(service));
        service.Clock.Advance(TimeSpan.FromHours(23) - TimeSpan.FromSeconds(1));
        Assert.Equal((429, "1"), await AskAsync(service));
        service.Clock.Advance(TimeSpan.FromSeconds(1));
        await InviteAsync(service);
    }

    [Theory, EveryEngine]
    public async Task A_bomber_leaves_no_more_entries_than_its_quota(Engine engine)
    {
        await using var service = await StartAsync(engine, Quotas.Ordinary);
        var statuses = new List<int>();
        for (var round = 0; round < 300; round++)
        {
            statuses.Add((await service.Inviter.InviteAsync(service.Invitee)).Status);
            await service.Inviter.DeleteInvitationAsync(service.Invitee, "waiting");
        }

        Assert.Equal((100, 200), (statuses.Count(status => status == 200), statuses.Count(status => status == 429)));
        Assert.Equal(100, await service.CountAsync("SELECT count(*) FROM memberships"));
    }

    [Theory, EveryEngine]
    public async Task Of_a_batch_the_one_that_is_too_much_is_named_and_nobody_is_invited(Engine engine)
    {
        await using var service = await StartAsync(engine, new Quotas { InvitationsPerDay = 1 });
        await InviteAsync(service);
        Assert.Equal(200, (await service.Inviter.DeleteInvitationAsync(service.Invitee, "waiting")).Status);

        var (status, body) = await service.Inviter.InviteNamesAsync(service.Third.AccountName, service.Invitee.AccountName);

        Assert.Equal(429, status);
        Assert.Contains("may invite north-mill 1 times", body);
        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM memberships"));
    }

    [Theory, EveryEngine]
    public async Task So_many_invitations_of_one_inviter_wait_for_an_account_and_one_that_is_answered_makes_room(Engine engine)
    {
        await using var service = await StartAsync(engine, new Quotas { OpenInvitationsPerInviter = 2 });
        await AddChannelsAsync(service.Inviter, 3);
        Assert.Equal((200, 200), ((await service.Inviter.InviteAsync(service.Invitee, "room-0")).Status, (await service.Inviter.InviteAsync(service.Invitee, "room-1")).Status));

        Assert.Equal(
            (400, """{"error_code":"BCS.4007018","error_msg":"Too many invitations wait for the invited account: 2 invitations of this account wait for an answer of north-mill, and 2 may"}"""),
            await service.Inviter.InviteAsync(service.Invitee, "room-2"));
        Assert.Equal(200, (await service.Invitee.RejectAsync("room-0")).Status);
        Assert.Equal(200, (await service.Inviter.InviteAsync(service.Invitee, "room-2")).Status);
    }

    /// <summary>Strangers fill an inbox, and somebody who has not written to it yet still gets through.</summary>
    [Theory, EveryEngine]
    public async Task A_full_inbox_keeps_room_for_other_inviters(Engine engine)
    {
        await using var service = await StartAsync(engine, new Quotas { OpenInvitations = 6, OpenInvitationsPerInviter = 50 });
        await AddChannelsAsync(service.Inviter, 8);
        await service.Third.AddServiceAsync("foundry-two", traits => traits, isInvitee: false, channels: ["a000", "b000", "c000", "d000", "e000"], becomesMain: true);
        for (var room = 0; room < 6; room++)
        {
            Assert.Equal(200, (await service.Inviter.InviteAsync(service.Invitee, $"room-{room}")).Status);
        }

        Assert.Equal(
            (400, """{"error_code":"BCS.4007018","error_msg":"Too many invitations wait for the invited account: 6 of those that wait for an answer of north-mill are of this account, and there are too many in all"}"""),
            await service.Inviter.InviteAsync(service.Invitee, "room-6"));
        foreach (var channel in (string[])["a000", "b000", "c000", "d000"])
        {
            Assert.Equal(200, (await service.Third.InviteAsync(service.Invitee, channel)).Status);
        }

        Assert.Equal(400, (await service.Third.InviteAsync(service.Invitee, "e000")).Status);
        Assert.Equal(200, (await service.Inviter.InviteAsync(service.Third, "room-0")).Status); // another inbox
    }

    /// <summary>Seen failing where the work does not name the invitee.</summary>
    [Theory, EveryEngine]
    public async Task Inviters_at_the_same_moment_in_two_replicas_do_not_exceed_what_an_inbox_takes(Engine engine)
    {
        const int Inviters = 3;
        const int Most = (Inviters * InvitationQuotas.Reserved) + 2;
        await using var service = await StartAsync(engine, Quotas.None);
        await using var other = engine == Engine.Postgres ? Store.Open(service.StoreSetting) : null;
        Store[] replicas = [service.Store, other ?? service.Store];
        var members = Array.ConvertAll(replicas, store => Members(service, store, new Quotas { OpenInvitations = Most }));
        var calls = new List<(Caller Caller, Invitations Request)>();
        for (var i = 0; i < Inviters; i++)
        {
            var person = await service.AddPersonAsync($"crowd-{i}", $"crowd-{i}", isInvitee: false);
            await AddChannelsAsync(person, 2 * InvitationQuotas.Reserved);
            for (var room = 0; room < InvitationQuotas.Reserved; room++)
            {
                Assert.Equal(200, (await person.InviteAsync(service.Invitee, $"room-{room}")).Status);
                calls.Add((CallerOf(person), new Invitations(person.ServiceId, $"room-{InvitationQuotas.Reserved + room}", [service.Invitee.AccountName])));
            }
        }

        var results = await Task.WhenAll(calls.Select((call, n) => Task.Run(() => members[n % 2].InviteAsync(call.Caller, call.Request, CancellationToken.None))));

        Assert.Equal(2, results.Count(result => !result.IsRefused(out _)));
        Assert.All(results, result => Assert.True(!result.IsRefused(out var refusal) || refusal.Code == Refusal.InboxFull.Code));
        Assert.Equal(Most, await service.CountAsync("SELECT count(*) FROM memberships"));
    }

    /// <summary>Seen failing where the work does not name the inviter's account.</summary>
    [Theory, EveryEngine]
    public async Task One_inviter_at_the_same_moment_in_two_replicas_does_not_exceed_its_own(Engine engine)
    {
        await using var service = await StartAsync(engine, Quotas.None);
        await using var other = engine == Engine.Postgres ? Store.Open(service.StoreSetting) : null;
        Store[] replicas = [service.Store, other ?? service.Store];
        var members = Array.ConvertAll(replicas, store => Members(service, store, new Quotas { InvitationsPerDay = 3 }));
        var person = service.Inviter;
        await AddChannelsAsync(person, 12);

        var results = await Task.WhenAll(Enumerable.Range(0, 12).Select(n => Task.Run(() => members[n % 2].InviteAsync(
            CallerOf(person), new Invitations(person.ServiceId, $"room-{n}", [service.Invitee.AccountName]), CancellationToken.None))));

        Assert.Equal(3, results.Count(result => !result.IsRefused(out _)));
    }

    private static Task<TestService> StartAsync(Engine engine, Quotas quotas) => TestService.StartAsync(engine, settings => settings with { Quotas = quotas });

    private static MemberManagement Members(TestService service, Store store, Quotas quotas) => new(
        store, service.Clock, new MembershipIds(), new OperationIds(service.Clock), new RegisterOnlyNetwork(), new Limits(), quotas);

    private static Caller CallerOf(Person person) => new(person.AccountId, person.AccountName, person.ProjectId, "", person.UserId, "", Role.Admin);

    private static async Task InviteAsync(TestService service) => Assert.Equal(200, (await service.Inviter.InviteAsync(service.Invitee)).Status);

    private static async Task AddChannelsAsync(Person person, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await person.AddChannelAsync($"room-{i}");
        }
    }

    private static async Task<(int Status, string? RetryAfter)> AskAsync(TestService service)
    {
        var body = new JsonObject
        {
            ["bcs_id"] = service.Inviter.ServiceId,
            ["channel_name"] = "channel",
            ["invited_userinfo"] = new JsonArray(new JsonObject { ["invited_user"] = service.Invitee.AccountName }),
        };
        var answer = await Identity.KeystoneTests.SendAsync(
            service, "POST", $"/v2/{service.Inviter.ProjectId}/members/invitations", service.Inviter.Token, body.ToJsonString());
        return ((int)answer.Status, answer.RetryAfter);
    }
}

using Guildhall.Identity;
using Guildhall.Networks;
using Guildhall.Outbox;
using Guildhall.Tests.Networks;

namespace Guildhall.Tests.Fabric;

/// <summary>What people do while nodes and signers take their time stays done.</summary>
public sealed class MeanwhileTests
{
    private const string Channel = FabricNetwork.Channel;

    private readonly InterruptingClock clock = new();

    /// <remarks>Without the guard on the request the signature takes the place of what was declined, and the organization joins.</remarks>
    [Theory, EveryEngine]
    public async Task A_decline_stays_that_comes_while_a_kept_key_signs(Engine engine)
    {
        Func<Task>? meanwhile = null;
        await using var consortium = await StartAsync(engine, inner => new BeforeStep(inner, FabricPlan.Sign, () => InterruptOnce(ref meanwhile)));
        var (service, mill) = (consortium.Service, consortium.Service.Invitee);
        await consortium.AttachAsync(mill, new TestOrganization("Org2MSP"), holdsKey: true);
        await consortium.AgreeAsync(mill);
        await consortium.WorkAsync();
        await consortium.AttachAsync(service.Third, new TestOrganization("Org3MSP"), holdsKey: true);
        await consortium.AgreeAsync(service.Third);

        meanwhile = async () =>
        {
            var request = Assert.Single(await Consortium.AskedAsync(mill));
            Assert.Equal((200, """{"result":"success"}"""), await mill.PostAsync($"signature-requests/{(string)request["id"]!}/decline", """{ "reason": "Not before the audit." }"""));
        };
        await consortium.WorkAsync();

        Assert.Null(meanwhile);
        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM signature_requests WHERE msp_id = 'Org2MSP' AND state = 'declined' AND signature IS NULL"));
        Assert.StartsWith("Org2MSP declined: Not before the audit.", (await consortium.SeeAsync(service.Third)).Says, StringComparison.Ordinal);
        Assert.Equal(["Org1MSP", "Org2MSP"], await consortium.OrganizationsAsync());
    }

    /// <remarks>Without holding the work nobody ends what is asked for in the name of an operation that has ended.</remarks>
    [Theory, EveryEngine]
    public async Task A_step_asks_nobody_once_its_work_was_taken_back(Engine engine)
    {
        Func<Task>? meanwhile = null;
        await using var consortium = await StartAsync(engine, inner => new BeforeStep(inner, FabricPlan.Prepare, () => InterruptOnce(ref meanwhile)));
        var (service, mill) = (consortium.Service, consortium.Service.Invitee);
        await consortium.AttachAsync(mill, new TestOrganization("Org2MSP"), holdsKey: true);
        await consortium.AgreeAsync(mill);

        meanwhile = mill.DeleteServiceAsync;
        await consortium.WorkAsync();

        Assert.Null(meanwhile);
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM held_organizations"));
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM enactments"));
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM signature_requests"));
        Assert.Equal("quit", (await consortium.SeeAsync(mill)).State);
    }

    [Theory, EveryEngine]
    public async Task A_channel_that_is_deleted_while_it_is_looked_at_is_watched_no_longer(Engine engine)
    {
        await using var consortium = await StartAsync(engine);
        var (service, inviter) = (consortium.Service, consortium.Service.Inviter);

        clock.Interrupt(async () => Assert.Equal(200, (await inviter.DeleteAsync($"blockchains/{inviter.ServiceId}/channel/{Channel}")).Status));
        await consortium.LookAsync();

        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM watched_channels"));
    }

    [Theory, EveryEngine]
    public async Task A_service_that_is_deleted_while_its_turn_comes_takes_none(Engine engine)
    {
        await using var consortium = await StartAsync(engine);
        var (service, inviter, now) = (consortium.Service, consortium.Service.Inviter, consortium.Service.Clock.GetUtcNow());
        var due = await service.Store.ReadAsync(session => Guildhall.Storage.WatchRows.ListToWatchAsync(session, now, now.AddHours(1), 10, default), default);
        await inviter.DeleteServiceAsync();

        foreach (var channel in due)
        {
            var claimed = await service.Store.WriteSharedAsync<bool>(
                [channel.AccountId], async transaction => await Guildhall.Storage.WatchRows.ClaimWatchAsync(transaction, channel, now, now, now.AddHours(1), default), default);
            Assert.False(claimed.IsRefused(out _, out var isOurs) || isOurs);
        }

        Assert.Equal(2, due.Count);
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM watched_channels"));
    }

    /// <remarks>Without the guard on the attachment the service is bound to the chain of the network that it was attached to before.</remarks>
    [Theory, EveryEngine]
    public async Task What_nodes_have_shown_is_not_kept_of_a_service_that_is_attached_anew_meanwhile(Engine engine)
    {
        await using var consortium = await StartAsync(engine);
        var service = consortium.Service;

        clock.Interrupt(async () =>
        {
            service.Clock.Advance(TimeSpan.FromSeconds(1));
            await consortium.AttachAsync(service.Inviter, consortium.Network.Org1, holdsKey: true);
        });
        await consortium.LookAsync();

        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM network_bindings"));
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM watched_channels"));
    }

    /// <remarks>Without looking again the organization comes back, with as many peers as the profile lists.</remarks>
    [Theory, EveryEngine]
    public async Task An_organization_that_is_removed_while_it_is_attached_stays_removed(Engine engine)
    {
        await using var consortium = await StartAsync(engine);
        var (service, mill) = (consortium.Service, consortium.Service.Invitee);
        var path = $"blockchains/{mill.ServiceId}";
        Assert.Equal(200, (await mill.PutAsync(path, """{"node_orgs":[{"name":"dock","node_count":1,"pvc_name":"volume"}]}""")).Status);
        var dock = new TestOrganization("Org2MSP");
        var client = AttachmentBodies.Given(dock.Authority.Issue("client", "client"));
        var request = new AttachmentRequest(
            AttachmentBodies.Profile(dock, peers: await consortium.Network.StartPeerAsync(dock)), [AttachmentBodies.Files(dock, client: client) with { Name = "dock" }]);
        var removals = 0;

        var attached = await service.Services.GetRequiredService<NetworkManagement>().AttachAsync(
            new Caller(mill.AccountId, mill.AccountName, mill.ProjectId, "", mill.UserId, "", Role.Admin), mill.ServiceId, request, onlyCheck: false,
            progress: _ =>
            {
                if (Interlocked.Exchange(ref removals, 1) == 0)
                {
                    Task.Run(async () => Assert.Equal(200, (await mill.PutAsync(path, """{"node_orgs":[{"name":"dock"}],"is_delete_org":true}""")).Status)).GetAwaiter().GetResult();
                }
            },
            new UnlimitedLooks(new LookLimits(), TimeProvider.System), default);

        Assert.False(attached.IsRefused(out _, out var report));
        Assert.Contains("is no organization of service mill", Assert.Single(report.Checks, check => check.Outcome == CheckOutcome.Failed).Words, StringComparison.Ordinal);
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM services WHERE organizations LIKE '%dock%'"));
        Assert.Equal(0, await service.CountAsync($"SELECT count(*) FROM attachments WHERE service_id = '{mill.ServiceId}'"));
    }

    private void InterruptOnce(ref Func<Task>? meanwhile)
    {
        if (Interlocked.Exchange(ref meanwhile, null) is { } happen)
        {
            clock.Interrupt(happen);
        }
    }

    private async Task<Consortium> StartAsync(Engine engine, Func<IChannelNetwork, IChannelNetwork>? around = null) => await Consortium.StartAsync(
        await StandInNetwork.StartAsync(new NetworkPlan("Org1MSP")), engine, around, services => services.AddSingleton(new CallersClock(clock)));
}

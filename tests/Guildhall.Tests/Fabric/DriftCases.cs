using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using Guildhall.Fabric;
using Guildhall.Networks;
using Guildhall.Outbox;
using Guildhall.Storage;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Guildhall.Tests.Fabric;

/// <summary>Channels are held against the register, whatever kind of network they are of.</summary>
public abstract class DriftCases
{
    private const string Channel = FabricNetwork.Channel;

    private protected abstract Task<FabricNetwork> StartAsync(NetworkPlan plan);

    [Theory, EveryEngine]
    public async Task What_others_do_to_a_channel_is_seen_and_nothing_is_put_right(Engine engine)
    {
        var network = await StartAsync(new NetworkPlan("Org1MSP"));
        await using var consortium = await Consortium.StartAsync(network, engine);
        var (service, mill, stranger) = (consortium.Service, new TestOrganization("Org2MSP"), new TestOrganization("Org9MSP"));
        await consortium.AttachAsync(service.Invitee, mill, holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();
        await AssertSeenAsync(consortium, "true");

        await network.ChangeAsync(new ChannelChange { Add = [stranger.Joining] }, network.Org1, mill);
        await AssertSeenAsync(consortium, "drifted", "uninvited Org9MSP is on channel trade, and is neither the inviter's nor a member's.");

        await network.ChangeAsync(new ChannelChange { Remove = ["Org2MSP"] }, network.Org1, mill);
        await AssertSeenAsync(
            consortium, "drifted",
            "uninvited Org9MSP is on channel trade, and is neither the inviter's nor a member's.",
            "missing Org2MSP of north-mill is not on channel trade, and the register has it there.");
        Assert.Equal(["Org1MSP", "Org9MSP"], await consortium.OrganizationsAsync());
        Assert.Equal("agreed", (await consortium.SeeAsync(service.Invitee)).State);

        await network.ChangeAsync(new ChannelChange { Remove = ["Org9MSP"], Add = [mill.Joining] }, network.Org1, stranger);
        await AssertSeenAsync(consortium, "true");
    }

    [Fact]
    public async Task An_organization_by_another_definition_is_seen_and_one_that_cannot_be_compared_is_told()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP")));
        var service = consortium.Service;
        await consortium.AttachAsync(service.Invitee, consortium.Network.Members[1], holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();
        await AssertSeenAsync(consortium, "true");

        await consortium.AttachAsync(service.Invitee, new TestOrganization("Org2MSP"), holdsKey: true);
        var changed = Assert.Single((await LookAsync(consortium))["findings"]!.AsArray())!;
        Assert.Equal(("msp_changed", "Org2MSP"), ((string)changed["kind"]!, (string)changed["subject"]!));
        Assert.Contains("attach service mill again", (string)changed["remedy"]!, StringComparison.Ordinal);

        Assert.Equal(200, (await service.Invitee.DeleteAsync($"blockchains/{service.Invitee.ServiceId}/network")).Status);
        await AssertSeenAsync(
            consortium, "drifted",
            "uninvited Org2MSP is on channel trade, and is neither the inviter's nor a member's.",
            "unattached organization of north-mill is not attached to a network: whether it is on channel trade cannot be told.");
    }

    /// <summary>The register is read a few members at a time; the one that differs is among the last.</summary>
    [Theory, EveryEngine]
    public async Task However_many_members_there_are_each_is_held_against_the_channel(Engine engine)
    {
        var network = await StartAsync(new NetworkPlan("Org1MSP"));
        await using var consortium = await Consortium.StartAsync(network, engine);
        var (service, mill) = (consortium.Service, new TestOrganization("Org2MSP"));
        await consortium.AttachAsync(service.Invitee, mill, holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();
        var inviter = service.Inviter;
        await service.Store.AddMembersAsync(inviter.AccountId, inviter.ProjectId, inviter.ServiceId, 500, channel: Channel);

        var before = await LookAsync(consortium);
        await network.ChangeAsync(new ChannelChange { Remove = ["Org2MSP"] }, network.Org1, mill);
        var after = await LookAsync(consortium);

        Assert.Equal(("true", ChannelDrift.MostFindings), ((string)before["state"]!, before["findings"]!.AsArray().Count(finding => (string)finding!["kind"]! == "unattached")));
        Assert.Equal(("drifted", ChannelDrift.MostFindings), ((string)after["state"]!, after["findings"]!.AsArray().Count));
        Assert.Equal(("missing", "Org2MSP"), ((string)after["findings"]![0]!["kind"]!, (string)after["findings"]![0]!["subject"]!));
    }

    [Fact]
    public async Task Each_channel_has_its_turn_and_what_is_new_is_logged_once()
    {
        var told = new Told();
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP")), configure: services =>
        {
            services.RemoveAll<WatchSettings>();
            services.AddSingleton(new WatchSettings(TimeSpan.FromMinutes(5))).AddSingleton<ILogger<ChannelTruth>>(told);
        });
        var (service, watcher) = (consortium.Service, consortium.Service.Services.GetRequiredService<Watcher>());
        await service.ExecuteAsync("DELETE FROM channels WHERE name <> @name", ("name", Channel));
        const string Drift = "Warning: Channel trade of service harbor of harbor-trade is not as the register has it: Org2MSP is on channel trade, and is neither the inviter's nor a member's.";

        await watcher.RunDueAsync(default);
        var first = await ShownAsync(consortium);
        service.Clock.Advance(TimeSpan.FromMinutes(4));
        await watcher.RunDueAsync(default);
        Assert.Equal((string)first["checked_time"]!, (string)(await ShownAsync(consortium))["checked_time"]!);
        service.Clock.Advance(TimeSpan.FromMinutes(2));
        await watcher.RunDueAsync(default);
        var again = await ShownAsync(consortium);
        Assert.NotEqual((string)first["checked_time"]!, (string)again["checked_time"]!);
        Assert.Equal((string)first["since_time"]!, (string)again["since_time"]!);
        Assert.Equal([Drift], told);
        Assert.Equal("true 0, drifted 1, unreadable 0", Counted(watcher));

        await consortium.Network.StopOrdererAsync();
        service.Clock.Advance(TimeSpan.FromMinutes(6));
        await watcher.RunDueAsync(default);
        Assert.Equal("unreadable", (string)(await ShownAsync(consortium))["state"]!);
        Assert.StartsWith("Warning: Channel trade of service harbor of harbor-trade could not be held against the register: ", told[1], StringComparison.Ordinal);
        Assert.Equal("true 0, drifted 0, unreadable 1", Counted(watcher));

        var last = await ShownAsync(consortium);
        service.Clock.Advance(TimeSpan.FromHours(-6)); // nothing is put off until the clock is where it was
        await watcher.RunDueAsync(default);
        Assert.NotEqual((string)last["checked_time"]!, (string)(await ShownAsync(consortium))["checked_time"]!);
    }

    private static string Counted(Watcher watcher)
    {
        var seen = new List<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (ReferenceEquals(instrument.Meter, watcher.Meter))
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) => seen.Add($"{tags[0].Value} {count}"));
        listener.Start();
        listener.RecordObservableInstruments();
        return string.Join(", ", seen);
    }

    /// <summary>Looks now, as the watcher does when it is the channel's turn.</summary>
    private static async Task<JsonNode> LookAsync(Consortium consortium)
    {
        var service = consortium.Service;
        await service.Services.GetRequiredService<ChannelTruth>().LookAsync(service.Inviter.ProjectId, service.Inviter.ServiceId, Channel, default);
        return await ShownAsync(consortium);
    }

    private static async Task<JsonNode> ShownAsync(Consortium consortium)
    {
        var inviter = consortium.Service.Inviter;
        var (status, body) = await inviter.GetAsync($"blockchains/{inviter.ServiceId}/network");
        Assert.Equal(200, status);
        return JsonNode.Parse(body)!["channels"]!.AsArray().Single(one => (string)one!["name"]! == Channel)!;
    }

    private static async Task AssertSeenAsync(Consortium consortium, string state, params string[] findings)
    {
        var seen = await LookAsync(consortium);
        Assert.Equal(state, (string)seen["state"]!);
        Assert.Equal(findings, seen["findings"]!.AsArray().Select(finding => $"{finding!["kind"]} {finding["words"]}"));
    }

    private sealed class Told : List<string>, ILogger<ChannelTruth>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Add($"{logLevel}: {formatter(state, exception)}");
    }
}

/// <summary>One at a time: each starts programs that take the machine.</summary>
[Collection(nameof(RealNetworkTests))]
public sealed class RealDriftTests : DriftCases
{
    private protected override async Task<FabricNetwork> StartAsync(NetworkPlan plan) => await RealNetwork.StartAsync(plan);
}

public sealed class StandInDriftTests : DriftCases
{
    private protected override async Task<FabricNetwork> StartAsync(NetworkPlan plan) => await StandInNetwork.StartAsync(plan);

    /// <remarks>Without the condition on due_at each of them takes the turn.</remarks>
    [Theory, EveryEngine]
    public async Task A_turn_is_taken_by_one_replica(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var (now, inviter) = (service.Clock.GetUtcNow(), service.Inviter);
        var channel = new ChannelToWatch(inviter.AccountId, inviter.ProjectId, inviter.ServiceId, "channel");
        await service.ExecuteAsync("INSERT INTO attachments (service_id, profile, attached_at) VALUES (@service, '{}', 0)", ("service", inviter.ServiceId));
        for (var turn = 0; turn < 3; turn++)
        {
            var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => service.Store.WriteSharedAsync<bool>(
                [inviter.AccountId], async transaction => await transaction.ClaimWatchAsync(channel, now, now.AddMinutes(5), now.AddMinutes(10), default), default)));
            Assert.Single(taken, one => !one.IsRefused(out var refusal, out var isOurs) && isOurs);
            now = now.AddMinutes(6);
        }
    }
}

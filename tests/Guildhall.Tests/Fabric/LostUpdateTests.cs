using System.Collections.Concurrent;
using System.Collections.Immutable;
using Guildhall.Fabric;
using Guildhall.Memberships;
using Guildhall.Operations;
using Guildhall.Outbox;

namespace Guildhall.Tests.Fabric;

/// <summary>What became of an update is said as it is: its block is late, it never arrived, or another change came first.</summary>
public sealed class LostUpdateTests
{
    private const string StillAwaited = "The update was taken and is in no block yet. It was sent again, to every orderer.";
    private const string Overtaken = "The update did not come into a block: another change of the channel was faster.";

    [Fact]
    public async Task A_block_that_is_late_costs_no_signature()
    {
        await using var network = await StandInNetwork.StartAsync(new NetworkPlan("Org1MSP"));
        await using var race = await Race.StartAsync(network);
        network.Ledger.Hold(true);
        await race.Consortium.WorkAsync(rounds: 2);
        Assert.Equal((1, true, false), (await race.RoundAsync(), race.Said.Contains(StillAwaited), race.Said.Contains(Overtaken)));

        network.Ledger.Hold(false);
        await race.Consortium.WorkAsync();
        Assert.Equal(("agreed", "", ""), await race.Consortium.SeeAsync(race.Consortium.Service.Invitee));
        Assert.Equal((1, false), (await race.RoundAsync(), race.Said.Contains(Overtaken)));
    }

    [Fact]
    public async Task An_update_that_never_arrived_is_sent_once_more()
    {
        await using var network = await StandInNetwork.StartAsync(new NetworkPlan("Org1MSP"));
        await using var race = await Race.StartAsync(network);
        network.Service.LosesUpdates = 1;

        await race.Consortium.WorkAsync();

        Assert.Equal(("agreed", "", ""), await race.Consortium.SeeAsync(race.Consortium.Service.Invitee));
        Assert.Equal((1, true, false), (await race.RoundAsync(), race.Said.Contains(StillAwaited), race.Said.Contains(Overtaken)));
    }

    [Fact]
    public async Task A_change_that_was_faster_is_called_that()
    {
        await using var network = await StandInNetwork.StartAsync(new NetworkPlan("Org1MSP"));
        await using var race = await Race.StartAsync(network);
        race.Before = async step =>
        {
            if (step == "UpdateChannel" && network.Ledger.Blocks.Count == 1)
            {
                network.Ledger.Hold(true);
                using var orderers = network.Connect();
                var current = await orderers.ReadConfigurationAsync(FabricNetwork.Channel, network.Org1.Admin, default);
                var update = PreparedUpdate.For(current, new ChannelChange { Add = [new TestOrganization("Org5MSP").Joining] })!;
                await orderers.SubmitAsync(update, [await UpdateSignature.CreateAsync(update, network.Org1.Admin, default)], network.Org1.Admin, default);
            }
            else if (step == "Confirmation")
            {
                network.Ledger.Hold(false);
            }
        };

        await race.Consortium.WorkAsync();

        Assert.Equal((2, false, true), (await race.RoundAsync(), race.Said.Contains(StillAwaited), race.Said.Contains(Overtaken)));
    }

    /// <summary>Org2MSP is to join; blocks are not waited for long.</summary>
    private sealed class Race : IAsyncDisposable
    {
        public Consortium Consortium { get; private set; } = null!;

        /// <summary>What was said about the steps.</summary>
        public ConcurrentBag<string> Said { get; } = [];

        public Func<string, Task> Before { get; set; } = static _ => Task.CompletedTask;

        public static async Task<Race> StartAsync(FabricNetwork network)
        {
            var race = new Race();
            race.Consortium = await Consortium.StartAsync(
                network,
                around: inner => new Heard(inner, race),
                configure: services => services.AddSingleton(FabricOptions.Default with { Patience = TimeSpan.FromSeconds(1), CommitPatience = TimeSpan.FromMilliseconds(300) }));
            await race.Consortium.AttachAsync(race.Consortium.Service.Invitee, new TestOrganization("Org2MSP"), holdsKey: true);
            await race.Consortium.AgreeAsync(race.Consortium.Service.Invitee);
            return race;
        }

        public Task<long> RoundAsync() => Consortium.Service.CountAsync("SELECT round FROM enactments");

        public ValueTask DisposeAsync() => Consortium.DisposeAsync();
    }

    private sealed class Heard(IChannelNetwork inner, Race race) : IChannelNetwork
    {
        public ImmutableArray<OperationStep> Plan(WorkKind kind, Membership membership) => inner.Plan(kind, membership);

        public async Task<StepOutcome> RunAsync(WorkKind kind, Membership membership, OperationStep step, CancellationToken cancellationToken)
        {
            await race.Before(step.Name);
            var outcome = await inner.RunAsync(kind, membership, step, cancellationToken);
            race.Said.Add(outcome.Says ?? "");
            return outcome;
        }
    }
}

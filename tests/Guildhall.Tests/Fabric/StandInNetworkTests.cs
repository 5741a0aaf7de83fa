using Guildhall.Fabric;
using Guildhall.Fabric.Messages;

namespace Guildhall.Tests.Fabric;

/// <summary>The stand-in answers as a real network does, and brings about what cannot be ordered from one.</summary>
public sealed class StandInNetworkTests : FabricNetworkCases
{
    private protected override async Task<FabricNetwork> StartAsync(NetworkPlan plan) => await StandInNetwork.StartAsync(plan);

    [Fact]
    public async Task Both_of_two_racing_updates_are_taken_and_one_is_silently_lost()
    {
        await using var network = await StandInNetwork.StartAsync(new NetworkPlan("Org1MSP"));
        using var orderers = network.Connect(Brisk with { CommitPatience = TimeSpan.FromMilliseconds(300) });
        var current = await ReadAsync(network, orderers);
        PreparedUpdate[] updates = [AddOf("Org2MSP"), AddOf("Org3MSP")];
        network.Ledger.Hold(true);
        await SubmitAsync(orderers, updates[0], network.Org1, network.Org1);
        await SubmitAsync(orderers, updates[1], network.Org1, network.Org1);
        network.Ledger.Hold(false);

        Assert.NotNull(await orderers.ConfirmAsync(updates[0], current, network.Org1.Admin, default));
        Assert.Null(await orderers.ConfirmAsync(updates[1], current, network.Org1.Admin, default));

        PreparedUpdate AddOf(string name) => PreparedUpdate.For(current, new ChannelChange { Add = [new TestOrganization(name).Joining] })!;
    }

    [Fact]
    public async Task Without_a_leader_reading_works_and_submitting_is_repeated_until_patience_ends()
    {
        await using var network = await StandInNetwork.StartAsync(new NetworkPlan("Org1MSP"));
        using var orderers = network.Connect(Brisk with { Patience = TimeSpan.FromMilliseconds(200) });
        network.Service.HasLeader = false;
        var update = PreparedUpdate.For(await ReadAsync(network, orderers), new ChannelChange { Add = [new TestOrganization("Org2MSP").Joining] })!;

        var problem = await FailsAsync(FabricErrorKind.NoLeader, () => SubmitAsync(orderers, update, network.Org1, network.Org1));

        Assert.Equal("no Raft leader", problem.FabricText);
        network.Service.HasLeader = true;
        await SubmitAsync(orderers, update, network.Org1, network.Org1);
    }

    [Fact]
    public async Task A_lost_answer_is_unknown_and_resolved_by_reading()
    {
        await using var network = await StandInNetwork.StartAsync(new NetworkPlan("Org1MSP"));
        using var orderers = network.Connect();
        var current = await ReadAsync(network, orderers);
        var update = PreparedUpdate.For(current, new ChannelChange { Add = [new TestOrganization("Org2MSP").Joining] })!;
        network.Service.LosesAnswer = true;

        await FailsAsync(FabricErrorKind.UnknownOutcome, () => SubmitAsync(orderers, update, network.Org1, network.Org1));

        Assert.NotNull(await orderers.ConfirmAsync(update, current, network.Org1.Admin, default));
    }

    [Fact]
    public async Task An_orderer_that_is_cut_off_shows_what_it_has_and_judges_whoever_asks_by_that()
    {
        await using var network = await StandInNetwork.StartAsync(new NetworkPlan("Org1MSP"));
        var (second, endpoint) = await network.StartOrdererAsync();
        var org2 = new TestOrganization("Org2MSP");
        second.CutOff();
        await network.ChangeAsync(new ChannelChange { Add = [org2.Joining] }, network.Org1);
        using var behind = new OrderingService([endpoint], Brisk with { Patience = TimeSpan.Zero });
        using var both = new OrderingService([endpoint, network.Orderer], Brisk);

        Assert.Equal(0ul, (await ReadAsync(network, behind)).Sequence);
        await FailsAsync(FabricErrorKind.NotPermitted, () => behind.ReadConfigurationAsync(FabricNetwork.Channel, org2.Admin, default));
        var current = await both.ReadConfigurationAsync(FabricNetwork.Channel, org2.Admin, default);
        Assert.Equal(1ul, current.Sequence);
        var update = PreparedUpdate.For(current, FabricNetwork.AnchorOf(org2))!;
        await FailsAsync(FabricErrorKind.NotPermitted, () => SubmitAsync(behind, update, org2, org2));
        await SubmitAsync(both, update, org2, org2);
        Assert.NotNull(await both.ConfirmAsync(update, current, org2.Admin, default));

        second.Heal();
        Assert.Equal(2ul, (await ReadAsync(network, behind)).Sequence);
    }

    [Fact]
    public async Task An_orderer_can_lose_updates_and_refuse_them_and_readers()
    {
        await using var network = await StandInNetwork.StartAsync(new NetworkPlan("Org1MSP"));
        var (second, endpoint) = await network.StartOrdererAsync();
        using var orderers = new OrderingService([endpoint], Brisk with { Patience = TimeSpan.Zero });
        var current = await ReadAsync(network, orderers);
        var update = PreparedUpdate.For(current, FabricNetwork.AnchorOf(network.Org1))!;

        second.RefusesUpdates = new BroadcastResponse { Status = Status.Forbidden, Info = "permission denied" };
        await FailsAsync(FabricErrorKind.NotPermitted, () => SubmitAsync(orderers, update, network.Org1, network.Org1));
        second.RefusesUpdates = null;
        second.LosesUpdates = 1;
        await SubmitAsync(orderers, update, network.Org1, network.Org1);
        Assert.Single(network.Ledger.Blocks);
        second.RefusesReaders = Status.Forbidden;
        await FailsAsync(FabricErrorKind.NotPermitted, () => ReadAsync(network, orderers));

        second.Heal();
        await SubmitAsync(orderers, update, network.Org1, network.Org1);
        Assert.Equal(1ul, (await ReadAsync(network, orderers)).Sequence);
    }
}

using Guildhall.Fabric;

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
}

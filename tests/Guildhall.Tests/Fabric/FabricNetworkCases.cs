using Guildhall.Fabric;

namespace Guildhall.Tests.Fabric;

/// <summary>What must hold on every network; run on the stand-in, and on a real one where Fabric's programs are at hand.</summary>
public abstract class FabricNetworkCases
{
    private protected abstract Task<FabricNetwork> StartAsync(NetworkPlan plan);

    [Fact]
    public async Task An_organization_is_added_and_its_peer_joins()
    {
        await using var network = await StartAsync(new NetworkPlan("Org1MSP"));
        using var orderers = network.Connect();
        var org2 = new TestOrganization("Org2MSP");

        var before = await orderers.ReadConfigurationAsync(FabricNetwork.Channel, network.Org1.Admin, default);
        var update = PreparedUpdate.For(before, new ChannelChange { Add = [org2.Joining] })!;
        var signature = await UpdateSignature.CreateAsync(update, network.Org1.Admin, default);
        await orderers.SubmitAsync(update, [signature], network.Org1.Admin, default);
        var after = await orderers.ConfirmAsync(update, before, network.Org1.Admin, default);

        Assert.Equal(["Org1MSP", "Org2MSP"], after!.Organizations.Select(one => one.MspId));
        Assert.Equal(before.Sequence + 1, after.Sequence);

        var block = await orderers.ReadBlockAsync(FabricNetwork.Channel, 0, org2.Admin, default);
        using var peer = new Peer(await network.StartPeerAsync(org2));
        Assert.Empty(await peer.ListChannelsAsync(org2.Admin, default));
        await peer.JoinAsync(block, org2.Admin, default);
        await peer.JoinAsync(block, org2.Admin, default); // twice does no harm
        Assert.Equal([FabricNetwork.Channel], await peer.ListChannelsAsync(org2.Admin, default));
    }
}

public sealed class RealNetworkTests : FabricNetworkCases
{
    private protected override async Task<FabricNetwork> StartAsync(NetworkPlan plan) => await RealNetwork.StartAsync(plan);
}

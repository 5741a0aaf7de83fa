using System.Text.Json.Nodes;
using Guildhall.Fabric;
using Guildhall.Fabric.Messages;

namespace Guildhall.Tests.Fabric;

/// <summary>An orderer that is cut off answers all the same, with what it last heard of; others lose updates, or refuse.</summary>
public abstract class StaleAnswerCases
{
    private const string Channel = FabricNetwork.Channel;

    private protected abstract Task<FabricNetwork> StartAsync(NetworkPlan plan);

    [Fact]
    public async Task A_member_has_not_left_because_an_orderer_has_not_heard_that_it_joined()
    {
        await using var two = await StartTwoAsync("Org1MSP");
        var service = two.Consortium.Service;
        await two.Consortium.AttachAsync(service.Invitee, new TestOrganization("Org2MSP"), holdsKey: true);
        await two.Consortium.AgreeAsync(service.Invitee);
        await two.Consortium.WorkAsync();
        Assert.Equal(["Org1MSP", "Org2MSP"], await two.Consortium.OrganizationsAsync());
        two.Second.IsCutOff = true;

        Assert.Equal(200, (await service.Invitee.QuitAsync(Channel)).Status);
        await two.Consortium.WorkAsync();

        Assert.Equal(("quit", "", ""), await two.Consortium.SeeAsync(service.Invitee));
        Assert.Equal(["Org1MSP"], await two.Consortium.OrganizationsAsync());
    }

    [Fact]
    public async Task A_member_has_not_joined_because_an_orderer_has_not_heard_that_it_was_removed()
    {
        await using var two = await StartTwoAsync("Org1MSP", "Org2MSP");
        var (service, network) = (two.Consortium.Service, two.Consortium.Network);
        await network.ChangeAsync(new ChannelChange { Remove = ["Org2MSP"] }, network.Org1, network.Members[1]);
        two.Second.IsCutOff = true;
        await two.Consortium.AttachAsync(service.Invitee, network.Members[1], holdsKey: true);

        await two.Consortium.AgreeAsync(service.Invitee);
        await two.Consortium.WorkAsync();

        Assert.Equal(("agreed", "", ""), await two.Consortium.SeeAsync(service.Invitee));
        Assert.Equal(["Org1MSP", "Org2MSP"], await two.Consortium.OrganizationsAsync());
    }

    [Fact]
    public async Task Where_nobody_can_be_asked_who_is_as_new_as_what_was_seen_that_is_said_and_tried_again()
    {
        await using var two = await StartTwoAsync("Org1MSP");
        var (consortium, service) = (two.Consortium, two.Consortium.Service);
        await consortium.AttachThroughAsync(two.Second.Endpoint, service.Inviter, consortium.Network.Org1, holdsKey: true);
        await consortium.AttachThroughAsync(two.Second.Endpoint, service.Invitee, new TestOrganization("Org2MSP"), holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();
        Assert.Equal("agreed", (await consortium.SeeAsync(service.Invitee)).State);
        two.Second.IsCutOff = true;

        Assert.Equal(200, (await service.Invitee.QuitAsync(Channel)).Status);
        await consortium.WorkAsync();
        Assert.Equal(
            ("quitting", "ReadChannel", "1 of 1 orderers of channel trade is behind: it shows configuration 0, and 1 was seen."),
            await consortium.SeeAsync(service.Invitee));
        await consortium.LookAsync();
        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM watched_channels WHERE state = 'unreadable' AND problem LIKE '%is behind%'"));

        two.Second.IsCutOff = false;
        await consortium.WorkAsync();
        Assert.Equal(("quit", "", ""), await consortium.SeeAsync(service.Invitee));
        Assert.Equal(["Org1MSP"], await consortium.OrganizationsAsync());
    }

    [Fact]
    public async Task A_join_is_confirmed_by_whoever_has_its_block()
    {
        await using var two = await StartTwoAsync("Org1MSP");
        var service = two.Consortium.Service;
        two.Second.IsCutOff = true;
        await two.Consortium.AttachAsync(service.Invitee, new TestOrganization("Org2MSP"), holdsKey: true);

        await two.Consortium.AgreeAsync(service.Invitee);
        await two.Consortium.WorkAsync();

        Assert.Equal(("agreed", "", ""), await two.Consortium.SeeAsync(service.Invitee));
        Assert.Equal(1, await service.CountAsync("SELECT max(round) FROM enactments"));
    }

    [Fact]
    public async Task A_join_is_confirmed_by_the_inviters_peer_where_every_orderer_is_behind()
    {
        var network = await StartAsync(new NetworkPlan("Org1MSP"));
        await using var second = await SecondOrderer.StartAsync(network);
        await using var consortium = await Consortium.StartAsync(
            network, around: inner => new BeforeStep(inner, "Confirmation", () => second.IsCutOff = true), configure: Hasty);
        var endpoint = await network.StartPeerAsync(network.Org1);
        using (var peer = new Peer(endpoint))
        using (var orderers = network.Connect())
        {
            await peer.JoinAsync(await orderers.ReadBlockAsync(Channel, 0, network.Org1.Admin, default), network.Org1.Admin, default);
        }

        await consortium.AttachThroughAsync(second.Endpoint, consortium.Service.Inviter, network.Org1, holdsKey: true, endpoint);
        await consortium.AttachThroughAsync(second.Endpoint, consortium.Service.Invitee, new TestOrganization("Org2MSP"), holdsKey: true);
        await consortium.AgreeAsync(consortium.Service.Invitee);
        await consortium.WorkAsync();

        Assert.True(second.IsCutOff);
        Assert.Equal(("agreed", "", ""), await consortium.SeeAsync(consortium.Service.Invitee));
    }

    [Fact]
    public async Task Nobodys_signature_is_thrown_away_because_an_orderer_is_behind()
    {
        await using var two = await StartTwoAsync("Org1MSP", "Org2MSP");
        var (consortium, service, network) = (two.Consortium, two.Consortium.Service, two.Consortium.Network);
        await network.ChangeAsync(FabricNetwork.AnchorOf(network.Org1), network.Org1);
        await consortium.AttachAsync(service.Invitee, new TestOrganization("Org3MSP"), holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();
        Assert.Equal("Signed: Org1MSP. Awaited: Org2MSP.", (await consortium.SeeAsync(service.Invitee)).Says);

        two.Second.IsCutOff = true;
        await consortium.WorkAsync();
        Assert.Equal("Signed: Org1MSP. Awaited: Org2MSP.", (await consortium.SeeAsync(service.Invitee)).Says);
        Assert.Equal((200, """{"result":"success"}"""), await Consortium.SignAsync(service.Inviter, network.Members[1].Admin));
        await consortium.WorkAsync();

        Assert.Equal(("agreed", "", ""), await consortium.SeeAsync(service.Invitee));
        Assert.Equal(1, await service.CountAsync("SELECT max(round) FROM enactments"));
    }

    [Fact]
    public async Task What_a_signers_own_nodes_show_counts_for_the_inviter_too()
    {
        await using var two = await StartTwoAsync("Org1MSP", "Org2MSP");
        var (consortium, service, network) = (two.Consortium, two.Consortium.Service, two.Consortium.Network);
        await consortium.AttachAsync(service.Third, network.Members[1], holdsKey: true);
        await consortium.AgreeAsync(service.Third); // it is on the channel already
        await consortium.WorkAsync();
        await network.ChangeAsync(FabricNetwork.AnchorOf(network.Org1), network.Org1);
        two.Second.IsCutOff = true;
        await consortium.AttachThroughAsync(two.Second.Endpoint, service.Inviter, network.Org1, holdsKey: true);
        await consortium.AttachThroughAsync(two.Second.Endpoint, service.Invitee, new TestOrganization("Org3MSP"), holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();
        Assert.Equal(
            ("joining", "Signatures", "1 of 1 orderers of channel trade is behind: it shows configuration 0, and 1 was seen."),
            await consortium.SeeAsync(service.Invitee));

        two.Second.IsCutOff = false;
        await consortium.WorkAsync(rounds: 12);
        Assert.Equal(("agreed", "", ""), await consortium.SeeAsync(service.Invitee));
        Assert.Equal(["Org1MSP", "Org2MSP", "Org3MSP"], await consortium.OrganizationsAsync());
    }

    [Fact]
    public async Task A_channel_has_not_drifted_because_an_orderer_is_behind()
    {
        await using var two = await StartTwoAsync("Org1MSP");
        var service = two.Consortium.Service;
        await two.Consortium.AttachAsync(service.Invitee, new TestOrganization("Org2MSP"), holdsKey: true);
        await two.Consortium.AgreeAsync(service.Invitee);
        await two.Consortium.WorkAsync();
        two.Second.IsCutOff = true;

        await two.Consortium.LookAsync();

        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM watched_channels WHERE state = 'true' AND sequence = 1"));
    }

    [Fact]
    public async Task A_preview_is_told_from_the_newest_or_not_at_all()
    {
        await using var two = await StartTwoAsync("Org1MSP");
        var (consortium, service) = (two.Consortium, two.Consortium.Service);
        await consortium.AttachAsync(service.Invitee, new TestOrganization("Org2MSP"), holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();
        two.Second.IsCutOff = true;
        var path = $"members/{await PlannedChannel.MemberIdAsync(service)}/network-plan";
        var plan = JsonNode.Parse((await service.Invitee.GetAsync(path)).Body)!;
        Assert.Equal((1, "Org2MSP leaves channel trade."), ((int)plan["sequence"]!, (string)plan["words"]![0]!));

        await consortium.Network.StopOrdererAsync();
        var (status, body) = await service.Invitee.GetAsync(path);
        Assert.Equal(503, status);
        Assert.Contains("1 of 2 orderers of channel trade is behind: it shows configuration 0, and 1 was seen. Of the others it is known: ", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_one_orderer_refuses_another_may_take(bool refusesReaders)
    {
        await using var two = await StartTwoAsync("Org1MSP");
        var service = two.Consortium.Service;
        two.Second.RefusesReaders = refusesReaders ? Status.Forbidden : null;
        two.Second.RefusesUpdates = refusesReaders ? null : new BroadcastResponse { Status = Status.Forbidden, Info = "implicit policy evaluation failed: permission denied" };
        await two.Consortium.AttachAsync(service.Invitee, new TestOrganization("Org2MSP"), holdsKey: true);

        await two.Consortium.AgreeAsync(service.Invitee);
        await two.Consortium.WorkAsync(rounds: 1);

        Assert.Equal(("agreed", "", ""), await two.Consortium.SeeAsync(service.Invitee));
        Assert.True(refusesReaders || two.Second.Updates > 0); // a real orderer that has no leader yet has both asked again
    }

    [Fact]
    public async Task An_update_that_an_orderer_took_and_lost_is_sent_to_every_orderer()
    {
        await using var two = await StartTwoAsync("Org1MSP", "Org2MSP");
        var (consortium, service, network) = (two.Consortium, two.Consortium.Service, two.Consortium.Network);
        two.Second.LosesUpdates = true;
        await consortium.AttachAsync(service.Invitee, new TestOrganization("Org3MSP"), holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();
        await Consortium.SignAsync(service.Inviter, network.Members[1].Admin);
        await consortium.WorkAsync();

        Assert.Equal(("agreed", "", ""), await consortium.SeeAsync(service.Invitee));
        Assert.True(two.Second.Updates > 0);
        Assert.Equal(1, await service.CountAsync("SELECT max(round) FROM enactments"));
    }

    [Fact]
    public async Task An_update_is_found_among_the_configurations_that_came_since_and_no_other_block_is_read()
    {
        await using var network = await StartAsync(new NetworkPlan("Org1MSP"));
        await using var second = await SecondOrderer.StartAsync(network);
        using var orderers = new OrderingService([second.Endpoint]);
        var before = await orderers.ReadConfigurationAsync(Channel, network.Org1.Admin, default);
        var update = PreparedUpdate.For(before, FabricNetwork.AnchorOf(network.Org1))!;
        var lost = PreparedUpdate.For(before, FabricNetwork.AnchorOf(network.Org1, 9999))!;
        await network.ChangeAsync(FabricNetwork.AnchorOf(network.Org1), network.Org1);
        await network.ChangeAsync(FabricNetwork.AnchorOf(network.Org1, 7052), network.Org1);
        await network.ChangeAsync(FabricNetwork.AnchorOf(network.Org1, 7053), network.Org1);

        Assert.Equal(1ul, (await orderers.ConfirmAsync(update, before, network.Org1.Admin, default))!.Sequence);
        Assert.Null(await orderers.ConfirmAsync(lost, before, network.Org1.Admin, default));
    }

    [Fact]
    public async Task How_many_orderers_are_behind_is_said()
    {
        await using var network = await StartAsync(new NetworkPlan("Org1MSP"));
        await using var second = await SecondOrderer.StartAsync(network);
        await using var third = await SecondOrderer.StartAsync(network);
        using var orderers = new OrderingService([second.Endpoint, third.Endpoint, network.Orderer], FabricOptions.Default with { Patience = TimeSpan.Zero });
        await network.ChangeAsync(FabricNetwork.AnchorOf(network.Org1), network.Org1);
        (second.IsCutOff, third.IsCutOff) = (true, true);
        var known = await orderers.ReadConfigurationAsync(Channel, network.Org1.Admin, default);
        Assert.Equal(1ul, known.Sequence);
        await network.StopOrdererAsync();

        var problem = await Assert.ThrowsAsync<FabricException>(() => orderers.ReadConfigurationAsync(Channel, network.Org1.Admin, known, default));

        Assert.StartsWith("2 of 3 orderers of channel trade are behind: they show configuration 0, and 1 was seen. Of the others it is known: ", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_newer_and_not_signed_as_it_must_be_does_not_count()
    {
        await using var network = await StartAsync(new NetworkPlan("Org1MSP"));
        await using var liar = await LyingOrderer.StartAsync(network);
        using var orderers = new OrderingService([liar.Endpoint, network.Orderer]);
        var known = await orderers.ReadConfigurationAsync(Channel, network.Org1.Admin, default);
        await network.ChangeAsync(FabricNetwork.AnchorOf(network.Org1), network.Org1);
        liar.Lie = config => config.Sequence = 99;

        Assert.Equal(1ul, (await orderers.ReadConfigurationAsync(Channel, network.Org1.Admin, known, default)).Sequence);
    }

    private static void Hasty(IServiceCollection services) =>
        services.AddSingleton(FabricOptions.Default with { Patience = TimeSpan.FromSeconds(1), CommitPatience = TimeSpan.FromSeconds(2) });

    /// <summary>The inviter names the second orderer first.</summary>
    private async Task<Two> StartTwoAsync(params string[] members)
    {
        var network = await StartAsync(new NetworkPlan(members));
        var consortium = await Consortium.StartAsync(network, configure: Hasty);
        var second = await SecondOrderer.StartAsync(network);
        await consortium.AttachThroughAllAsync([second.Endpoint, network.Orderer], consortium.Service.Inviter, network.Org1, holdsKey: true);
        return new Two(consortium, second);
    }

    private sealed record Two(Consortium Consortium, SecondOrderer Second) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Consortium.DisposeAsync();
            await Second.DisposeAsync();
        }
    }
}

/// <summary>One at a time: each starts programs that take the machine.</summary>
[Collection(nameof(RealNetworkTests))]
public sealed class RealStaleAnswerTests : StaleAnswerCases
{
    private protected override async Task<FabricNetwork> StartAsync(NetworkPlan plan) => await RealNetwork.StartAsync(plan);
}

public sealed class StandInStaleAnswerTests : StaleAnswerCases
{
    private protected override async Task<FabricNetwork> StartAsync(NetworkPlan plan) => await StandInNetwork.StartAsync(plan);

    [Fact]
    public async Task A_confirmation_reads_few_blocks_however_many_came_since_the_preparation()
    {
        await using var network = await StandInNetwork.StartAsync(new NetworkPlan("Org1MSP"));
        await using var second = await SecondOrderer.StartAsync(network);
        using var orderers = new OrderingService([second.Endpoint]);
        var before = await orderers.ReadConfigurationAsync(FabricNetwork.Channel, network.Org1.Admin, default);
        var update = PreparedUpdate.For(before, FabricNetwork.AnchorOf(network.Org1))!;
        AppendTransactions(network, 500, configuration: 0);
        await orderers.SubmitAsync(update, [await UpdateSignature.CreateAsync(update, network.Org1.Admin, default)], network.Org1.Admin, default);
        AppendTransactions(network, 500, configuration: 501);
        var delivered = second.Delivered;

        Assert.Equal(501ul, (await orderers.ConfirmAsync(update, before, network.Org1.Admin, default))!.Block);
        Assert.True(second.Delivered - delivered < 5);
    }

    /// <param name="configuration">The number of the block with the configuration in force.</param>
    private static void AppendTransactions(StandInNetwork network, int count, ulong configuration)
    {
        for (var i = 0; i < count; i++)
        {
            var value = new OrdererBlockMetadata { LastConfig = new LastConfig { Index = configuration } };
            network.Ledger.Append(new Block
            {
                Header = new BlockHeader { Number = (ulong)network.Ledger.Blocks.Count },
                Data = new BlockData { Data = { Google.Protobuf.ByteString.Empty, Google.Protobuf.ByteString.Empty } },
                Metadata = new BlockMetadata { Metadata = { Google.Protobuf.MessageExtensions.ToByteString(new Metadata { Value = Google.Protobuf.MessageExtensions.ToByteString(value) }) } },
            });
        }
    }
}

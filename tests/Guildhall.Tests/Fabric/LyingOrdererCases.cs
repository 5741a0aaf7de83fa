using Guildhall.Fabric.Messages;

namespace Guildhall.Tests.Fabric;

/// <summary>An inviter's orderer lies about the channel, so that others' keys would sign what hurts them.</summary>
/// <remarks>Every organization has to agree to a change of the members. Org1MSP invites and Org3MSP quits, both through the orderer that lies; Org2MSP is to be hurt.</remarks>
public abstract class LyingOrdererCases
{
    private const string Channel = FabricNetwork.Channel;

    private protected abstract Task<FabricNetwork> StartAsync(NetworkPlan plan);

    [Theory]
    [InlineData(nameof(EvictTheVictim))]
    [InlineData(nameof(HandOverToReaders))]
    [InlineData(nameof(CountVersionsUp))]
    public async Task A_key_signs_nothing_that_its_own_nodes_do_not_show(string lie)
    {
        await using var betrayed = await StartBetrayedAsync();
        var (service, network) = (betrayed.Consortium.Service, betrayed.Consortium.Network);
        betrayed.Liar.Lie = lie switch
        {
            nameof(EvictTheVictim) => EvictTheVictim,
            nameof(HandOverToReaders) => HandOverToReaders,
            _ => CountVersionsUp,
        };

        Assert.Equal(200, (await service.Third.QuitAsync(Channel)).Status);
        await betrayed.Consortium.WorkAsync();

        using var orderers = network.Connect();
        var channel = await orderers.ReadConfigurationAsync(Channel, network.Org1.Admin, default);
        Assert.Equal(("Org1MSP, Org2MSP, Org3MSP", "Admins"), (string.Join(", ", channel.Organizations.Select(one => one.MspId)), channel.Group("Application")!.ModPolicy));
        var asked = Assert.Single(await Consortium.AskedAsync(service.Invitee));
        var shown = await ShowAsync(service.Invitee, asked);
        Assert.Equal(("Org2MSP", "harbor-trade", true, false), ((string)shown["msp_id"]!, (string)shown["read_through"]!, (bool)shown["kept_key"]!, (bool)shown["approved"]!));
        Assert.Contains(
            lie == nameof(CountVersionsUp)
                ? "Its own nodes show channel trade at configuration 0, and the inviter's at 1."
                : "Its own nodes show another channel trade than the inviter's. They differ in [Group]  /Channel/Application",
            (string)shown["held_back"]!,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Not_even_when_it_was_told_to_sign()
    {
        await using var betrayed = await StartBetrayedAsync();
        var service = betrayed.Consortium.Service;
        betrayed.Liar.Lie = EvictTheVictim;
        await service.Third.QuitAsync(Channel);
        await betrayed.Consortium.WorkAsync();

        Assert.Equal((200, """{"result":"success"}"""), await Consortium.ApproveAsync(service.Invitee));
        await betrayed.Consortium.WorkAsync();

        var shown = await ShowAsync(service.Invitee, Assert.Single(await Consortium.AskedAsync(service.Invitee)));
        Assert.True((bool)shown["approved"]!);
        Assert.StartsWith("Its own nodes show another channel", (string)shown["held_back"]!, StringComparison.Ordinal);
        Assert.Equal(["Org1MSP", "Org2MSP", "Org3MSP"], await betrayed.Consortium.OrganizationsAsync());
    }

    /// <remarks>The policy is in no part of the update: it is the same that the inviter's nodes bring about.</remarks>
    [Fact]
    public async Task A_key_does_not_sign_what_by_its_own_reading_leaves_nobody_to_change_the_channel()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP", "Org3MSP") { AdminsRule = "ALL Admins" }));
        await using var liar = await LyingOrderer.StartAsync(consortium.Network);
        liar.Lie = config => config.ChannelGroup.Policies["Admins"].Policy = new Policy
        {
            Type = Policy.Types.Kind.Signature,
            Value = Google.Protobuf.MessageExtensions.ToByteString(SignatureRules.Parse("AND('Org1MSP.admin', 'Org2MSP.admin', 'Org3MSP.admin')")),
        };
        var service = consortium.Service;
        await consortium.AttachThroughAsync(liar.Endpoint, service.Invitee, consortium.Network.Members[1], holdsKey: true);
        await consortium.AttachAsync(service.Third, consortium.Network.Members[2], holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        await consortium.AgreeAsync(service.Third);
        await consortium.WorkAsync();

        Assert.Equal(200, (await service.Third.QuitAsync(Channel)).Status);
        await consortium.WorkAsync();

        Assert.Equal(["Org1MSP", "Org2MSP", "Org3MSP"], await consortium.OrganizationsAsync());
        var shown = await ShowAsync(service.Invitee, Assert.Single(await Consortium.AskedAsync(service.Invitee)));
        Assert.StartsWith("After this, the policy /Channel/Admins cannot be met by anyone any more.", (string)shown["held_back"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_channels_beginning_is_seen_although_all_the_rest_is_the_same()
    {
        await using var other = await StartAsync(new NetworkPlan("Org1MSP"));
        await using var betrayed = await StartBetrayedAsync();
        var service = betrayed.Consortium.Service;
        using var elsewhere = other.Connect();
        var first = Block.Parser.ParseFrom(await elsewhere.ReadBlockAsync(Channel, 0, other.Org1.Admin, default));
        betrayed.Liar.ReplaceOldest = _ => first;

        await service.Third.QuitAsync(Channel);
        await betrayed.Consortium.WorkAsync();

        var shown = await ShowAsync(service.Invitee, Assert.Single(await Consortium.AskedAsync(service.Invitee)));
        Assert.StartsWith("The inviter's nodes show another chain by the name of trade than its own: block 0 with the hash ", (string)shown["held_back"]!, StringComparison.Ordinal);
        Assert.Equal(["Org1MSP", "Org2MSP", "Org3MSP"], await betrayed.Consortium.OrganizationsAsync());
    }

    [Fact]
    public async Task No_peer_is_joined_to_another_chain_than_the_one_that_its_owners_nodes_show()
    {
        await using var other = await StartAsync(new NetworkPlan("Org1MSP"));
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP")));
        await using var liar = await LyingOrderer.StartAsync(consortium.Network);
        using var elsewhere = other.Connect();
        var first = Block.Parser.ParseFrom(await elsewhere.ReadBlockAsync(Channel, 0, other.Org1.Admin, default));
        var (service, mill) = (consortium.Service, new TestOrganization("Org2MSP"));
        await consortium.AttachAsync(service.Invitee, mill, holdsKey: true, await consortium.Network.StartPeerAsync(mill));
        await consortium.AttachThroughAsync(liar.Endpoint, service.Inviter, consortium.Network.Org1, holdsKey: true);
        liar.ReplaceOldest = _ => first;
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();

        Assert.Equal(
            ("joining", "Peers", "The inviter's nodes show another chain by the name of trade than those of north-mill: no peer is joined to it."),
            await consortium.SeeAsync(service.Invitee));
    }

    [Fact]
    public async Task A_channel_that_is_another_chain_than_it_was_is_told_and_nothing_is_signed_until_it_is_attached_anew()
    {
        await using var other = await StartAsync(new NetworkPlan("Org1MSP"));
        using var elsewhere = other.Connect();
        var first = Block.Parser.ParseFrom(await elsewhere.ReadBlockAsync(Channel, 0, other.Org1.Admin, default));
        await using var again = await StartBetrayedAsync();
        var service = again.Consortium.Service;
        var path = $"blockchains/{service.Inviter.ServiceId}/network";
        await again.Consortium.LookAsync();
        Assert.Equal("[]", System.Text.Json.Nodes.JsonNode.Parse((await service.Inviter.GetAsync(path)).Body)!["findings"]!.ToJsonString());

        again.Liar.ReplaceOldest = _ => first;
        Assert.Equal(200, (await service.Third.QuitAsync(Channel)).Status);
        await again.Consortium.WorkAsync();
        await again.Consortium.LookAsync();

        var (state, step, says) = await again.Consortium.SeeAsync(service.Third);
        Assert.Equal(("quitting", "ReadChannel"), (state, step));
        Assert.StartsWith("Channel trade is another one than it was: its block 0 had the hash ", says, StringComparison.Ordinal);
        var shown = System.Text.Json.Nodes.JsonNode.Parse((await service.Inviter.GetAsync(path)).Body)!;
        var finding = Assert.Single(shown["findings"]!.AsArray())!;
        Assert.Equal(("failed", "channel", "trade", says), ((string)finding["outcome"]!, (string)finding["part"]!, (string)finding["subject"]!, (string)finding["words"]!));
        Assert.NotNull(shown["bindings"]![0]!["other_hash"]);

        await again.Consortium.AttachAsync(service.Inviter, again.Consortium.Network.Org1, holdsKey: true);
        await again.Consortium.AttachAsync(service.Third, again.Consortium.Network.Members[2], holdsKey: true);
        await again.Consortium.WorkAsync(rounds: 12);
        Assert.Equal("quit", (await again.Consortium.SeeAsync(service.Third)).State);
    }

    [Fact]
    public async Task Once_a_channel_was_seen_nobody_is_believed_but_those_who_make_its_blocks()
    {
        await using var betrayed = await StartBetrayedAsync();
        var (consortium, service) = (betrayed.Consortium, betrayed.Consortium.Service);
        await consortium.LookAsync();
        betrayed.Liar.Lie = EvictTheVictim;

        Assert.Equal(200, (await service.Third.QuitAsync(Channel)).Status);
        await consortium.WorkAsync(rounds: 1);
        var (state, step, says) = await consortium.SeeAsync(service.Third);
        Assert.Equal(("quitting", "ReadChannel"), (state, step));
        Assert.Equal("Block 0 of channel trade is not to be believed: it was another configuration when it was seen before.", says);

        await consortium.Network.ChangeAsync(FabricNetwork.AnchorOf(consortium.Network.Org1), consortium.Network.Org1);
        await consortium.WorkAsync(rounds: 1);
        (_, step, says) = await consortium.SeeAsync(service.Third);
        Assert.Equal("ReadChannel", step);
        Assert.StartsWith("Block 1 of channel trade is not to be believed: its signatures are not those that /Channel/Orderer/BlockValidation asks for", says, StringComparison.Ordinal);
        Assert.Empty(await Consortium.AskedAsync(service.Invitee));

        betrayed.Liar.Lie = static _ => { };
        await consortium.WorkAsync(rounds: 12);
        Assert.Equal(("quit", "", ""), await consortium.SeeAsync(service.Third));
    }

    private static async Task<System.Text.Json.Nodes.JsonNode> ShowAsync(Person person, System.Text.Json.Nodes.JsonNode request) =>
        System.Text.Json.Nodes.JsonNode.Parse((await person.GetAsync("signature-requests/" + (string)request["id"]!)).Body)!;

    /// <summary>Org3MSP is to be taken out; the group that is then left out is Org2MSP's.</summary>
    private static void EvictTheVictim(Config config)
    {
        var organizations = config.ChannelGroup.Groups["Application"].Groups;
        (organizations["Org2MSP"], organizations["Org3MSP"]) = (organizations["Org3MSP"], organizations["Org2MSP"]);
        HandOverToReaders(config);
    }

    /// <summary>A raised group carries its mod_policy: who signs for the members signs that Readers decide from now on. What Readers ask for is lied about, so that everyone is asked.</summary>
    private static void HandOverToReaders(Config config)
    {
        var application = config.ChannelGroup.Groups["Application"];
        application.ModPolicy = "Readers";
        application.Policies["Readers"].Policy = application.Policies["Admins"].Policy;
    }

    private static void CountVersionsUp(Config config)
    {
        config.Sequence++;
        config.ChannelGroup.Groups["Application"].Version++;
    }

    private async Task<Betrayed> StartBetrayedAsync()
    {
        var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP", "Org3MSP") { AdminsRule = "ALL Admins" }));
        var (service, network) = (consortium.Service, consortium.Network);
        await consortium.AttachAsync(service.Invitee, network.Members[1], holdsKey: true);
        await consortium.AttachAsync(service.Third, network.Members[2], holdsKey: true);
        foreach (var member in (Person[])[service.Invitee, service.Third])
        {
            await consortium.AgreeAsync(member); // they are in the channel already
            await consortium.WorkAsync();
            Assert.Equal("agreed", (await consortium.SeeAsync(member)).State);
        }

        var liar = await LyingOrderer.StartAsync(network);
        await consortium.AttachThroughAsync(liar.Endpoint, service.Inviter, network.Org1, holdsKey: true);
        await consortium.AttachThroughAsync(liar.Endpoint, service.Third, network.Members[2], holdsKey: true);

        // As if they had never looked: what was seen before would give the liar away at once.
        foreach (var person in (Person[])[service.Inviter, service.Third])
        {
            await service.ExecuteAsync("UPDATE network_bindings SET config = NULL, config_block = NULL WHERE service_id = @service", ("service", person.ServiceId));
        }

        return new Betrayed(consortium, liar);
    }

    private sealed record Betrayed(Consortium Consortium, LyingOrderer Liar) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Consortium.DisposeAsync();
            await Liar.DisposeAsync();
        }
    }
}

/// <summary>One at a time: each starts programs that take the machine.</summary>
[Collection(nameof(RealNetworkTests))]
public sealed class RealLyingOrdererTests : LyingOrdererCases
{
    private protected override async Task<FabricNetwork> StartAsync(NetworkPlan plan) => await RealNetwork.StartAsync(plan);
}

public sealed class StandInLyingOrdererTests : LyingOrdererCases
{
    private protected override async Task<FabricNetwork> StartAsync(NetworkPlan plan) => await StandInNetwork.StartAsync(plan);
}

using Guildhall.Fabric;

namespace Guildhall.Tests.Fabric;

/// <summary>Memberships become true on the channel, whatever kind of network it is of.</summary>
public abstract class EnactmentCases
{
    private const string Channel = FabricNetwork.Channel;

    private protected abstract Task<FabricNetwork> StartAsync(NetworkPlan plan);

    [Fact]
    public async Task Who_agrees_is_in_the_channel_with_its_peers_and_who_quits_is_out()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP")));
        var (service, mill) = (consortium.Service, new TestOrganization("Org2MSP"));
        var peer = await consortium.Network.StartPeerAsync(mill);
        await consortium.AttachAsync(service.Invitee, mill, holdsKey: true, peer);

        await consortium.AgreeAsync(consortium.Service.Invitee);
        await consortium.WorkAsync();

        Assert.Equal(("agreed", "", ""), await consortium.SeeAsync(service.Invitee));
        Assert.Equal(["Org1MSP", "Org2MSP"], await consortium.OrganizationsAsync());
        using (var joined = new Peer(peer))
        {
            Assert.Equal([Channel], await joined.ListChannelsAsync(mill.Admin, default));
        }

        await service.Invitee.QuitAsync(Channel);
        await consortium.WorkAsync();

        Assert.Equal("quit", (await consortium.SeeAsync(service.Invitee)).State);
        Assert.Equal(["Org1MSP"], await consortium.OrganizationsAsync());
    }

    [Fact]
    public async Task A_majority_signs_on_machines_of_its_own()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP")));
        var (service, mill, foundry) = (consortium.Service, new TestOrganization("Org2MSP"), new TestOrganization("Org3MSP"));
        await consortium.AttachAsync(service.Invitee, mill, holdsKey: false);
        await consortium.AttachAsync(service.Third, foundry, holdsKey: false);
        await consortium.AgreeAsync(consortium.Service.Invitee);
        await consortium.WorkAsync();
        Assert.Equal("agreed", (await consortium.SeeAsync(service.Invitee)).State);

        await consortium.AgreeAsync(consortium.Service.Third);
        await consortium.WorkAsync();

        var (state, step, says) = await consortium.SeeAsync(service.Third);
        Assert.Equal(("joining", "Signatures"), (state, step));
        Assert.Equal("Signed: Org1MSP. Awaited: Org2MSP.", says);
        Assert.Empty(await Consortium.AskedAsync(service.Third));
        Assert.Contains(
            "\"step\":\"Signatures\",\"detail\":\"Collect the signatures that the channel's policies ask for\",\"number\":4,\"steps\":8,\"failed_attempts\":0,\"message\":\"Signed: Org1MSP. Awaited: Org2MSP.\"",
            (await service.Inviter.GetAsync($"members/{(await consortium.FindMembershipAsync(service.Third)).Id}")).Body,
            StringComparison.Ordinal);

        Assert.Equal((200, """{"result":"success"}"""), await Consortium.SignAsync(service.Invitee, mill.Admin));
        await consortium.WorkAsync();

        Assert.Equal("agreed", (await consortium.SeeAsync(service.Third)).State);
        Assert.Equal(["Org1MSP", "Org2MSP", "Org3MSP"], await consortium.OrganizationsAsync());
        Assert.Empty(await Consortium.AskedAsync(service.Invitee));
    }

    [Fact]
    public async Task A_signature_that_would_not_count_is_refused_with_the_reason()
    {
        await using var consortium = await AwaitOrg2Async(await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP")));
        var (inviter, org2) = (consortium.Service.Inviter, consortium.Network.Members[1]);

        foreach (var (signer, because) in (IEnumerable<(KeySigner, string)>)
        [
            (new TestOrganization("Org9MSP").Admin, "Org9MSP is not an organization of channel trade."),
            (consortium.Network.Org1.Admin, "it is of Org1MSP, and Org2MSP is asked"),
            (org2.Signer("someone", "client"), "the certificate is of Org2MSP and none of those that the policies ask for"),
            (org2.Signer("late", "admin", until: TimeProvider.System.GetUtcNow().AddMinutes(-1)), "The certificate is not good for Org2MSP"),
        ])
        {
            var (status, body) = await Consortium.SignAsync(inviter, signer);
            Assert.True(status == 400 && body.Contains("BCS.4007043", StringComparison.Ordinal) && body.Contains(because, StringComparison.Ordinal), body);
        }

        Assert.Equal(200, (await Consortium.SignAsync(inviter, org2.Admin)).Status);
        await consortium.WorkAsync();
        Assert.Equal("agreed", (await consortium.SeeAsync(consortium.Service.Invitee)).State);
    }

    [Fact]
    public async Task Who_declines_says_why_and_can_still_sign()
    {
        await using var consortium = await AwaitOrg2Async(await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP")));
        var (service, inviter) = (consortium.Service, consortium.Service.Inviter);
        var id = (string)(await Consortium.AskedAsync(inviter)).Single()["id"]!;
        var shown = System.Text.Json.Nodes.JsonNode.Parse((await inviter.GetAsync("signature-requests/" + id)).Body)!;

        Assert.Equal(200, (await inviter.PostAsync($"signature-requests/{id}/decline", """{ "reason": "not before May" }""")).Status);
        await consortium.WorkAsync();

        var (state, step, says) = await consortium.SeeAsync(service.Invitee);
        Assert.Equal(("joining", "Signatures"), (state, step));
        Assert.StartsWith("Org2MSP declined: not before May.", says, StringComparison.Ordinal);

        var update = PreparedUpdate.FromBytes(Convert.FromBase64String((string)shown["update"]!));
        var signature = await UpdateSignature.CreateAsync(update, consortium.Network.Members[1].Admin, default);
        Assert.Equal(200, (await Consortium.HandInAsync(inviter, id, signature)).Status);
        await consortium.WorkAsync();

        Assert.Empty(await Consortium.AskedAsync(inviter));
        Assert.Equal("agreed", (await consortium.SeeAsync(service.Invitee)).State);
    }

    [Fact]
    public async Task When_the_channel_moves_everyone_is_asked_once_more()
    {
        await using var consortium = await AwaitOrg2Async(await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP")));
        var (network, inviter) = (consortium.Network, consortium.Service.Inviter);
        var before = (string)(await Consortium.AskedAsync(inviter)).Single()["id"]!;

        await network.ChangeAsync(FabricNetwork.AnchorOf(network.Org1), network.Org1);
        await consortium.WorkAsync();

        var again = (await Consortium.AskedAsync(inviter)).Single();
        Assert.Equal((before, 2), ((string)again["id"]!, (int)again["round"]!));
        await Consortium.SignAsync(inviter, network.Members[1].Admin);
        await consortium.WorkAsync();
        Assert.Equal("agreed", (await consortium.SeeAsync(consortium.Service.Invitee)).State);
    }

    [Fact]
    public async Task Who_is_brought_in_by_others_meanwhile_has_joined()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP")));
        var (service, network, joining) = (consortium.Service, consortium.Network, new TestOrganization("Org3MSP"));
        await consortium.AttachAsync(service.Invitee, joining, holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();
        Assert.Equal("Signatures", (await consortium.SeeAsync(service.Invitee)).Step);

        await network.ChangeAsync(new ChannelChange { Add = [joining.Joining] }, [.. network.Members]);
        await consortium.WorkAsync();

        Assert.Equal(("agreed", "", ""), await consortium.SeeAsync(service.Invitee));
        Assert.Empty(await Consortium.AskedAsync(service.Inviter));
    }

    [Fact]
    public async Task Changes_of_one_channel_take_turns()
    {
        await using var consortium = await AwaitOrg2Async(await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP")));
        var service = consortium.Service;
        await consortium.AttachAsync(service.Third, new TestOrganization("Org4MSP"), holdsKey: true);
        await consortium.AgreeAsync(consortium.Service.Third);
        await consortium.WorkAsync();
        var (state, step, says) = await consortium.SeeAsync(service.Third);
        Assert.Equal(("joining", "Preparation"), (state, step));
        Assert.EndsWith("changes the channel first.", says, StringComparison.Ordinal);

        await Consortium.SignAsync(service.Inviter, consortium.Network.Members[1].Admin);
        await consortium.WorkAsync();
        Assert.Equal("agreed", (await consortium.SeeAsync(service.Invitee)).State);

        // Org1MSP and Org3MSP, which joined just now, are two of three.
        Assert.Equal("agreed", (await consortium.SeeAsync(service.Third)).State);
        Assert.Equal(["Org1MSP", "Org2MSP", "Org3MSP", "Org4MSP"], await consortium.OrganizationsAsync());
    }

    [Fact]
    public async Task An_orderer_that_is_away_holds_it_up_and_stops_nothing()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP")));
        var service = consortium.Service;
        await consortium.AttachAsync(service.Invitee, new TestOrganization("Org2MSP"), holdsKey: true);
        await consortium.Network.StopOrdererAsync();
        await consortium.AgreeAsync(consortium.Service.Invitee);
        await consortium.WorkAsync(rounds: 1);
        var (state, step, says) = await consortium.SeeAsync(service.Invitee);
        Assert.Equal(("joining", "ReadChannel"), (state, step));
        Assert.NotEmpty(says);

        await consortium.Network.RestartOrdererAsync();
        for (var i = 0; i < 30 && (await consortium.SeeAsync(service.Invitee)).State != "agreed"; i++)
        {
            await consortium.WorkAsync(rounds: 1); // a leader has to be elected first
        }

        Assert.Equal("agreed", (await consortium.SeeAsync(service.Invitee)).State);
    }

    [Fact]
    public async Task A_worker_that_dies_after_each_step_and_before_it_is_written_down_does_no_harm()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP")), around: inner => new DyingNetwork(inner));
        var (service, mill) = (consortium.Service, new TestOrganization("Org2MSP"));
        await consortium.AttachAsync(service.Invitee, mill, holdsKey: true, await consortium.Network.StartPeerAsync(mill));
        await consortium.AgreeAsync(consortium.Service.Invitee);
        await consortium.WorkAsync(rounds: 20);
        Assert.Equal(("agreed", "", ""), await consortium.SeeAsync(service.Invitee));

        await service.Invitee.QuitAsync(Channel);
        await consortium.WorkAsync(rounds: 20);
        Assert.Equal("quit", (await consortium.SeeAsync(service.Invitee)).State);
        Assert.Equal(["Org1MSP"], await consortium.OrganizationsAsync());
    }

    /// <summary>The invitee, Org3MSP, has agreed; Org1MSP signs here, and Org2MSP, of which the register knows nothing, has yet to.</summary>
    private static async Task<Consortium> AwaitOrg2Async(FabricNetwork network)
    {
        var consortium = await Consortium.StartAsync(network);
        await consortium.AttachAsync(consortium.Service.Invitee, new TestOrganization("Org3MSP"), holdsKey: true);
        await consortium.AgreeAsync(consortium.Service.Invitee);
        await consortium.WorkAsync();
        Assert.Equal("Signed: Org1MSP. Awaited: Org2MSP.", (await consortium.SeeAsync(consortium.Service.Invitee)).Says);
        return consortium;
    }
}

public sealed class RealEnactmentTests : EnactmentCases
{
    private protected override async Task<FabricNetwork> StartAsync(NetworkPlan plan) => await RealNetwork.StartAsync(plan);
}

public sealed class StandInEnactmentTests : EnactmentCases
{
    private protected override async Task<FabricNetwork> StartAsync(NetworkPlan plan) => await StandInNetwork.StartAsync(plan);
}

using System.Text.Json.Nodes;
using Guildhall.Fabric;
using Guildhall.Tests.Networks;

namespace Guildhall.Tests.Fabric;

/// <summary>An MSP id has one holder on a channel, and nobody else takes it in or out, whatever kind of network it is of.</summary>
public abstract class HolderCases
{
    private const string Channel = FabricNetwork.Channel;

    private protected abstract Task<FabricNetwork> StartAsync(NetworkPlan plan);

    [Fact]
    public async Task Whoever_attaches_the_inviters_public_folder_cannot_agree_with_it()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP")));
        var service = consortium.Service;
        await consortium.AttachPublicAsync(service.Third, consortium.Network.Org1);

        Assert.Equal(200, (await service.Inviter.InviteAsync(service.Third, Channel)).Status);
        var (status, body) = await service.Third.AgreeAsync(Channel);

        Assert.True(status == 400 && body.Contains("BCS.4007028", StringComparison.Ordinal), body);
        Assert.Contains("has attached Org1MSP, and no administrator's key of it has signed the challenge", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_attaches_it_after_agreeing_neither_joins_nor_has_the_inviter_taken_out()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP")));
        var service = consortium.Service;
        await consortium.AgreeAsync(service.Third);
        await consortium.AttachPublicAsync(service.Third, consortium.Network.Org1);
        await consortium.WorkAsync();

        var (state, step, says) = await consortium.SeeAsync(service.Third);
        Assert.Equal(("joining", "Preparation"), (state, step));
        Assert.StartsWith("It is not proven whose the organization is", says, StringComparison.Ordinal);

        Assert.Equal(200, (await service.Third.DeleteAsync($"blockchains/{service.Third.ServiceId}")).Status); // which leaves whatever it has joined
        await consortium.WorkAsync();
        Assert.Equal("quit", (await consortium.SeeAsync(service.Third)).State);
        Assert.Equal(["Org1MSP", "Org2MSP"], await consortium.OrganizationsAsync());
    }

    [Fact]
    public async Task Whoever_makes_an_MSP_of_anothers_name_takes_nobody_out_with_it()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP")));
        var service = consortium.Service;
        await consortium.AttachAsync(service.Third, new TestOrganization("Org2MSP"), holdsKey: true); // which is proven, being its own
        await consortium.AgreeAsync(service.Third);
        await consortium.WorkAsync();
        var (state, step, says) = await consortium.SeeAsync(service.Third);
        Assert.Equal(("joining", "Preflight"), (state, step));
        Assert.StartsWith("The channel has Org2MSP already, with another definition.", says, StringComparison.Ordinal);

        Assert.Equal(200, (await service.Third.DeleteAsync($"blockchains/{service.Third.ServiceId}")).Status);
        await consortium.WorkAsync();
        Assert.Equal("quit", (await consortium.SeeAsync(service.Third)).State);
        Assert.Equal(["Org1MSP", "Org2MSP"], await consortium.OrganizationsAsync());
        Assert.Empty(await Consortium.AskedAsync(service.Inviter));
    }

    [Fact]
    public async Task A_member_has_its_place_alone_and_two_claims_are_told_to_the_inviter()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP")));
        var (service, org2) = (consortium.Service, new TestOrganization("Org2MSP"));
        await consortium.AttachAsync(service.Invitee, org2, holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();
        await consortium.AttachAsync(service.Third, org2, holdsKey: true);

        await consortium.AgreeAsync(service.Third);
        await consortium.WorkAsync();

        Assert.Equal(
            ("joining", "Preparation", "The organization's place on the channel is taken: both north-mill and south-foundry claim Org2MSP on channel trade, and north-mill was first"),
            await consortium.SeeAsync(service.Third));
        Assert.Equal(200, (await service.Third.DeleteAsync($"blockchains/{service.Third.ServiceId}")).Status);
        await consortium.WorkAsync();
        Assert.Equal("quit", (await consortium.SeeAsync(service.Third)).State);
        Assert.Equal(["Org1MSP", "Org2MSP"], await consortium.OrganizationsAsync());
        Assert.Equal("agreed", (await consortium.SeeAsync(service.Invitee)).State);

        await service.Invitee.QuitAsync(Channel);
        await consortium.WorkAsync();
        Assert.Equal(["Org1MSP"], await consortium.OrganizationsAsync());
    }

    [Fact]
    public async Task The_inviters_place_is_the_inviters_even_for_whoever_has_the_key()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP")));
        var service = consortium.Service;
        await consortium.AttachAsync(service.Third, consortium.Network.Org1, holdsKey: true);

        await consortium.AgreeAsync(service.Third);
        await consortium.WorkAsync();

        Assert.EndsWith("both harbor-trade and south-foundry claim Org1MSP on channel trade, and harbor-trade was first", (await consortium.SeeAsync(service.Third)).Says, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_a_join_waits_its_place_is_taken()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP")));
        var (service, org3) = (consortium.Service, new TestOrganization("Org3MSP"));
        await consortium.AttachAsync(service.Invitee, org3, holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();
        Assert.Equal("Signatures", (await consortium.SeeAsync(service.Invitee)).Step);

        await consortium.AttachAsync(service.Third, new TestOrganization("Org3MSP"), holdsKey: true);
        await consortium.AgreeAsync(service.Third);
        await consortium.WorkAsync();
        Assert.EndsWith("both north-mill and south-foundry claim Org3MSP on channel trade, and north-mill was first", (await consortium.SeeAsync(service.Third)).Says, StringComparison.Ordinal);

        await Consortium.SignAsync(service.Inviter, consortium.Network.Members[1].Admin);
        await consortium.WorkAsync();
        Assert.Equal("agreed", (await consortium.SeeAsync(service.Invitee)).State);
        Assert.Equal("joining", (await consortium.SeeAsync(service.Third)).State);
        Assert.Equal(org3.Msp, await MspAsync(consortium, "Org3MSP"));
    }

    [Fact]
    public async Task Who_is_attached_anew_under_another_name_leaves_with_what_it_came_with()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP")));
        var (service, org2) = (consortium.Service, new TestOrganization("Org2MSP"));
        await consortium.AttachAsync(service.Invitee, org2, holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();
        await consortium.AttachAsync(service.Invitee, new TestOrganization("Org2-MSP"), holdsKey: true);
        await consortium.LookAsync();
        Assert.Contains("\"state\":\"true\"", (await service.Inviter.GetAsync($"blockchains/{service.Inviter.ServiceId}/network")).Body, StringComparison.Ordinal);

        await service.Invitee.QuitAsync(Channel);
        await consortium.WorkAsync();
        Assert.Equal(("quitting", "Signatures", "Signed: Org1MSP. Awaited: Org2MSP."), await consortium.SeeAsync(service.Invitee));

        Assert.Equal(200, (await Consortium.SignAsync(service.Inviter, org2.Admin)).Status); // no key of it is kept any more
        await consortium.WorkAsync();
        Assert.Equal("quit", (await consortium.SeeAsync(service.Invitee)).State);
        Assert.Equal(["Org1MSP"], await consortium.OrganizationsAsync());
    }

    [Fact]
    public async Task Who_is_attached_anew_while_signatures_are_awaited_joins_with_what_it_began_with()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP")));
        var service = consortium.Service;
        await consortium.AttachAsync(service.Invitee, new TestOrganization("Org3MSP"), holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();
        await consortium.AttachAsync(service.Invitee, new TestOrganization("Org3-MSP"), holdsKey: true);
        await consortium.Network.ChangeAsync(FabricNetwork.AnchorOf(consortium.Network.Org1), consortium.Network.Org1); // so that it is prepared anew
        await consortium.WorkAsync();
        await Consortium.SignAsync(service.Inviter, consortium.Network.Members[1].Admin);
        await consortium.WorkAsync();

        Assert.Equal(("agreed", "", ""), await consortium.SeeAsync(service.Invitee));
        Assert.Equal(["Org1MSP", "Org2MSP", "Org3MSP"], await consortium.OrganizationsAsync());

        await service.Invitee.QuitAsync(Channel);
        await consortium.WorkAsync();
        await Consortium.SignAsOneOfSeveralAsync(service.Inviter, consortium.Network.Members[1].Admin);
        await consortium.WorkAsync();
        Assert.Equal("quit", (await consortium.SeeAsync(service.Invitee)).State);
        Assert.Equal(["Org1MSP", "Org2MSP"], await consortium.OrganizationsAsync());
    }

    [Fact]
    public async Task Who_finds_another_by_its_name_ends_its_membership_by_deleting_its_service()
    {
        await using var consortium = await ReplaceMemberAsync(new TestOrganization("Org2MSP"));
        var service = consortium.Service;

        Assert.Equal(200, (await service.Invitee.DeleteAsync($"blockchains/{service.Invitee.ServiceId}")).Status);
        await consortium.WorkAsync(rounds: 20);

        Assert.Equal("quit", (await consortium.SeeAsync(service.Invitee)).State);
        Assert.Equal(["Org1MSP", "Org2MSP"], await consortium.OrganizationsAsync());
    }

    [Fact]
    public async Task Who_has_renewed_all_its_certificates_quits_when_it_has_shown_the_new_key()
    {
        var renewed = new TestOrganization("Org2MSP");
        await using var consortium = await ReplaceMemberAsync(renewed);

        await consortium.AttachAsync(consortium.Service.Invitee, renewed, holdsKey: true);
        await consortium.WorkAsync(rounds: 20);

        Assert.Equal("quit", (await consortium.SeeAsync(consortium.Service.Invitee)).State);
        Assert.Equal(["Org1MSP"], await consortium.OrganizationsAsync());
    }

    /// <summary>The invitee has joined, was replaced outside by another of its name, and quits, which waits.</summary>
    private async Task<Consortium> ReplaceMemberAsync(TestOrganization other)
    {
        var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP")));
        var (service, network, own) = (consortium.Service, consortium.Network, new TestOrganization("Org2MSP"));
        await consortium.AttachAsync(service.Invitee, own, holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();
        await network.ChangeAsync(new ChannelChange { Remove = ["Org2MSP"] }, network.Org1, own);
        await network.ChangeAsync(new ChannelChange { Add = [other.Joining] }, network.Org1);
        await service.Invitee.QuitAsync(Channel);
        await consortium.WorkAsync();
        var (state, step, says) = await consortium.SeeAsync(service.Invitee);
        Assert.Equal(("quitting", "Preparation"), (state, step));
        Assert.StartsWith("Org2MSP on channel trade is another organization than the one that north-mill holds: it is not taken out. If it is the same with all its certificates renewed, attach ", says, StringComparison.Ordinal);
        return consortium;
    }

    [Fact]
    public async Task An_organization_is_its_accounts_when_an_administrator_has_signed_the_challenge()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP")));
        var (service, mill, org2) = (consortium.Service, consortium.Service.Invitee, new TestOrganization("Org2MSP"));
        await consortium.AttachPublicAsync(mill, org2);
        Assert.Contains("is not proven yet to be this account's", (await mill.GetAsync($"blockchains/{mill.ServiceId}/network")).Body, StringComparison.Ordinal);
        var text = await ChallengeAsync(mill);

        foreach (var (signer, signed, because) in (IEnumerable<(KeySigner, string, string)>)
        [
            (org2.Signer("someone", "client"), text, "its certificate is of Org2MSP, and of no administrator there"),
            (new TestOrganization("Org2MSP").Admin, text, "its certificate is not good for Org2MSP"),
            (org2.Signer("late", "admin", until: TimeProvider.System.GetUtcNow().AddMinutes(-1)), text, "its certificate is not good for Org2MSP"),
            (org2.Admin, text + " ", "it is not of this challenge, or by another key than its certificate's"),
        ])
        {
            var (status, body) = await ProveAsync(mill, signer, signed);
            Assert.True(status == 400 && body.Contains("BCS.4007028", StringComparison.Ordinal) && body.Contains(because, StringComparison.Ordinal), body);
        }

        foreach (var (certificate, signature) in (IEnumerable<(string, string)>)[("none", "AAAA"), (org2.Admin.Identity.CertificatePem, "AAAA"), (org2.Admin.Identity.CertificatePem, "%")])
        {
            var body = new JsonObject { ["organization"] = "organization", ["certificate"] = certificate, ["signature"] = signature }.ToJsonString();
            Assert.Equal(400, (await mill.PostAsync($"blockchains/{mill.ServiceId}/network/possession", body)).Status);
        }

        Assert.Equal((200, """{"result":"success"}"""), await ProveAsync(mill, org2.Admin, text));
        Assert.Contains("there is no challenge for the organization", (await ProveAsync(mill, org2.Admin, text)).Body, StringComparison.Ordinal); // it is used up
        Assert.DoesNotContain("is not proven yet", (await mill.GetAsync($"blockchains/{mill.ServiceId}/network")).Body, StringComparison.Ordinal);

        await consortium.AttachPublicAsync(mill, org2); // the same MSP, which stays proven
        await consortium.AgreeAsync(mill);
        await consortium.WorkAsync();
        Assert.Equal(["Org1MSP", "Org2MSP"], await consortium.OrganizationsAsync());
    }

    [Fact]
    public async Task A_challenge_is_over_after_a_week()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP")));
        var (mill, org2) = (consortium.Service.Invitee, new TestOrganization("Org2MSP"));
        await consortium.AttachPublicAsync(mill, org2);
        var text = await ChallengeAsync(mill);
        consortium.Service.Clock.Advance(TimeSpan.FromDays(8));

        Assert.Contains("its time is over", (await ProveAsync(mill, org2.Admin, text)).Body, StringComparison.Ordinal);
        Assert.Equal(200, (await ProveAsync(mill, org2.Admin, await ChallengeAsync(mill))).Status);
    }

    private static async Task<string> ChallengeAsync(Person person)
    {
        var (status, body) = await person.PostAsync($"blockchains/{person.ServiceId}/network/challenge", """{ "organization": "organization" }""");
        Assert.True(status == 200, body);
        return (string)JsonNode.Parse(body)!["challenge"]!;
    }

    private static async Task<(int Status, string Body)> ProveAsync(Person person, KeySigner signer, string text) =>
        await person.PostAsync($"blockchains/{person.ServiceId}/network/possession", await AttachmentBodies.AnswerAsync(signer, text));

    private static async Task<MspDefinition> MspAsync(Consortium consortium, string mspId)
    {
        using var orderers = consortium.Network.Connect();
        return (await orderers.ReadConfigurationAsync(Channel, consortium.Network.Org1.Admin, default)).Find(mspId)!.Msp;
    }
}

/// <summary>One at a time: each starts programs that take the machine.</summary>
[Collection(nameof(RealNetworkTests))]
public sealed class RealHolderTests : HolderCases
{
    private protected override async Task<FabricNetwork> StartAsync(NetworkPlan plan) => await RealNetwork.StartAsync(plan);
}

public sealed class StandInHolderTests : HolderCases
{
    private protected override async Task<FabricNetwork> StartAsync(NetworkPlan plan) => await StandInNetwork.StartAsync(plan);
}

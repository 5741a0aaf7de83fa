using System.Text.Json.Nodes;
using Guildhall.Identity;

namespace Guildhall.Tests.Fabric;

/// <summary>What kept keys sign by themselves, what they are asked, and when they sign nothing, whatever kind of network the channel is of.</summary>
public abstract class KeptKeyCases
{
    private const string Channel = FabricNetwork.Channel;

    private protected abstract Task<FabricNetwork> StartAsync(NetworkPlan plan);

    [Fact]
    public async Task A_key_is_asked_about_what_others_change_until_its_owner_says_what_it_signs_without()
    {
        await using var consortium = await StartWithMemberAsync();
        var (service, mill) = (consortium.Service, consortium.Service.Invitee);
        await AskAboutEverythingAsync(mill);
        await consortium.AttachAsync(service.Third, new TestOrganization("Org3MSP"), holdsKey: true);

        await consortium.AgreeAsync(service.Third);
        await consortium.WorkAsync();
        Assert.Equal("Signed: Org1MSP. Awaited: Org2MSP.", (await consortium.SeeAsync(service.Third)).Says);
        var request = Assert.Single(await Consortium.AskedAsync(mill));
        Assert.Null((await ShowAsync(mill, request))["held_back"]);

        Assert.Equal((400, true), await WrongDigestAsync(mill, (string)request["id"]!));
        Assert.Equal((200, """{"result":"success"}"""), await Consortium.ApproveAsync(mill));
        await consortium.WorkAsync();
        Assert.Equal(("agreed", "", ""), await consortium.SeeAsync(service.Third));

        // Who quits has asked for it itself. The inviter has not, and neither has the other member: two of three are needed.
        await AskAboutEverythingAsync(service.Inviter);
        Assert.Equal(200, (await service.Third.QuitAsync(Channel)).Status);
        await consortium.WorkAsync();
        Assert.Equal("Signed: Org3MSP. Awaited: any one of Org1MSP, Org2MSP.", (await consortium.SeeAsync(service.Third)).Says);
        await Consortium.OptInAsync(mill, "\"join\"");
        await consortium.WorkAsync();
        Assert.Equal("quitting", (await consortium.SeeAsync(service.Third)).State);
        await Consortium.OptInAsync(mill, "\"leave\"");
        await consortium.WorkAsync();
        Assert.Equal("quit", (await consortium.SeeAsync(service.Third)).State);
    }

    [Fact]
    public async Task A_key_that_was_kept_before_there_was_a_choice_asks_and_its_owner_is_told()
    {
        await using var consortium = await StartWithMemberAsync();
        var (service, mill) = (consortium.Service, consortium.Service.Invitee);
        await service.ExecuteAsync("DELETE FROM automatic_signatures");
        await service.ExecuteAsync("UPDATE attachments SET automatic_set_at = NULL");
        await consortium.AttachAsync(service.Third, new TestOrganization("Org3MSP"), holdsKey: false);

        await consortium.AgreeAsync(service.Third);
        await consortium.WorkAsync();

        Assert.Equal("Signed: Org1MSP. Awaited: Org2MSP.", (await consortium.SeeAsync(service.Third)).Says); // who has invited has asked for it
        var finding = Assert.Single(JsonNode.Parse((await mill.GetAsync($"blockchains/{mill.ServiceId}/network")).Body)!["findings"]!.AsArray())!;
        Assert.Equal(("warning", "signs by itself only what its own account has asked for: for changes of others it is asked."), ((string)finding["outcome"]!, (string)finding["words"]!));
    }

    [Fact]
    public async Task What_is_signed_without_asking_ends_at_its_time_and_at_so_many_a_day()
    {
        await using var consortium = await StartWithMemberAsync();
        var (service, mill) = (consortium.Service, consortium.Service.Invitee);
        await Consortium.OptInAsync(mill, "\"join\"", ", \"per_day\": 1");
        await consortium.AttachAsync(service.Third, new TestOrganization("Org3MSP"), holdsKey: false);
        var fourth = await service.AddPersonAsync("east-bank", "bank", isInvitee: true);
        await consortium.AttachAsync(fourth, new TestOrganization("Org4MSP"), holdsKey: false);

        await consortium.AgreeAsync(service.Third); // two of two
        await consortium.WorkAsync();
        Assert.Equal("agreed", (await consortium.SeeAsync(service.Third)).State);
        await consortium.AgreeAsync(fourth); // two of three
        await consortium.WorkAsync();
        Assert.Equal("Signed: Org1MSP. Awaited: any one of Org2MSP, Org3MSP.", (await consortium.SeeAsync(fourth)).Says);
        Assert.Equal(
            "As many changes as it signs in a day without being asked have been signed today.",
            (string)(await ShowAsync(mill, Assert.Single(await Consortium.AskedAsync(mill))))["held_back"]!);

        await Consortium.OptInAsync(mill, "\"join\"", $", \"until\": \"{service.Clock.GetUtcNow().AddHours(1):O}\"");
        service.Clock.Advance(TimeSpan.FromHours(2));
        await consortium.WorkAsync();
        Assert.Equal("joining", (await consortium.SeeAsync(fourth)).State);

        await Consortium.OptInAsync(mill, "\"join\"", $", \"until\": \"{service.Clock.GetUtcNow().AddHours(1):O}\"");
        await consortium.WorkAsync();
        Assert.Equal("agreed", (await consortium.SeeAsync(fourth)).State);
    }

    [Fact]
    public async Task Peers_alone_are_own_nodes_too_and_without_any_the_owner_is_asked()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP")));
        var (service, mill, org2) = (consortium.Service, consortium.Service.Invitee, new TestOrganization("Org2MSP"));
        var peer = await consortium.Network.StartPeerAsync(org2);
        await consortium.AttachThroughAsync(null, mill, org2, holdsKey: true, peer);
        await consortium.AgreeAsync(mill);
        await consortium.WorkAsync(rounds: 10);
        Assert.Equal("agreed", (await consortium.SeeAsync(mill)).State);

        await consortium.AttachAsync(service.Third, new TestOrganization("Org3MSP"), holdsKey: false);
        await consortium.AgreeAsync(service.Third);
        await consortium.WorkAsync(rounds: 10);
        Assert.Equal("agreed", (await consortium.SeeAsync(service.Third)).State); // two of two

        await consortium.AttachThroughAsync(null, mill, org2, holdsKey: true);
        Assert.Equal(200, (await service.Third.QuitAsync(Channel)).Status);
        await consortium.WorkAsync();
        Assert.Equal("quitting", (await consortium.SeeAsync(service.Third)).State); // two of three
        Assert.Equal(
            "It is attached with neither an orderer nor a peer, so that channel trade was read through the inviter's nodes alone.",
            (string)(await ShowAsync(mill, Assert.Single(await Consortium.AskedAsync(mill))))["held_back"]!);

        Assert.Equal(200, (await Consortium.ApproveAsync(mill)).Status);
        await consortium.WorkAsync();
        Assert.Equal("quit", (await consortium.SeeAsync(service.Third)).State);
    }

    [Fact]
    public async Task A_disabled_accounts_keys_sign_nothing_until_it_is_enabled()
    {
        await using var consortium = await StartWithMemberAsync();
        var (service, mill) = (consortium.Service, consortium.Service.Invitee);
        await consortium.AttachAsync(service.Third, new TestOrganization("Org3MSP"), holdsKey: false);
        await EnableAsync(service, mill, false);
        await consortium.AgreeAsync(service.Third);
        await consortium.WorkAsync();
        Assert.Equal("Signed: Org1MSP. Awaited: Org2MSP.", (await consortium.SeeAsync(service.Third)).Says);

        await EnableAsync(service, mill, true);
        await consortium.WorkAsync();
        Assert.Equal("agreed", (await consortium.SeeAsync(service.Third)).State);
    }

    [Fact]
    public async Task The_work_of_a_disabled_inviter_waits_until_it_is_enabled()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP")));
        var service = consortium.Service;
        await consortium.AttachAsync(service.Invitee, new TestOrganization("Org2MSP"), holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        await EnableAsync(service, service.Inviter, false);
        await consortium.WorkAsync();
        Assert.Equal(["Org1MSP"], await consortium.OrganizationsAsync());

        await EnableAsync(service, service.Inviter, true);
        await consortium.WorkAsync();
        Assert.Equal(Guildhall.Memberships.MembershipState.Joined, (await consortium.FindMembershipAsync(service.Invitee)).State);
    }

    private async Task<Consortium> StartWithMemberAsync()
    {
        var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP")));
        await consortium.AttachAsync(consortium.Service.Invitee, new TestOrganization("Org2MSP"), holdsKey: true);
        await consortium.AgreeAsync(consortium.Service.Invitee);
        await consortium.WorkAsync();
        Assert.Equal("agreed", (await consortium.SeeAsync(consortium.Service.Invitee)).State);
        return consortium;
    }

    private static async Task EnableAsync(TestService service, Person person, bool isEnabled) =>
        Assert.False((await service.Services.GetRequiredService<Accounts>().SetEnabledAsync(person.AccountName, isEnabled, default)).IsRefused(out _));

    private static async Task AskAboutEverythingAsync(Person person) =>
        Assert.Equal(200, (await person.PutAsync($"blockchains/{person.ServiceId}/network/automatic-signatures", "{}")).Status);

    private static async Task<(int Status, bool IsUnfit)> WrongDigestAsync(Person person, string id)
    {
        var (status, body) = await person.PostAsync($"signature-requests/{id}/signature", $$"""{ "kept_key": true, "digest": "{{new string('0', 64)}}" }""");
        return (status, body.Contains("BCS.4007043", StringComparison.Ordinal));
    }

    private static async Task<JsonNode> ShowAsync(Person person, JsonNode request) =>
        JsonNode.Parse((await person.GetAsync("signature-requests/" + (string)request["id"]!)).Body)!;
}

/// <summary>One at a time: each starts programs that take the machine.</summary>
[Collection(nameof(RealNetworkTests))]
public sealed class RealKeptKeyTests : KeptKeyCases
{
    private protected override async Task<FabricNetwork> StartAsync(NetworkPlan plan) => await RealNetwork.StartAsync(plan);
}

public sealed class StandInKeptKeyTests : KeptKeyCases
{
    private protected override async Task<FabricNetwork> StartAsync(NetworkPlan plan) => await StandInNetwork.StartAsync(plan);
}

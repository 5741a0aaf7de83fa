using System.Text.Json.Nodes;

namespace Guildhall.Tests.Fabric;

/// <summary>What an answer or a quit would cause is told before it is given, whatever kind of network the channel is of.</summary>
public abstract class PreviewCases
{
    private const string Channel = FabricNetwork.Channel;

    private protected abstract Task<FabricNetwork> StartAsync(NetworkPlan plan);

    [Fact]
    public async Task Who_is_invited_sees_what_agreeing_would_do_and_nothing_is_done()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP")));
        var service = consortium.Service;
        await consortium.AttachAsync(service.Invitee, new TestOrganization("Org3MSP"), holdsKey: false);
        await service.Inviter.InviteAsync(service.Invitee, Channel);

        var plan = await ShowAsync(service.Invitee, $"?blockchain_id={service.Invitee.ServiceId}");

        Assert.Equal(("join", Channel, 0, "Org1MSP and Org2MSP"), ((string)plan["change"]!, (string)plan["channel"]!, (int)plan["sequence"]!, (string)plan["missing"]!));
        Assert.Equal("""[["Org1MSP","Org2MSP"]]""", plan["smallest_sets"]!.ToJsonString());
        Assert.StartsWith("Org3MSP joins, with the authority \"CN=ca.Org3MSP\"", (string)plan["words"]![0]!, StringComparison.Ordinal);
        Assert.Contains("After this, MAJORITY of Admins in /Channel/Application is 2 of 3 (before: 2 of 2).", plan["words"]!.AsArray().Select(words => (string)words!));
        var admins = plan["consequences"]!.AsArray().Single(one => (string)one!["policy"]! == "/Channel/Application/Admins")!;
        Assert.Equal("""{"rule":"MAJORITY","needed":2,"of":3}""", admins["after"]!.ToJsonString());
        var element = Assert.Single(plan["difference"]!.AsArray())!;
        Assert.Equal(("[Group]  /Channel/Application/Org3MSP", null), ((string)element["element"]!, element["before"]));
        Assert.Equal("Org3MSP", (string)element["after"]!["values"]!["MSP"]!["value"]!["config"]!["name"]!);
        Assert.Equal("""{"msp_identifier":"Org3MSP","role":"ADMIN"}""", element["after"]!["policies"]!["Admins"]!["policy"]!["value"]!["identities"]![0]!["principal"]!.ToJsonString());

        Assert.Equal(["Org1MSP", "Org2MSP"], await consortium.OrganizationsAsync());
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM enactments"));
        Assert.Equal("waiting", await service.Invitee.NotificationStatusAsync());
    }

    [Fact]
    public async Task Who_could_quit_and_its_inviter_see_what_that_would_do()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP")));
        var service = consortium.Service;
        await consortium.AttachAsync(service.Invitee, consortium.Network.Members[1], holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();

        var (own, inviters) = (await ShowAsync(service.Invitee), await ShowAsync(service.Inviter));

        Assert.Equal(own.ToJsonString(), inviters.ToJsonString());
        Assert.Equal("leave", (string)own["change"]!);
        Assert.Equal("Org2MSP leaves channel trade.", (string)own["words"]![0]!);
        Assert.Equal(("[Group]  /Channel/Application/Org2MSP", null), ((string)own["difference"]![0]!["element"]!, own["difference"]![0]!["after"]));
        Assert.Equal(["Org1MSP", "Org2MSP"], await consortium.OrganizationsAsync());
    }

    [Fact]
    public async Task A_policy_that_nobody_could_meet_any_more_is_told_with_what_to_do()
    {
        await using var consortium = await Consortium.StartAsync(
            await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP") { AdminsRule = "AND('Org1MSP.admin','Org2MSP.admin')" }));
        var service = consortium.Service;
        await consortium.AttachAsync(service.Invitee, consortium.Network.Members[1], holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();

        var plan = await ShowAsync(service.Invitee);

        var finding = plan["findings"]!.AsArray().Single(one => (string)one!["subject"]! == "/Channel/Application/Admins")!;
        Assert.Equal(
            ("failed", "policy_unmeetable", "After this, the policy /Channel/Application/Admins cannot be met by anyone any more."),
            ((string)finding["outcome"]!, (string)finding["kind"]!, (string)finding["words"]!));
        Assert.Equal("Change the policy first, so that those who stay can meet it.", (string)finding["remedy"]!);
        Assert.True((bool)plan["consequences"]!.AsArray().Single(one => (string)one!["policy"]! == "/Channel/Application/Admins")!["breaks"]!);
    }

    [Fact]
    public async Task Who_would_take_the_place_of_somebody_on_the_channel_is_told_so()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP")));
        var service = consortium.Service;
        await consortium.AttachAsync(service.Invitee, new TestOrganization("Org2MSP"), holdsKey: true);
        await service.Inviter.InviteAsync(service.Invitee, Channel);

        var plan = await ShowAsync(service.Invitee, $"?blockchain_id={service.Invitee.ServiceId}");

        var finding = Assert.Single(plan["findings"]!.AsArray())!;
        Assert.Equal(("failed", "msp_id_in_use", "Org2MSP"), ((string)finding["outcome"]!, (string)finding["kind"]!, (string)finding["subject"]!));
        Assert.Equal(("[]", "", "[]"), (plan["words"]!.ToJsonString(), (string)plan["missing"]!, plan["difference"]!.ToJsonString()));
    }

    [Fact]
    public async Task What_is_so_already_and_an_orderer_that_is_away_are_told()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP")));
        var service = consortium.Service;
        await consortium.AttachAsync(service.Invitee, consortium.Network.Members[1], holdsKey: true);
        await service.Inviter.InviteAsync(service.Invitee, Channel);
        var query = $"?blockchain_id={service.Invitee.ServiceId}&organizations=organization";

        var plan = await ShowAsync(service.Invitee, query);
        Assert.Equal(("""["The channel is so already."]""", "", "[]"), (plan["words"]!.ToJsonString(), (string)plan["missing"]!, plan["difference"]!.ToJsonString()));

        await consortium.Network.StopOrdererAsync();
        var (status, body) = await service.Invitee.GetAsync($"members/{await PlannedChannel.MemberIdAsync(service)}/network-plan{query}");
        Assert.Equal((503, true), (status, body.StartsWith("""{"error_code":"BCS.4007062","error_msg":"The channel cannot be read: """, StringComparison.Ordinal)));
    }

    private static async Task<JsonNode> ShowAsync(Person person, string query = "")
    {
        var members = JsonNode.Parse((await person.GetAsync("members?extended=true")).Body)!["members"]!.AsArray();
        var (status, body) = await person.GetAsync($"members/{(string)members.Single()!["id"]!}/network-plan{query}");
        Assert.True(status == 200, body);
        return JsonNode.Parse(body)!;
    }
}

/// <summary>One at a time: each starts programs that take the machine.</summary>
[Collection(nameof(RealNetworkTests))]
public sealed class RealPreviewTests : PreviewCases
{
    private protected override async Task<FabricNetwork> StartAsync(NetworkPlan plan) => await RealNetwork.StartAsync(plan);
}

public sealed class StandInPreviewTests : PreviewCases
{
    private protected override async Task<FabricNetwork> StartAsync(NetworkPlan plan) => await StandInNetwork.StartAsync(plan);
}

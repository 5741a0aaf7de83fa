using System.Text.Json.Nodes;
using Guildhall.Fabric;
using Guildhall.Identity;

namespace Guildhall.Tests.Fabric;

/// <summary>A signature counts as long as Fabric counts it and no longer, whatever kind of network the channel is of.</summary>
public abstract class CountingSignatureCases
{
    private protected abstract Task<FabricNetwork> StartAsync(NetworkPlan plan);

    [Fact]
    public async Task Who_has_declined_and_left_stops_nobody()
    {
        await using var consortium = await AwaitAsync(new NetworkPlan("Org1MSP", "Org2MSP"), "Signed: Org1MSP. Awaited: Org2MSP.");
        var (service, network) = (consortium.Service, consortium.Network);
        await DeclineAsync(service.Inviter, Assert.Single(await Consortium.AskedAsync(service.Inviter)));
        await consortium.WorkAsync();
        Assert.StartsWith("Org2MSP declined: not before May.", (await consortium.SeeAsync(service.Invitee)).Says, StringComparison.Ordinal);

        await network.ChangeAsync(new ChannelChange { Remove = ["Org2MSP"] }, [.. network.Members]);
        await consortium.WorkAsync(rounds: 20);

        Assert.Equal(("agreed", "", ""), await consortium.SeeAsync(service.Invitee));
    }

    [Fact]
    public async Task What_was_signed_before_somebody_declined_and_after_counts()
    {
        await using var consortium = await AwaitAsync(
            new NetworkPlan("Org1MSP", "Org2MSP", "Org3MSP", "Org4MSP") { AdminsRule = "ALL Admins" }, "Signed: Org1MSP. Awaited: Org2MSP and Org3MSP and Org4MSP.");
        var (service, inviter, network) = (consortium.Service, consortium.Service.Inviter, consortium.Network);
        var asked = (await Consortium.AskedAsync(inviter)).ToDictionary(one => (string)one["msp_id"]!);
        Assert.Equal(200, await SignAsync(inviter, asked["Org2MSP"], network.Members[1]));
        await DeclineAsync(inviter, asked["Org3MSP"]);
        await consortium.WorkAsync();
        Assert.StartsWith("Org3MSP declined: not before May.", (await consortium.SeeAsync(service.Invitee)).Says, StringComparison.Ordinal);
        Assert.Empty(await Consortium.AskedAsync(inviter));

        Assert.Equal(200, await SignAsync(inviter, asked["Org3MSP"], network.Members[2]));
        await consortium.WorkAsync(rounds: 12);

        Assert.Equal("Signed: Org1MSP, Org2MSP, Org3MSP. Awaited: Org4MSP.", (await consortium.SeeAsync(service.Invitee)).Says);
        var last = Assert.Single(await Consortium.AskedAsync(inviter));
        Assert.Equal((asked["Org4MSP"]["id"]!.ToString(), 1), (last["id"]!.ToString(), (int)last["round"]!));
        Assert.Equal(200, await SignAsync(inviter, last, network.Members[3]));
        await consortium.WorkAsync();
        Assert.Equal("agreed", (await consortium.SeeAsync(service.Invitee)).State);
    }

    [Fact]
    public async Task A_change_that_the_update_has_nothing_to_do_with_leaves_the_signatures_as_they_are()
    {
        await using var consortium = await AwaitAsync(
            new NetworkPlan("Org1MSP", "Org2MSP", "Org3MSP") { AdminsRule = "ALL Admins" }, "Signed: Org1MSP. Awaited: Org2MSP and Org3MSP.", anchored: true);
        var (service, inviter, network) = (consortium.Service, consortium.Service.Inviter, consortium.Network);
        var asked = (await Consortium.AskedAsync(inviter)).ToDictionary(one => (string)one["msp_id"]!);
        Assert.Equal(200, await SignAsync(inviter, asked["Org2MSP"], network.Members[1]));

        await network.ChangeAsync(FabricNetwork.AnchorOf(network.Org1, 7052), network.Org1);
        await consortium.WorkAsync();

        Assert.Equal("Signed: Org1MSP, Org2MSP. Awaited: Org3MSP.", (await consortium.SeeAsync(service.Invitee)).Says);
        var last = Assert.Single(await Consortium.AskedAsync(inviter));
        Assert.Equal((asked["Org3MSP"]["id"]!.ToString(), 1), (last["id"]!.ToString(), (int)last["round"]!));
        Assert.Equal(200, await SignAsync(inviter, last, network.Members[2]));
        await network.ChangeAsync(FabricNetwork.AnchorOf(network.Org1, 7053), network.Org1);
        await consortium.WorkAsync();
        Assert.Equal("agreed", (await consortium.SeeAsync(service.Invitee)).State);
    }

    [Fact]
    public async Task Who_was_removed_meanwhile_is_not_asked_any_more()
    {
        await using var consortium = await AwaitAsync(new NetworkPlan("Org1MSP", "Org2MSP", "Org3MSP"), "Signed: Org1MSP. Awaited: any one of Org2MSP, Org3MSP.");
        var (service, network) = (consortium.Service, consortium.Network);
        Assert.Equal(2, (await Consortium.AskedAsync(service.Inviter)).Length);

        await network.ChangeAsync(new ChannelChange { Remove = ["Org3MSP"] }, network.Org1, network.Members[1]);
        await consortium.WorkAsync();

        Assert.Equal(["Org2MSP"], (await Consortium.AskedAsync(service.Inviter)).Select(one => (string)one["msp_id"]!));
    }

    [Fact]
    public async Task A_kept_key_signs_as_long_as_its_certificate_is_good_and_again_with_the_next_one()
    {
        var clock = new ShiftedClock();
        await using var consortium = await Consortium.StartAsync(
            await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP", "Org3MSP") { AdminsRule = "ALL Admins" }), configure: services => services.AddSingleton(new CallersClock(clock)));
        var (service, mill, network) = (consortium.Service, consortium.Service.Invitee, consortium.Network);
        await consortium.AttachAsync(mill, network.Members[1], holdsKey: true);
        await consortium.AgreeAsync(mill); // it is in the channel already
        await consortium.WorkAsync();
        await consortium.AttachUntilAsync(clock.GetUtcNow().AddMinutes(5), mill, network.Members[1]);
        await consortium.AttachAsync(service.Third, new TestOrganization("Org4MSP"), holdsKey: true);
        await consortium.AgreeAsync(service.Third);
        await consortium.WorkAsync();
        Assert.Equal("Signed: Org1MSP, Org2MSP. Awaited: Org3MSP.", (await consortium.SeeAsync(service.Third)).Says);

        clock.Off = TimeSpan.FromMinutes(10);
        await consortium.WorkAsync();
        Assert.Equal("Signed: Org1MSP. Awaited: Org2MSP and Org3MSP.", (await consortium.SeeAsync(service.Third)).Says);
        var shown = JsonNode.Parse((await mill.GetAsync("signature-requests/" + (string)Assert.Single(await Consortium.AskedAsync(mill))["id"]!)).Body)!;
        Assert.StartsWith("The certificate of the kept key is not good for Org2MSP: ", (string)shown["held_back"]!, StringComparison.Ordinal);

        await consortium.AttachAsync(mill, network.Members[1], holdsKey: true);
        await consortium.WorkAsync();
        Assert.Equal("Signed: Org1MSP, Org2MSP. Awaited: Org3MSP.", (await consortium.SeeAsync(service.Third)).Says);
        Assert.Equal(200, (await Consortium.SignAsync(service.Inviter, network.Members[2].Admin)).Status);
        await consortium.WorkAsync();
        Assert.Equal("agreed", (await consortium.SeeAsync(service.Third)).State);
    }

    [Fact]
    public async Task Who_attaches_an_organization_later_is_asked_in_place_of_who_stood_in_for_it()
    {
        await using var consortium = await AwaitAsync(new NetworkPlan("Org1MSP", "Org2MSP") { AdminsRule = "ALL Admins" }, "Signed: Org1MSP. Awaited: Org2MSP.");
        var (service, network) = (consortium.Service, consortium.Network);
        Assert.Single(await Consortium.AskedAsync(service.Inviter));

        await consortium.AttachAsync(service.Third, network.Members[1], holdsKey: false);
        await consortium.AgreeAsync(service.Third); // it is in the channel already
        await consortium.WorkAsync();

        Assert.Empty(await Consortium.AskedAsync(service.Inviter));
        Assert.Equal(200, (await Consortium.SignAsync(service.Third, network.Members[1].Admin)).Status);
        await consortium.WorkAsync();
        Assert.Equal("agreed", (await consortium.SeeAsync(service.Invitee)).State);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nobody_is_asked_any_more_for_a_join_whose_service_was_deleted(bool byInviter)
    {
        await using var consortium = await AwaitAsync(new NetworkPlan("Org1MSP", "Org2MSP") { AdminsRule = "ALL Admins" }, "Signed: Org1MSP. Awaited: Org2MSP.");
        var (service, network) = (consortium.Service, consortium.Network);
        await consortium.AttachAsync(service.Third, network.Members[1], holdsKey: false);
        await consortium.AgreeAsync(service.Third);
        await consortium.WorkAsync();
        var request = Assert.Single(await Consortium.AskedAsync(service.Third));

        await (byInviter ? service.Inviter : service.Invitee).DeleteServiceAsync();

        Assert.Empty(await Consortium.AskedAsync(service.Third));
        await RefusesAsync("it is no longer needed", () => HandInAsync(service.Third, request, network.Members[1].Admin));
    }

    [Fact]
    public async Task As_many_administrators_of_one_organization_sign_as_the_policy_asks_for()
    {
        await using var consortium = await AwaitAsync(
            new NetworkPlan("Org1MSP", "Org2MSP") { AdminsRule = "OutOf(3, 'Org1MSP.admin', 'Org1MSP.admin', 'Org1MSP.admin')" },
            "Signed: Org1MSP. Awaited: Org1MSP and Org1MSP. Of Org1MSP, another administrator's signature counts too.");
        var (service, inviter, network) = (consortium.Service, consortium.Service.Inviter, consortium.Network);
        var request = Assert.Single(await Consortium.AskedAsync(inviter));
        using var second = network.Org1.Signer("second", "admin");
        var digest = (string)JsonNode.Parse((await inviter.GetAsync($"signature-requests/{(string)request["id"]!}")).Body)!["digest"]!;

        await RefusesAsync("the key of Org1MSP that is kept here has signed; another administrator's signature is awaited", () => inviter.PostAsync($"signature-requests/{(string)request["id"]!}/signature", $$"""{ "kept_key": true, "digest": "{{digest}}" }"""));
        Assert.Equal(200, (await HandInAsync(inviter, request, network.Org1.Admin)).Status);
        await consortium.WorkAsync();
        Assert.Equal("Signed: Org1MSP. Awaited: Org1MSP. Of Org1MSP, another administrator's signature counts too.", (await consortium.SeeAsync(service.Invitee)).Says);
        await RefusesAsync("this certificate of Org1MSP has signed already, and another one is awaited", () => HandInAsync(inviter, request, network.Org1.Admin));
        Assert.Equal(200, (await HandInAsync(inviter, request, second)).Status);
        await RefusesAsync("Org1MSP has signed", () => HandInAsync(inviter, request, second));
        await consortium.WorkAsync();

        Assert.Equal("agreed", (await consortium.SeeAsync(service.Invitee)).State);
    }

    [Fact]
    public async Task A_signature_whose_certificate_has_ended_can_be_given_anew_at_once()
    {
        var clock = new ShiftedClock();
        await using var consortium = await AwaitAsync(
            new NetworkPlan("Org1MSP", "Org2MSP", "Org3MSP") { AdminsRule = "ALL Admins" }, "Signed: Org1MSP. Awaited: Org2MSP and Org3MSP.", clock: clock);
        var (service, inviter, network) = (consortium.Service, consortium.Service.Inviter, consortium.Network);
        var asked = (await Consortium.AskedAsync(inviter)).ToDictionary(one => (string)one["msp_id"]!);
        using var ending = network.Members[1].Signer("ending", "admin", clock.GetUtcNow().AddMinutes(5));
        Assert.Equal(200, (await HandInAsync(inviter, asked["Org2MSP"], ending)).Status);
        await RefusesAsync("Org2MSP has signed", () => HandInAsync(inviter, asked["Org2MSP"], network.Members[1].Admin));

        clock.Off = TimeSpan.FromMinutes(10);
        Assert.Equal(200, (await HandInAsync(inviter, asked["Org2MSP"], network.Members[1].Admin)).Status);
        Assert.Equal(200, (await HandInAsync(inviter, asked["Org3MSP"], network.Members[2].Admin)).Status);
        await consortium.WorkAsync();

        Assert.Equal("agreed", (await consortium.SeeAsync(service.Invitee)).State);
    }

    /// <summary>Somebody who is not of the channel joins it, and Org1MSP, the inviter's, has signed.</summary>
    /// <param name="anchored">Whether Org1MSP has anchor peers already.</param>
    private async Task<Consortium> AwaitAsync(NetworkPlan plan, string says, bool anchored = false, ShiftedClock? clock = null)
    {
        var consortium = await Consortium.StartAsync(
            await StartAsync(plan), configure: services => services.AddSingleton(clock is null ? new CallersClock(TimeProvider.System) : new CallersClock(clock)));
        if (anchored)
        {
            await consortium.Network.ChangeAsync(FabricNetwork.AnchorOf(consortium.Network.Org1), consortium.Network.Org1);
        }

        await consortium.AttachAsync(consortium.Service.Invitee, new TestOrganization("Org9MSP"), holdsKey: true);
        await consortium.AgreeAsync(consortium.Service.Invitee);
        await consortium.WorkAsync();
        Assert.Equal(says, (await consortium.SeeAsync(consortium.Service.Invitee)).Says);
        return consortium;
    }

    private static async Task DeclineAsync(Person person, JsonNode request) =>
        Assert.Equal(200, (await person.PostAsync($"signature-requests/{(string)request["id"]!}/decline", """{ "reason": "not before May" }""")).Status);

    private static async Task RefusesAsync(string why, Func<Task<(int Status, string Body)>> ask)
    {
        var answer = await ask();
        Assert.InRange(answer.Status, 400, 499);
        Assert.Contains(why, answer.Body, StringComparison.Ordinal);
    }

    private static async Task<int> SignAsync(Person person, JsonNode request, TestOrganization signer) => (await HandInAsync(person, request, signer.Admin)).Status;

    private static async Task<(int Status, string Body)> HandInAsync(Person person, JsonNode request, ISigner signer)
    {
        var id = (string)request["id"]!;
        var update = PreparedUpdate.FromBytes(Convert.FromBase64String((string)JsonNode.Parse((await person.GetAsync("signature-requests/" + id)).Body)!["update"]!));
        return await Consortium.HandInAsync(person, id, await UpdateSignature.CreateAsync(update, signer, default));
    }
}

/// <summary>One at a time: each starts programs that take the machine.</summary>
[Collection(nameof(RealNetworkTests))]
public sealed class RealCountingSignatureTests : CountingSignatureCases
{
    private protected override async Task<FabricNetwork> StartAsync(NetworkPlan plan) => await RealNetwork.StartAsync(plan);
}

public sealed class StandInCountingSignatureTests : CountingSignatureCases
{
    private protected override async Task<FabricNetwork> StartAsync(NetworkPlan plan) => await StandInNetwork.StartAsync(plan);
}

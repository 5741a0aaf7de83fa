using Guildhall.Fabric;
using Guildhall.Memberships;

namespace Guildhall.Tests.Fabric;

/// <summary>What was good when a change was asked for is not any more when its turn comes, whatever kind of network the channel is of.</summary>
public abstract class ChangingChannelCases
{
    private const string Channel = FabricNetwork.Channel;
    private const string TwoOfThree = "OutOf(2, 'Org1MSP.admin', 'Org2MSP.admin', 'Org3MSP.admin')";

    private protected abstract Task<FabricNetwork> StartAsync(NetworkPlan plan);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_organization_is_not_put_in_the_place_of_one_that_has_joined_meanwhile(bool atOnce)
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(atOnce ? new NetworkPlan("Org1MSP") : new NetworkPlan("Org1MSP", "Org2MSP")));
        var (service, mills, anothers) = (consortium.Service, new TestOrganization("Org3MSP"), new TestOrganization("Org3MSP"));
        await consortium.AttachAsync(service.Invitee, mills, holdsKey: true);
        await consortium.AttachAsync(service.Third, anothers, holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        if (!atOnce)
        {
            await consortium.WorkAsync();
        }

        await consortium.AgreeAsync(service.Third);
        await consortium.WorkAsync();
        if (!atOnce)
        {
            Assert.Equal("Signatures", (await consortium.SeeAsync(service.Invitee)).Step);
            Assert.Equal("Preparation", (await consortium.SeeAsync(service.Third)).Step);
            Assert.Equal(200, (await Consortium.SignAsync(service.Inviter, consortium.Network.Members[1].Admin)).Status);
            await consortium.WorkAsync();
        }

        var isMills = (await consortium.FindMembershipAsync(service.Invitee)).State == MembershipState.Joined;
        Assert.True(isMills || atOnce);
        var (state, step, says) = await consortium.SeeAsync(isMills ? service.Third : service.Invitee);
        Assert.Equal(("joining", "The channel has Org3MSP already, with another definition. Choose another MSP id, or have the organization that bears it removed first."), (state, says));
        Assert.True(step == "Preparation" || (atOnce && step == "Preflight"), step);
        Assert.True((await ReadAsync(consortium)).Find("Org3MSP")!.Msp.Equals((isMills ? mills : anothers).Msp));
        Assert.Empty(await Consortium.AskedAsync(service.Inviter));
    }

    [Fact]
    public async Task The_last_two_organizations_do_not_both_leave()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP")));
        var service = consortium.Service;
        await consortium.AttachAsync(service.Inviter, consortium.Network.OrdererOrganization, holdsKey: true);
        await JoinedAsync(consortium, service.Invitee, consortium.Network.Members[0]);
        await JoinedAsync(consortium, service.Third, consortium.Network.Members[1]);
        await AskAboutEverythingAsync(service.Third);

        await QuitBothAsync(consortium);
        Assert.Equal(200, (await Consortium.ApproveAsync(service.Third)).Status);
        await consortium.WorkAsync();

        Assert.Equal("quit", (await consortium.SeeAsync(service.Invitee)).State);
        Assert.Equal(
            ("quitting", "Preparation", "No organization would be left in the channel. Fabric allows it, and then anybody can take the channel over. Leave at least one organization in the channel."),
            await consortium.SeeAsync(service.Third));
        Assert.Equal(["Org2MSP"], (await ReadAsync(consortium)).Organizations.Select(one => one.MspId));
    }

    [Fact]
    public async Task Of_two_who_leave_one_stays_who_is_needed_to_change_the_channel()
    {
        await using var consortium = await StartTwoOfThreeAsync();
        var service = consortium.Service;

        await QuitBothAsync(consortium);
        Assert.Equal(200, (await Consortium.ApproveAsync(service.Inviter)).Status);
        await consortium.WorkAsync();

        Assert.Equal("quit", (await consortium.SeeAsync(service.Invitee)).State);
        await IsHeldBackAsync(consortium, service.Third);
        Assert.Equal(["Org1MSP", "Org3MSP"], await consortium.OrganizationsAsync());
        Assert.Empty(await Consortium.AskedAsync(service.Inviter));
    }

    [Fact]
    public async Task A_leave_that_waits_is_judged_anew_when_somebody_else_was_removed()
    {
        await using var consortium = await StartTwoOfThreeAsync();
        var (service, network) = (consortium.Service, consortium.Network);
        Assert.Equal(200, (await service.Invitee.QuitAsync(Channel)).Status);
        await consortium.WorkAsync();
        Assert.Equal("Signed: Org2MSP. Awaited: any one of Org1MSP, Org3MSP.", (await consortium.SeeAsync(service.Invitee)).Says);

        await network.ChangeAsync(new ChannelChange { Remove = ["Org3MSP"] }, network.Org1, network.Members[2]);
        await consortium.WorkAsync();

        await IsHeldBackAsync(consortium, service.Invitee);
        Assert.Empty(await Consortium.AskedAsync(service.Inviter));
        Assert.Empty(await Consortium.AskedAsync(service.Third));
    }

    /// <summary>Without the person too few would be left.</summary>
    private static async Task IsHeldBackAsync(Consortium consortium, Person person)
    {
        var (state, step, says) = await consortium.SeeAsync(person);
        Assert.Equal(("quitting", "Preparation"), (state, step));
        Assert.Contains(
            "After this, the policy /Channel/Application/Admins cannot be met by anyone any more. Change the policy first, so that those who stay can meet it.", says, StringComparison.Ordinal);
    }

    /// <summary>Three organizations, of which two decide. The inviter and the third are asked before their keys sign.</summary>
    private async Task<Consortium> StartTwoOfThreeAsync()
    {
        var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP", "Org3MSP") { AdminsRule = TwoOfThree }));
        await JoinedAsync(consortium, consortium.Service.Invitee, consortium.Network.Members[1]);
        await JoinedAsync(consortium, consortium.Service.Third, consortium.Network.Members[2]);
        await AskAboutEverythingAsync(consortium.Service.Inviter);
        await AskAboutEverythingAsync(consortium.Service.Third);
        return consortium;
    }

    /// <summary>The person agrees with an organization that is on the channel.</summary>
    private static async Task JoinedAsync(Consortium consortium, Person person, TestOrganization organization)
    {
        await consortium.AttachAsync(person, organization, holdsKey: true);
        await consortium.AgreeAsync(person);
        await consortium.WorkAsync();
        Assert.Equal("agreed", (await consortium.SeeAsync(person)).State);
    }

    /// <summary>Both have passed the guards before either is out; the invitee comes first.</summary>
    private static async Task QuitBothAsync(Consortium consortium)
    {
        foreach (var person in (Person[])[consortium.Service.Invitee, consortium.Service.Third])
        {
            Assert.Equal(200, (await person.QuitAsync(Channel)).Status);
            await consortium.WorkAsync();
        }

        var (state, step, says) = await consortium.SeeAsync(consortium.Service.Third);
        Assert.Equal(("quitting", "Preparation"), (state, step));
        Assert.EndsWith("changes the channel first.", says, StringComparison.Ordinal);
    }

    private static async Task AskAboutEverythingAsync(Person person) =>
        Assert.Equal(200, (await person.PutAsync($"blockchains/{person.ServiceId}/network/automatic-signatures", "{}")).Status);

    /// <summary>As those show it who run the orderers, and stay whoever leaves.</summary>
    private static async Task<ChannelConfiguration> ReadAsync(Consortium consortium)
    {
        using var orderers = consortium.Network.Connect();
        return await orderers.ReadConfigurationAsync(Channel, consortium.Network.OrdererOrganization.Admin, default);
    }
}

/// <summary>One at a time: each starts programs that take the machine.</summary>
[Collection(nameof(RealNetworkTests))]
public sealed class RealChangingChannelTests : ChangingChannelCases
{
    private protected override async Task<FabricNetwork> StartAsync(NetworkPlan plan) => await RealNetwork.StartAsync(plan);
}

public sealed class StandInChangingChannelTests : ChangingChannelCases
{
    private protected override async Task<FabricNetwork> StartAsync(NetworkPlan plan) => await StandInNetwork.StartAsync(plan);
}

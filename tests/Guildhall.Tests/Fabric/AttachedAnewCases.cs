using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Storage;

namespace Guildhall.Tests.Fabric;

/// <summary>Which chain a service's channel is, and what of it lasts when the service is attached anew or is not the only one, whatever kind of network it is of.</summary>
public abstract class AttachedAnewCases
{
    private const string Channel = FabricNetwork.Channel;

    private protected abstract Task<FabricNetwork> StartAsync(NetworkPlan plan);

    [Fact]
    public async Task What_was_prepared_for_one_network_is_not_sent_to_another()
    {
        await using var other = await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP"));
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP")));
        var (service, network, org3) = (consortium.Service, consortium.Network, new TestOrganization("Org3MSP"));
        await consortium.AttachAsync(service.Invitee, org3, holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();
        Assert.Equal(200, (await Consortium.SignAsync(service.Inviter, network.Members[1].Admin)).Status);

        await consortium.AttachThroughAsync(other.Orderer, service.Inviter, other.Org1, holdsKey: true);
        await consortium.AttachThroughAsync(other.Orderer, service.Invitee, org3, holdsKey: true);
        await consortium.WorkAsync();

        Assert.Equal(("joining", "Signatures", "Signed: Org1MSP. Awaited: Org2MSP."), await consortium.SeeAsync(service.Invitee));
        Assert.Equal(["Org1MSP", "Org2MSP"], await consortium.OrganizationsAsync());
        Assert.Equal(200, (await Consortium.SignAsync(service.Inviter, other.Members[1].Admin)).Status);
        await consortium.WorkAsync();
        Assert.Equal(("agreed", "", ""), await consortium.SeeAsync(service.Invitee));
        Assert.Equal(["Org1MSP", "Org2MSP"], await consortium.OrganizationsAsync());
        using var elsewhere = other.Connect();
        Assert.True((await elsewhere.ReadConfigurationAsync(Channel, other.Org1.Admin, default)).Find("Org3MSP")!.Msp.Equals(org3.Msp));
    }

    [Fact]
    public async Task Who_is_attached_anew_to_the_same_network_has_not_forgotten_what_was_seen()
    {
        var network = await StartAsync(new NetworkPlan("Org1MSP"));
        await using var second = await SecondOrderer.StartAsync(network);
        await using var consortium = await Consortium.StartAsync(network);
        var (service, org2) = (consortium.Service, new TestOrganization("Org2MSP"));
        await consortium.AttachAsync(service.Invitee, org2, holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();
        second.IsCutOff = true;
        await consortium.AttachThroughAsync(second.Endpoint, service.Inviter, network.Org1, holdsKey: true);
        await consortium.AttachThroughAsync(second.Endpoint, service.Invitee, org2, holdsKey: true);

        Assert.Equal(200, (await service.Invitee.QuitAsync(Channel)).Status);
        await consortium.WorkAsync();
        Assert.Equal(
            ("quitting", "ReadChannel", "1 of 1 orderers of channel trade is behind: it shows configuration 0, and 1 was seen."),
            await consortium.SeeAsync(service.Invitee));

        second.IsCutOff = false;
        await consortium.WorkAsync();
        Assert.Equal(("quit", "", ""), await consortium.SeeAsync(service.Invitee));
        Assert.Equal(["Org1MSP"], await consortium.OrganizationsAsync());
    }

    [Fact]
    public async Task An_organization_is_on_a_channel_through_one_membership_however_many_services_invite_to_it()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP")));
        var (service, harbor) = (consortium.Service, consortium.Service.Inviter);
        await consortium.AttachAsync(service.Invitee, new TestOrganization("Org2MSP"), holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();
        var first = harbor.ServiceId;
        await harbor.AddServiceAsync("quay", traits => traits, isInvitee: false, [Channel], becomesMain: true);
        await consortium.AttachAsync(harbor, consortium.Network.Org1, holdsKey: true);

        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();

        var second = await consortium.FindMembershipAsync(service.Invitee);
        var operation = await service.Store.ReadAsync(session => session.FindOperationAsync(service.Invitee.ProjectId, second.JoinOperationId!, default), default);
        Assert.Equal(
            "The organization's place on the channel is taken: north-mill through service harbor of harbor-trade holds Org2MSP on the same channel trade",
            string.Join(" ", operation!.CurrentStep!.Messages));

        await QuitAsync(service, first);
        await consortium.WorkAsync(rounds: 12);
        Assert.Equal(MembershipState.Joined, (await consortium.FindMembershipAsync(service.Invitee)).State);
        Assert.Equal(["Org1MSP", "Org2MSP"], await consortium.OrganizationsAsync());

        await QuitAsync(service, harbor.ServiceId);
        await consortium.WorkAsync();
        Assert.Equal(MembershipState.Left, (await consortium.FindMembershipAsync(service.Invitee)).State);
        Assert.Equal(["Org1MSP"], await consortium.OrganizationsAsync());
    }

    [Fact]
    public async Task Who_was_on_a_channel_through_two_services_stays_for_the_one_when_it_quits_the_other()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP")));
        var (service, harbor, org2) = (consortium.Service, consortium.Service.Inviter, new TestOrganization("Org2MSP"));
        await consortium.AttachAsync(service.Invitee, org2, holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();
        var (first, joined) = (harbor.ServiceId, await consortium.FindMembershipAsync(service.Invitee));
        await harbor.AddServiceAsync("quay", traits => traits, isInvitee: false, [Channel], becomesMain: true);
        await consortium.AttachAsync(harbor, consortium.Network.Org1, holdsKey: true);
        await service.ExecuteAsync("DELETE FROM held_organizations"); // as it was before one membership held it
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();
        Assert.Equal(MembershipState.Joined, (await consortium.FindMembershipAsync(service.Invitee)).State);
        await service.Store.WriteAsync<bool>(async transaction => await transaction.HoldAsync(joined, new HeldOrganization("organization", org2.Msp, service.Clock.GetUtcNow()), default), default);

        await QuitAsync(service, first);
        await consortium.WorkAsync();

        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM memberships WHERE state = 'quit'"));
        Assert.Equal(["Org1MSP", "Org2MSP"], await consortium.OrganizationsAsync());
        await QuitAsync(service, harbor.ServiceId);
        await consortium.WorkAsync();
        Assert.Equal(["Org1MSP"], await consortium.OrganizationsAsync());
    }

    private static async Task QuitAsync(TestService service, string inviterServiceId) =>
        Assert.Equal(200, (await service.Invitee.QuitAsync(Channel, body => body["inviter_bcsid"] = inviterServiceId)).Status);
}

/// <summary>One at a time: each starts programs that take the machine.</summary>
[Collection(nameof(RealNetworkTests))]
public sealed class RealAttachedAnewTests : AttachedAnewCases
{
    private protected override async Task<FabricNetwork> StartAsync(NetworkPlan plan) => await RealNetwork.StartAsync(plan);
}

public sealed class StandInAttachedAnewTests : AttachedAnewCases
{
    private protected override async Task<FabricNetwork> StartAsync(NetworkPlan plan) => await StandInNetwork.StartAsync(plan);
}

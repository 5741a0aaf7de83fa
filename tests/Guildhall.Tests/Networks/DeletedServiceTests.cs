using Guildhall.Tests.Fabric;

namespace Guildhall.Tests.Networks;

/// <summary>A service that is deleted leaves no key behind.</summary>
public sealed class DeletedServiceTests
{
    private const string Keys = "SELECT count(*) FROM attached_organizations WHERE administrator IS NOT NULL OR client IS NOT NULL";

    [Theory, EveryEngine]
    public async Task Its_keys_go_at_once_and_the_rest_when_it_has_left_what_it_had_joined(Engine engine)
    {
        await using var consortium = await Consortium.StartAsync(await StandInNetwork.StartAsync(new NetworkPlan("Org1MSP") { AdminsRule = "ANY Admins" }), engine);
        var (service, mine) = (consortium.Service, $" service_id = '{consortium.Service.Invitee.ServiceId}'");
        await consortium.AttachAsync(service.Invitee, new TestOrganization("Org2MSP"), holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();
        Assert.Equal(2, await service.CountAsync(Keys));

        await service.Invitee.DeleteServiceAsync();
        Assert.Equal((1, 1), (await service.CountAsync(Keys), await service.CountAsync("SELECT count(*) FROM attachments WHERE" + mine)));

        await consortium.WorkAsync();
        Assert.Equal("quit", (await consortium.SeeAsync(service.Invitee)).State);
        Assert.Equal(["Org1MSP"], await consortium.OrganizationsAsync());
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM attachments WHERE" + mine));
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM attached_organizations WHERE" + mine));
    }

    [Theory, EveryEngine]
    public async Task An_inviters_attachment_goes_at_once_and_that_of_a_deleted_member_with_it(Engine engine)
    {
        await using var consortium = await Consortium.StartAsync(await StandInNetwork.StartAsync(new NetworkPlan("Org1MSP")), engine);
        var service = consortium.Service;
        await consortium.AttachAsync(service.Invitee, new TestOrganization("Org2MSP"), holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();

        await service.Invitee.DeleteServiceAsync();
        await service.Inviter.DeleteServiceAsync();

        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM attached_organizations"));
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM attachments"));
        await consortium.WorkAsync();
    }
}

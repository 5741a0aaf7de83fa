using Guildhall.Hosting;
using Guildhall.Services;

namespace Guildhall.Tests.Api;

/// <summary>Places in a service are kept as a number that is never too low, and are counted only where it says that none is left.</summary>
public sealed class PlacesTests
{
    [Theory, EveryEngine]
    public async Task What_was_given_back_counts_again_when_it_is_needed(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine, ThreeMembers);
        await service.AddAccountsAsync("a-guest", "b-guest", "c-guest", "d-guest", "e-guest");
        var inviter = service.Inviter;
        Assert.Equal(200, (await inviter.InviteNamesAsync("a-guest", "b-guest")).Status);
        Assert.Equal(200, (await inviter.InviteAsync(service.Invitee)).Status);
        Assert.Equal(3, await TakenAsync(service));

        Assert.Equal(
            (400, """{"error_code":"BCS.4007017","error_msg":"The member limit of the service is reached: service harbor (Enterprise) may have 3 invited or joined accounts; it has 3, and this would make 4"}"""),
            await inviter.InviteNamesAsync("c-guest"));
        Assert.Equal(200, (await service.Invitee.RejectAsync()).Status);
        Assert.Equal(3, await TakenAsync(service)); // who rejects does not wait for the inviter's other invitees
        Assert.Equal(200, (await inviter.InviteNamesAsync("c-guest")).Status);
        Assert.Equal(400, (await inviter.InviteNamesAsync("d-guest")).Status);
        await inviter.AddChannelAsync("second");
        Assert.Equal(200, (await inviter.InviteAsync(new Person(service, "a-guest", "none"), "second")).Status); // has a place already
        Assert.Equal(400, (await inviter.InviteNamesAsync("d-guest", "e-guest")).Status);
        Assert.Equal(3, await service.CountAsync("SELECT count(DISTINCT invitee_account_name) FROM memberships WHERE removed_at IS NULL AND state = 'waiting'"));
    }

    [Theory, EveryEngine]
    public async Task A_service_of_an_older_store_is_counted_once(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine, ThreeMembers);
        await service.AddAccountsAsync("a-guest", "b-guest", "c-guest", "d-guest");
        Assert.Equal(200, (await service.Inviter.InviteNamesAsync("a-guest", "b-guest")).Status);
        await service.ExecuteAsync("DELETE FROM places");

        Assert.Equal(400, (await service.Inviter.InviteNamesAsync("c-guest", "d-guest")).Status);
        Assert.Equal(200, (await service.Inviter.InviteNamesAsync("c-guest")).Status);
        Assert.Equal(3, await TakenAsync(service));
    }

    private static ServerSettings ThreeMembers(ServerSettings settings) => settings with { Limits = new Limits { Enterprise = new EditionLimits(3, 4, 2) } };

    private static Task<long> TakenAsync(TestService service) => service.CountAsync("SELECT taken FROM places");
}

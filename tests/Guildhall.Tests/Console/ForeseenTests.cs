using Guildhall.Tests.Fabric;

namespace Guildhall.Tests.Console;

/// <summary>Who answers or quits sees first what that does on the channel.</summary>
public sealed class ForeseenTests
{
    [Fact]
    public async Task Who_is_invited_sees_what_agreeing_does_on_the_channel_and_who_has_to_sign()
    {
        await using var consortium = await Consortium.StartAsync(await StandInNetwork.StartAsync(new NetworkPlan("Org1MSP", "Org2MSP")));
        var service = consortium.Service;
        await consortium.AttachAsync(service.Invitee, new TestOrganization("Org3MSP"), holdsKey: false);
        await service.Inviter.InviteAsync(service.Invitee, Fabric.FabricNetwork.Channel);
        var visitor = ConsoleVisitor.With(service, service.Invitee.Token);
        var here = "/console/inbox/" + await service.Invitee.NotificationIdAsync();

        await visitor.GetAsync(here);
        Assert.Contains("What it does on the channel", visitor.Page);
        Assert.Contains("<bdi>After this, MAJORITY of Admins in /Channel/Application is 2 of 3 (before: 2 of 2).</bdi>", visitor.Page);
        Assert.Contains("Has to sign: <strong><bdi>Org1MSP and Org2MSP</bdi></strong>", visitor.Page);

        await consortium.Network.StopOrdererAsync();
        await visitor.GetAsync(here);
        Assert.Contains("What it would do on the channel cannot be told now.", visitor.Page);
        Assert.Contains("Agree and join", visitor.Page);
    }

    [Fact]
    public async Task Who_quits_sees_what_that_does_on_the_channel()
    {
        await using var consortium = await Consortium.StartAsync(await StandInNetwork.StartAsync(new NetworkPlan("Org1MSP", "Org2MSP")));
        var service = consortium.Service;
        await consortium.AttachAsync(service.Invitee, consortium.Network.Members[1], holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();
        var visitor = ConsoleVisitor.With(service, service.Invitee.Token);

        await visitor.GetAsync($"/console/members/{service.Inviter.ServiceId}/{await service.Invitee.NotificationIdAsync()}/quit");

        Assert.Contains("<bdi>Org2MSP leaves channel trade.</bdi>", visitor.Page);
    }

    [Fact]
    public async Task Where_no_channel_is_changed_nothing_is_foreseen()
    {
        await using var service = await TestService.StartAsync();
        await service.Inviter.InviteAsync(service.Invitee);
        var visitor = ConsoleVisitor.With(service, service.Invitee.Token);

        await visitor.GetAsync("/console/inbox/" + await service.Invitee.NotificationIdAsync());

        Assert.DoesNotContain("on the channel", visitor.Page);
    }
}

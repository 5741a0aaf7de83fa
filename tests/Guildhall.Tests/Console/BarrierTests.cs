using Guildhall.Identity;
using Guildhall.Tests.Fabric;
using Guildhall.Tests.Networks;

namespace Guildhall.Tests.Console;

/// <summary>Every page in a real browser, in both themes and both languages.</summary>
public sealed class BarrierTests(Chromium chromium) : IClassFixture<Chromium>
{
    public static bool HasChromium => Chromium.Missing is null;

    [Theory(SkipUnless = nameof(HasChromium), Skip = "no Chromium or no axe-core: run make test")]
    [InlineData("en-US")]
    [InlineData("zh-CN")]
    public async Task Every_page_is_without_an_error_and_without_a_barrier_in_both_themes(string locale)
    {
        await using var service = await TestService.StartAsync(change: settings => settings with { Operators = new Operators("harbor-trade") });
        var member = await PopulateAsync(service);
        var (own, theirs, signature) = (service.Inviter.ServiceId, service.Invitee.ServiceId, "/console/inbox/signatures/" + AskedToSign.Id);
        await using var nobody = await chromium.OpenAsync(service, null, locale);
        await using var inviter = await chromium.OpenAsync(service, service.Inviter.Token, locale);
        await using var invitee = await chromium.OpenAsync(service, service.Invitee.Token, locale);
        await using var third = await chromium.OpenAsync(service, service.Third.Token, locale);
        var found = new List<string>();
        await LookAtAsync(nobody, found, 200, "/console/sign-in");
        await LookAtAsync(
            inviter, found, 200, "/console/inbox", "/console/inbox/signatures", signature, "/console/members", "/console/members?name=none", "/console/members/invite",
            $"/console/members/{own}/{member}", $"/console/topology/{own}", "/console/services", "/console/services/new", $"/console/services/{own}", $"/console/services/{own}/network",
            $"/console/services/{own}/channels/channel", $"/console/services/{own}/delete", "/console/operations", "/console/keys", "/console/you", "/console/project",
            "/console/accounts", "/console/accounts?name=none", $"/console/accounts/{service.Third.AccountId}");
        await LookAtAsync(
            invitee, found, 200, "/console/inbox?show=all", $"/console/inbox/{member}", $"/console/members/{own}/{member}/quit", "/console/topology", $"/console/services/{theirs}",
            $"/console/services/{theirs}/network", $"/console/services/{theirs}/network/detach", "/console/inbox/signatures");
        await LookAtAsync(third, found, 200, $"/console/inbox/{await service.Third.NotificationIdAsync()}");
        var complaints = new[] { nobody, inviter, invitee, third }.SelectMany(window => window.Complaints).ToArray();

        // What is turned down: the browser complains of the status by itself.
        await LookAtAsync(third, found, 403, "/console/accounts");
        await LookAtAsync(third, found, 404, "/console/nothing");
        await inviter.Page.GotoAsync(signature);
        await inviter.Page.EvaluateAsync("document.querySelector('form[action$=sign]').requestSubmit()");
        await inviter.Page.Locator("#file-problem").WaitForAsync();
        found.AddRange(await inviter.ViolationsAsync());

        found.AddRange(complaints);
        Assert.True(found.Count == 0, string.Join("\n", found));
    }

    /// <summary>A consortium with someone joined and attached to a network, someone invited, an operation that fails, and a change that waits for a signature.</summary>
    private static async Task<string> PopulateAsync(TestService service)
    {
        await service.JoinAsync(service.Invitee);
        await service.Inviter.InviteAsync(service.Third);
        service.Network["channel"] = new(TimeSpan.Zero, "the orderer is down");
        var fourth = await service.AddPersonAsync("west-works", "works", isInvitee: true);
        await service.Inviter.InviteAsync(fourth);
        await fourth.AgreeAsync();
        await service.WorkAsync();
        await AskedToSign.AskAsync(service);
        var attached = await service.Invitee.PutAsync($"blockchains/{service.Invitee.ServiceId}/network", AttachmentBodies.Detached(new TestOrganization("Org2MSP")).ToJsonString());
        Assert.Equal(200, attached.Status);
        return await service.Invitee.NotificationIdAsync();
    }

    private static async Task LookAtAsync(BrowserWindow window, List<string> found, int status, params string[] paths)
    {
        foreach (var path in paths)
        {
            Assert.Equal(status, (await window.Page.GotoAsync(path))!.Status);
            found.AddRange(await window.ViolationsAsync());
        }
    }
}

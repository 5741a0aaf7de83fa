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
        await using var service = await TestService.StartAsync();
        var member = await PopulateAsync(service);
        var (own, theirs) = (service.Inviter.ServiceId, service.Invitee.ServiceId);
        await using var nobody = await chromium.OpenAsync(service, null, locale);
        await using var inviter = await chromium.OpenAsync(service, service.Inviter.Token, locale);
        await using var invitee = await chromium.OpenAsync(service, service.Invitee.Token, locale);
        await using var third = await chromium.OpenAsync(service, service.Third.Token, locale);
        var found = new List<string>();
        await LookAtAsync(nobody, locale, found, "/console/sign-in");
        await LookAtAsync(
            inviter, locale, found, "/console/inbox", "/console/members", "/console/members?name=none", "/console/members/invite", $"/console/members/{own}/{member}",
            $"/console/topology/{own}", "/console/services", "/console/services/new", $"/console/services/{own}", $"/console/services/{own}/channels/channel",
            $"/console/services/{own}/delete", "/console/operations", "/console/keys", "/console/you", "/console/project");
        await LookAtAsync(
            invitee, locale, found, "/console/inbox?show=all", $"/console/inbox/{member}", $"/console/members/{own}/{member}/quit", "/console/topology", $"/console/services/{theirs}");
        await LookAtAsync(third, locale, found, $"/console/inbox/{await service.Third.NotificationIdAsync()}");

        Assert.Empty(found.Concat(nobody.Complaints).Concat(inviter.Complaints).Concat(invitee.Complaints).Concat(third.Complaints));
    }

    /// <summary>A consortium with someone joined, someone invited, and an operation that fails.</summary>
    private static async Task<string> PopulateAsync(TestService service)
    {
        await service.JoinAsync(service.Invitee);
        await service.Inviter.InviteAsync(service.Third);
        service.Network["channel"] = new(TimeSpan.Zero, "the orderer is down");
        var fourth = await service.AddPersonAsync("west-works", "works", isInvitee: true);
        await service.Inviter.InviteAsync(fourth);
        await fourth.AgreeAsync();
        await service.WorkAsync();
        return await service.Invitee.NotificationIdAsync();
    }

    private static async Task LookAtAsync(BrowserWindow window, string locale, List<string> found, params string[] paths)
    {
        foreach (var path in paths)
        {
            Assert.Equal(200, (await window.Page.GotoAsync(path))!.Status);
            found.AddRange(await window.ViolationsAsync(isRepeated: locale != "en-US"));
        }
    }
}

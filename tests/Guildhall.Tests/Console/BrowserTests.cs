using Microsoft.Playwright;

namespace Guildhall.Tests.Console;

/// <summary>The console in a real browser.</summary>
public sealed class BrowserTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Fact(SkipUnless = nameof(HasChromium), Skip = "no Chromium or no axe-core: run make test")]
    public async Task Two_people_get_from_the_invitation_to_the_end_in_two_windows()
    {
        await using var service = await TestService.StartAsync();
        await using var inviter = await chromium.OpenAsync(service, service.Inviter.Token);
        await using var invitee = await chromium.OpenAsync(service, service.Invitee.Token);

        // The invitee has its inbox open; the invitation comes in by itself.
        await invitee.Page.GotoAsync("/console");
        await Assertions.Expect(invitee.Page.GetByText("Nothing waits for you")).ToBeVisibleAsync();
        await inviter.Page.GotoAsync("/console");
        await inviter.Page.GetByRole(AriaRole.Link, new() { Name = "Members" }).ClickAsync();
        await inviter.Page.GetByRole(AriaRole.Link, new() { Name = "Invite…" }).ClickAsync();
        await inviter.Page.GetByLabel("Accounts").FillAsync("north-mill\nnobody");
        await Assertions.Expect(inviter.Page.GetByText("1 of 2 cannot be invited.")).ToBeVisibleAsync();
        await inviter.Page.GetByLabel("Accounts").FillAsync("north-mill");
        await Assertions.Expect(inviter.Page.GetByText("All 1 can be invited.")).ToBeVisibleAsync();
        await inviter.Page.GetByRole(AriaRole.Button, new() { Name = "Invite", Exact = true }).ClickAsync();
        await Assertions.Expect(inviter.Page.GetByText("north-mill is invited")).ToBeVisibleAsync();

        await invitee.Page.GetByRole(AriaRole.Link, new() { Name = "Look and answer" }).ClickAsync();
        await invitee.Page.GetByRole(AriaRole.Button, new() { Name = "Agree and join" }).ClickAsync();
        await Assertions.Expect(StateOn(invitee.Page, "Joining")).ToBeVisibleAsync();
        await service.WorkAsync();
        await Assertions.Expect(StateOn(invitee.Page, "Joined")).ToBeVisibleAsync();
        await Assertions.Expect(StateOn(inviter.Page, "Joined")).ToBeVisibleAsync();

        await invitee.Page.GetByRole(AriaRole.Link, new() { Name = "Quit…" }).ClickAsync();
        await invitee.Page.GetByRole(AriaRole.Button, new() { Name = "Quit the channel" }).ClickAsync();
        await Assertions.Expect(invitee.Page.GetByText("0 of 3 steps")).ToBeVisibleAsync();
        await service.WorkAsync();
        await Assertions.Expect(invitee.Page.GetByText("3 of 3 steps")).ToBeVisibleAsync();
        await Assertions.Expect(StateOn(inviter.Page, "Left")).ToBeVisibleAsync();
        await inviter.Page.GetByRole(AriaRole.Link, new() { Name = "Clean up…" }).ClickAsync();
        await inviter.Page.GetByRole(AriaRole.Button, new() { Name = "Clean up" }).ClickAsync();
        await Assertions.Expect(inviter.Page.GetByText("Nobody yet")).ToBeVisibleAsync();

        Assert.Empty(inviter.Complaints.Concat(invitee.Complaints));
    }

    [Fact(SkipUnless = nameof(HasChromium), Skip = "no Chromium or no axe-core: run make test")]
    public async Task A_page_that_was_left_open_comes_again_with_what_is_so_now()
    {
        await using var service = await TestService.StartAsync();
        await service.Inviter.InviteAsync(service.Invitee);
        await using var window = await chromium.OpenAsync(service, service.Inviter.Token);
        await window.Page.GotoAsync($"/console/members/{service.Inviter.ServiceId}/{await service.Invitee.NotificationIdAsync()}/remove");
        await service.Invitee.RejectAsync(change: body => body["reason"] = "no peers to spare this year");

        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Withdraw", Exact = true }).ClickAsync();

        await Assertions.Expect(window.Page.GetByText("What the page showed has changed meanwhile")).ToBeVisibleAsync();
        await Assertions.Expect(window.Page.GetByText("no peers to spare this year")).ToBeVisibleAsync();
        Assert.Empty(await window.ViolationsAsync());
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Clean up", Exact = true }).ClickAsync();
        await Assertions.Expect(window.Page.GetByText("The record of north-mill is cleaned up.")).ToBeVisibleAsync();
    }

    [Fact(SkipUnless = nameof(HasChromium), Skip = "no Chromium or no axe-core: run make test")]
    public async Task The_keyboard_alone_is_enough()
    {
        await using var service = await TestService.StartAsync();
        await service.Inviter.InviteAsync(service.Invitee);
        await using var window = await chromium.OpenAsync(service, service.Invitee.Token);
        var page = window.Page;
        await page.GotoAsync("/console/inbox");

        await page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(page.Locator(":focus")).ToHaveTextAsync("Skip to the content");
        await page.Keyboard.PressAsync("Enter");
        await TabToAsync(page, "Look and answer");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "harbor-trade invites you to channel channel" })).ToBeVisibleAsync();
        await TabToAsync(page, "Agree and join");
        Assert.NotEqual("none", await page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineStyle"));
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(StateOn(page, "Joining")).ToBeVisibleAsync();
        await service.WorkAsync();
        await Assertions.Expect(StateOn(page, "Joined")).ToBeVisibleAsync();
        await TabToAsync(page, "Quit…");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Quit the channel" })).ToBeVisibleAsync(); // to wait for the navigation itself is to miss a fast one
        await TabToAsync(page, "Quit the channel");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByText("0 of 3 steps")).ToBeVisibleAsync();

        Assert.Equal(["quitting"], await service.Invitee.MemberStatesAsync());
    }

    [Fact(SkipUnless = nameof(HasChromium), Skip = "no Chromium or no axe-core: run make test")]
    public async Task Without_scripts_only_live_updates_are_missing()
    {
        await using var service = await TestService.StartAsync();
        await using var inviter = await chromium.OpenAsync(service, service.Inviter.Token, hasScripts: false);
        await using var invitee = await chromium.OpenAsync(service, service.Invitee.Token, hasScripts: false);

        await inviter.Page.GotoAsync("/console/members/invite");
        await inviter.Page.FillAsync("#names", "north-mill\nnobody");
        await inviter.Page.ClickAsync("button[name=check]");
        Assert.Contains("1 of 2 cannot be invited.", await inviter.Page.ContentAsync());
        await inviter.Page.FillAsync("#names", "north-mill");
        await inviter.Page.ClickAsync("main form button:not([name])");
        await invitee.Page.GotoAsync("/console/inbox");
        await invitee.Page.ClickAsync("main table a.button");
        await invitee.Page.ClickAsync("form[action$=agree] button");
        Assert.Equal("joining", await service.Invitee.NotificationStatusAsync());
        await service.WorkAsync();
        await invitee.Page.ReloadAsync();
        await invitee.Page.ClickAsync("a[href$=quit]");
        await invitee.Page.ClickAsync("form[action$=quit] button");
        Assert.Contains("/console/operations/", invitee.Page.Url);
    }

    [Fact(SkipUnless = nameof(HasChromium), Skip = "no Chromium or no axe-core: run make test")]
    public async Task Three_hundred_members_fit_a_narrow_window_without_scrolling_the_page_sideways()
    {
        await using var service = await TestService.StartAsync(change: settings => settings with { Limits = new() { Enterprise = new(1000, 4, 2) } });
        var names = Enumerable.Range(0, 300).Select(i => $"tenant-{i:000}").ToArray();
        await service.AddAccountsAsync(names);
        await service.Inviter.InviteNamesAsync(names);
        await using var window = await chromium.OpenAsync(service, service.Inviter.Token);
        await window.Page.SetViewportSizeAsync(360, 740);
        foreach (var path in (string[])["/console/members", "/console/topology", "/console/services", "/console/inbox", "/console/keys", "/console/members/invite"])
        {
            await window.Page.GotoAsync(path);
            Assert.True(await window.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), path);
        }

        await window.Page.GotoAsync("/console/topology");
        Assert.Equal(60, await window.Page.Locator(".picture a").CountAsync()); // the rest is in the list of members
    }

    public static bool HasChromium => Chromium.Missing is null;

    private static ILocator StateOn(IPage page, string state) => page.Locator("#live .badge").GetByText(state, new() { Exact = true }).First;

    private static async Task TabToAsync(IPage page, string text)
    {
        const int MostTabs = 80;
        for (var tab = 0; tab < MostTabs; tab++)
        {
            await page.Keyboard.PressAsync("Tab");
            if ((await page.EvaluateAsync<string>("document.activeElement.textContent")).StartsWith(text, StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail($"{MostTabs} tabs do not lead to {text}");
    }
}

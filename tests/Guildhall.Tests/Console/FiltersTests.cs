using Guildhall.Identity;

namespace Guildhall.Tests.Console;

/// <summary>Lists show what was asked for, or say why they cannot; names are found as people write them.</summary>
public sealed class FiltersTests
{
    /// <summary>What passed a filter over would show, and export, everything.</summary>
    [Theory]
    [InlineData("members?name={long}", "name has 65 characters, at most 64 are allowed")]
    [InlineData("members?name=a%00b", "name holds a control character")]
    [InlineData("members?state=gone", "state is gone, which is none of those that the page offers")]
    [InlineData("members?sort=colour", "sort is colour, which is none of those that the page offers")]
    [InlineData("members?service={long}", "service has 65 characters, at most 64 are allowed")]
    [InlineData("members.csv?name={long}", "name has 65 characters, at most 64 are allowed")]
    [InlineData("members.csv?state=gone", "state is gone, which is none of those that the page offers")]
    [InlineData("members.json?channel={long}", "channel has 65 characters, at most 64 are allowed")]
    [InlineData("operations?status=7", "status is 7, which is none of those that the page offers")]
    [InlineData("operations?service={long}", "service has 65 characters, at most 64 are allowed")]
    [InlineData("inbox?show=everything", "show is everything, which is none of those that the page offers")]
    [InlineData("accounts?name={long}", "name has 65 characters, at most 64 are allowed")]
    public async Task A_filter_that_cannot_be_is_refused_and_not_passed_over(string path, string why)
    {
        await using var service = await TestService.StartAsync(change: settings => settings with { Operators = new Operators("harbor-trade") });
        await service.Inviter.InviteAsync(service.Invitee);
        var visitor = ConsoleVisitor.With(service, service.Inviter.Token);

        Assert.Equal(422, await visitor.GetAsync("/console/" + path.Replace("{long}", new string('x', 65))));

        Assert.Contains(why, visitor.Page);
        Assert.DoesNotContain("north-mill", visitor.Page);
    }

    [Fact]
    public async Task A_filter_of_what_is_gone_is_shown_as_it_is()
    {
        await using var service = await TestService.StartAsync();
        await service.Inviter.InviteAsync(service.Invitee);
        var visitor = ConsoleVisitor.With(service, service.Inviter.Token);

        await visitor.GetAsync("/console/members?channel=longgone&service=none");

        Assert.Contains("<option value=\"longgone\" selected>longgone</option>", visitor.Page);
        Assert.Contains("<option value=\"none\" selected>none</option>", visitor.Page);
        Assert.Contains("Nobody like that", visitor.Page);
    }

    [Theory]
    [EveryEngine]
    public async Task Names_are_found_whatever_letters_are_capital_on_both_engines(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine, settings => settings with { Operators = new Operators("harbor-trade") });
        string[] names = ["Ärzte", "ÉCLAIR_1", "ΟΔΟΣ", "Иван", "straße", "İzmir"];
        await service.AddAccountsAsync(names);
        Assert.Equal(200, (await service.Inviter.InviteNamesAsync(names)).Status);
        var visitor = ConsoleVisitor.With(service, service.Inviter.Token);
        foreach (var (text, name) in ((string, string)[])
            [("Ärzte", "Ärzte"), ("ärz", "Ärzte"), ("ÄRZ", "Ärzte"), ("éclair_", "ÉCLAIR_1"), ("ÉCL", "ÉCLAIR_1"), ("οδοσ", "ΟΔΟΣ"), ("ИВАН", "Иван"), ("иван", "Иван"), ("STRA", "straße"), ("straße", "straße"), ("zmir", "İzmir")])
        {
            foreach (var list in (string[])["members", "accounts", "members.csv"])
            {
                Assert.Equal(200, await visitor.GetAsync($"/console/{list}?name={Uri.EscapeDataString(text)}"));
                var found = names.Where(one => visitor.Page.Contains($">{one}<", StringComparison.Ordinal) || visitor.Page.Contains($",{one},", StringComparison.Ordinal));
                Assert.True(found.SequenceEqual([name]), $"{text} in {list} finds {string.Join(' ', found)}");
            }
        }

        foreach (var text in (string[])["arzte", "%", "clair%", "rzte_"])
        {
            await visitor.GetAsync($"/console/members?name={Uri.EscapeDataString(text)}");
            Assert.Contains("Nobody like that", visitor.Page);
        }
    }

    [Theory]
    [EveryEngine]
    public async Task A_name_may_have_commas_and_semicolons(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.AddAccountsAsync("Acme, Inc.", "Muller; Sons");
        var visitor = ConsoleVisitor.With(service, service.Inviter.Token);
        await visitor.GetAsync("/console/members/invite");

        Assert.Equal(303, await visitor.SubmitAsync("/console/members/invite", ("place", service.Inviter.ServiceId + "/channel"), ("names", "Acme, Inc.\r\nMuller; Sons\r\nAcme, Inc.")));

        Assert.Equal(["Acme, Inc.", "Muller; Sons"], await service.Inviter.MemberNamesAsync());
    }

    [Theory]
    [EveryEngine]
    public async Task One_organization_is_not_taken_twice(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.InviteAsync(service.Invitee);
        var visitor = ConsoleVisitor.With(service, service.Invitee.Token);
        var here = "/console/inbox/" + await service.Invitee.NotificationIdAsync();
        await visitor.GetAsync(here);
        var organization = ("organization-" + service.Invitee.ServiceId, "organization");

        Assert.Equal(422, await visitor.SubmitAsync(here + "/agree", ("service", service.Invitee.ServiceId), organization, organization));

        Assert.Contains("organization organization is named twice", visitor.Page);
        Assert.Equal("waiting", await service.Invitee.NotificationStatusAsync());
    }
}

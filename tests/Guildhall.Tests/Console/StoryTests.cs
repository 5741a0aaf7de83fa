using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;

namespace Guildhall.Tests.Console;

public sealed class StoryTests
{
    [Theory]
    [EveryEngine]
    public async Task From_the_invitation_to_the_end_by_forms_alone(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var (inviter, invitee) = (ConsoleVisitor.With(service, service.Inviter.Token), ConsoleVisitor.With(service, service.Invitee.Token));

        await inviter.GetAsync("/console/members/invite");
        var place = service.Inviter.ServiceId + "/channel";
        Assert.Equal(422, await inviter.SubmitAsync("/console/members/invite", ("place", place), ("names", "north-mill\r\nnobody\r\nharbor-trade")));
        Assert.Contains("2 of 3 cannot be invited.", inviter.Page);
        Assert.Contains("The invited account does not exist", inviter.Page);
        Assert.Contains("An account cannot invite itself", inviter.Page);
        Assert.Equal(303, await inviter.SubmitAsync("/console/members/invite", ("place", place), ("names", "north-mill\r\n\r\n north-mill ")));
        await inviter.GetAsync(inviter.Location!);
        Assert.Contains("north-mill is invited, and answers in its inbox.", inviter.Page);

        await invitee.GetAsync("/console/inbox");
        Assert.Contains("harbor-trade", invitee.Page);
        var id = await service.Invitee.NotificationIdAsync();
        var here = "/console/inbox/" + id;
        await invitee.GetAsync(here);
        Assert.Contains("harbor-trade invites you to channel channel", invitee.Page);
        Assert.Equal(422, await invitee.SubmitAsync(here + "/agree", ("service", service.Invitee.ServiceId)));
        Assert.Contains("Something has to be chosen first", invitee.Page);
        Assert.Equal(303, await invitee.SubmitAsync(here + "/agree", ("service", service.Invitee.ServiceId), ("organization-" + service.Invitee.ServiceId, "organization")));
        await service.WorkAsync();
        await invitee.GetAsync(here);
        Assert.Contains("Joined", invitee.Page);

        var member = $"/console/members/{service.Inviter.ServiceId}/{id}";
        await invitee.GetAsync(member + "/quit");
        Assert.Contains("Your organizations organization with 1 peers leave channel channel of harbor-trade.", invitee.Page);
        Assert.Equal(303, await invitee.SubmitAsync(member + "/quit"));
        Assert.StartsWith("/console/operations/BCSSVC01-03-", invitee.Location);
        await service.WorkAsync();
        Assert.Equal(200, await invitee.GetAsync(invitee.Location!));
        Assert.Contains("Finished", invitee.Page);

        await inviter.GetAsync(member + "/remove");
        Assert.Contains("Clean up the record?", inviter.Page);
        Assert.Equal(303, await inviter.SubmitAsync(member + "/remove"));
        await inviter.GetAsync("/console/members");
        Assert.Contains("Nobody yet", inviter.Page);
    }

    [Fact]
    public async Task A_service_that_does_not_match_is_shown_with_the_reason_and_one_that_does_can_be_created()
    {
        await using var service = await TestService.StartAsync();
        await service.Inviter.InviteAsync(service.Invitee);
        await service.Invitee.AddServiceAsync("other", traits => traits with { FabricVersion = "1.4" });
        var invitee = ConsoleVisitor.With(service, service.Invitee.Token);
        var id = await service.Invitee.NotificationIdAsync();

        await invitee.GetAsync("/console/inbox/" + id);
        Assert.Contains("its Fabric version is 1.4, the inviter&#x27;s is 2.2", invitee.Page);

        await invitee.GetAsync("/console/services/new?for=" + id);
        Assert.Equal(303, await invitee.SubmitAsync("/console/services/new", ("name", "matching"), ("database_type", "goleveldb"), ("organization-0", "mill-org"), ("peers-0", "1")));
        await invitee.GetAsync(invitee.Location!);
        Assert.Contains("<bdi>matching</bdi>", invitee.Page);
    }

    [Fact]
    public async Task Why_an_invitee_rejects_is_read_by_the_inviter_and_one_that_is_too_long_is_told_at_the_field()
    {
        await using var service = await TestService.StartAsync();
        await service.Inviter.InviteAsync(service.Invitee);
        var (inviter, invitee) = (ConsoleVisitor.With(service, service.Inviter.Token), ConsoleVisitor.With(service, service.Invitee.Token));
        var here = "/console/inbox/" + await service.Invitee.NotificationIdAsync();

        await invitee.GetAsync(here);
        Assert.Equal(422, await invitee.SubmitAsync(here + "/reject", ("reason", new string('x', 257))));
        Assert.Matches("id=\"reason\"[^>]* aria-invalid=\"true\"", invitee.Page);
        Assert.Contains("reason has 257 characters, at most 256 are allowed", invitee.Page);
        Assert.Equal("waiting", await service.Invitee.NotificationStatusAsync());
        Assert.Equal(303, await invitee.SubmitAsync(here + "/reject", ("reason", "no <peers> to spare")));
        await invitee.GetAsync(here);
        Assert.Contains("no &lt;peers&gt; to spare", invitee.Page);

        foreach (var path in (string[])["/console/members", here.Replace("inbox", "members/" + service.Inviter.ServiceId)])
        {
            await inviter.GetAsync(path);
            Assert.Contains("<bdi>no &lt;peers&gt; to spare</bdi>", inviter.Page);
        }

        await inviter.GetAsync("/console/members.csv");
        Assert.EndsWith(",no <peers> to spare\r\n", inviter.Page);
        await inviter.GetAsync("/console/members.json");
        Assert.Contains("\"reason\": \"no \\u003Cpeers\\u003E to spare\"", inviter.Page);
    }

    [Fact]
    public async Task A_failing_step_shows_its_reason_and_what_happens_next()
    {
        await using var service = await TestService.StartAsync();
        service.Network["channel"] = new(TimeSpan.Zero, "the <orderer> is down");
        await service.Inviter.InviteAsync(service.Invitee);
        await service.Invitee.AgreeAsync();
        await service.WorkAsync();
        var visitor = ConsoleVisitor.With(service, service.Invitee.Token);

        await visitor.GetAsync("/console/operations");
        await visitor.GetAsync(Regex.Match(visitor.Page, "/console/operations/BCSSVC01-05-[0-9]+", RegexOptions.None, TimeSpan.FromSeconds(1)).Value);

        Assert.Contains("the &lt;orderer&gt; is down", visitor.Page);
        Assert.Contains("Failed 1 times so far", visitor.Page);
        Assert.Contains("It is tried again by itself", visitor.Page);
        Assert.Contains("<noscript><meta http-equiv=\"refresh\" content=\"5\"", visitor.Page);
    }

    [Fact]
    public async Task Deleting_a_service_says_what_it_dissolves_and_asks_for_its_name()
    {
        await using var service = await TestService.StartAsync();
        await service.JoinAsync(service.Invitee);
        await service.Inviter.InviteAsync(service.Third);
        var visitor = ConsoleVisitor.With(service, service.Inviter.Token);
        var path = $"/console/services/{service.Inviter.ServiceId}/delete";
        await visitor.GetAsync(path);
        Assert.Contains("1 invitations that wait are cancelled", visitor.Page);
        Assert.Contains("1 memberships are dissolved", visitor.Page);

        Assert.Equal(422, await visitor.SubmitAsync(path, ("name", "mill")));
        Assert.Equal(303, await visitor.SubmitAsync(path, ("name", "harbor")));

        Assert.Equal(["released"], await service.Invitee.MemberStatesAsync());
    }

    [Fact]
    public async Task The_request_beside_each_form_does_the_same()
    {
        await using var service = await TestService.StartAsync();
        var (inviter, invitee) = (ConsoleVisitor.With(service, service.Inviter.Token), ConsoleVisitor.With(service, service.Invitee.Token));

        await inviter.GetAsync("/console/members/invite");
        Assert.Equal("""{"result":"success"}""", await RunAsync(inviter, service.Inviter));
        await invitee.GetAsync("/console/inbox/" + await service.Invitee.NotificationIdAsync());
        Assert.Equal("""{"result":"success"}""", await RunAsync(invitee, service.Invitee));
        await service.WorkAsync();
        await inviter.GetAsync("/console/members");
        Assert.Contains("\"status\":\"agreed\"", await RunAsync(inviter, service.Inviter));
        var member = $"/console/members/{service.Inviter.ServiceId}/{await service.Invitee.NotificationIdAsync()}";
        await invitee.GetAsync(member + "/quit");
        Assert.Contains("operation_id", await RunAsync(invitee, service.Invitee));
        await service.WorkAsync();
        await invitee.GetAsync("/console/operations");
        Assert.Contains("BCSSVC01-03-", await RunAsync(invitee, service.Invitee));
        await inviter.GetAsync(member + "/remove");
        Assert.Equal("""{"result":"success"}""", await RunAsync(inviter, service.Inviter));
        await inviter.GetAsync("/console/services");
        Assert.Contains("\"name\":\"harbor\"", await RunAsync(inviter, service.Inviter));
        await inviter.GetAsync($"/console/services/{service.Inviter.ServiceId}");
        Assert.Contains("operation_id", await RunAsync(inviter, service.Inviter, index: 1));
        await inviter.GetAsync("/console/keys");
        Assert.Contains("\"credentials\":[]", await RunAsync(inviter, service.Inviter));
    }

    /// <summary>Runs what the page prints, in bash.</summary>
    private static async Task<string> RunAsync(ConsoleVisitor visitor, Person person, int index = 0)
    {
        var printed = Regex.Match(visitor.Page, $"<pre id=\"request-page-{index}\"[^>]*>(?<curl>[^<]*)</pre>", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Groups["curl"].Value;
        Assert.StartsWith("curl ", printed);
        var start = new ProcessStartInfo("bash", ["-c", WebUtility.HtmlDecode(printed)]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["TOKEN"] = person.Token;
        using var bash = Process.Start(start)!;
        var (output, _) = (bash.StandardOutput.ReadToEndAsync(), bash.StandardError.ReadToEndAsync());
        await bash.WaitForExitAsync();
        return await output;
    }
}

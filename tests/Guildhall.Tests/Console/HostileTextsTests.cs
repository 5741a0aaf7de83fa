using System.Net;
using System.Text.RegularExpressions;
using Guildhall.Outbox;

namespace Guildhall.Tests.Console;

/// <summary>Names and error texts that are to mislead who looks at a page.</summary>
public sealed class HostileTextsTests
{
    private const string Name = "mill\u200B\u202Eevil\u2068x\u2069\U000E0041";
    private const string Printed = @"mill\u{200B}\u{202E}evil\u{2068}x\u{2069}\u{E0041}";

    [Fact]
    public async Task Names_are_written_out_on_every_page_that_has_them()
    {
        await using var service = await TestService.StartAsync();
        var person = await service.AddPersonAsync(Name, "works\u00AD", isInvitee: true);
        Assert.Equal(200, (await service.Inviter.InviteAsync(person)).Status);
        var (invited, inviter) = (ConsoleVisitor.With(service, person.Token), ConsoleVisitor.With(service, service.Inviter.Token));

        await SeeAsync(invited, "/console/inbox/" + await person.NotificationIdAsync(), Printed);
        await SeeAsync(invited, "/console/services", @"works\u{AD}");
        foreach (var path in (string[])["/console/members", "/console/topology", "/console/topology/" + service.Inviter.ServiceId + ".svg", "/console/services/" + service.Inviter.ServiceId + "/channels/channel"])
        {
            await SeeAsync(inviter, path, Printed);
        }
    }

    [Fact]
    public async Task What_a_node_answers_is_written_out()
    {
        await using var service = await TestService.StartAsync();
        service.Network["channel"] = new EmulatedNetwork.Trouble(TimeSpan.Zero, "\e[31mthe orderer says: \u202Eysae");
        await service.Inviter.InviteAsync(service.Invitee);
        Assert.Equal(200, (await service.Invitee.AgreeAsync()).Status);
        await service.WorkAsync();
        var visitor = ConsoleVisitor.With(service, service.Invitee.Token);

        await SeeAsync(visitor, "/console/operations", @"\u{1B}[31mthe orderer says: \u{202E}ysae");
        var operation = Regex.Match(visitor.Page, "/console/operations/BCSSVC01-05-[0-9]+", RegexOptions.None, TimeSpan.FromSeconds(1)).Value;
        await SeeAsync(visitor, operation, @"\u{1B}[31mthe orderer says: \u{202E}ysae");
    }

    [Fact]
    public void A_name_that_is_written_out_in_a_form_is_the_same_name_when_it_is_sent()
    {
        Assert.Equal("\u202Ea \\u{41}", new Guildhall.Console.Form(new() { ["name"] = @" \u{202E}a \u{41} " }, [])["name"]);
        Assert.Equal(["\u200B"], new Guildhall.Console.Form(new() { ["organization"] = @"\u{200B}" }, []).All("organization"));
        Assert.Equal(@"\u{202E}a", new Guildhall.Console.Form(new() { ["password"] = @"\u{202E}a" }, []).Exactly("password"));
    }

    private static async Task SeeAsync(ConsoleVisitor visitor, string path, string printed)
    {
        Assert.Equal(200, await visitor.GetAsync(path));
        var page = WebUtility.HtmlDecode(visitor.Page);
        Assert.Contains(printed, page, StringComparison.Ordinal);
        Assert.DoesNotContain(page.EnumerateRunes(), rune => rune.Value != '\n' && rune.Value is not (0x2068 or 0x2069) && PrintableText.IsHidden(rune.Value));
        Assert.DoesNotContain("\u2068x\u2069", page, StringComparison.Ordinal);
    }
}

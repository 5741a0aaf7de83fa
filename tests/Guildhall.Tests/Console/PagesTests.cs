using System.Text.RegularExpressions;
using Guildhall.Tests.Fabric;

namespace Guildhall.Tests.Console;

public sealed partial class PagesTests
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>Pages of the inviter: {service} and {member} are its own.</summary>
    private static readonly string[] Own =
    [
        "/console/services/{service}", "/console/services/{service}/delete", "/console/services/{service}/channels/channel", "/console/services/{service}/network", "/console/topology/{service}",
        "/console/topology/{service}.svg", "/console/members/{service}/{member}", "/console/members/{service}/{member}/remove",
    ];

    /// <summary>Pages that everyone has.</summary>
    private static readonly string[] Common =
    [
        "/console/inbox", "/console/inbox?show=all", "/console/inbox?show=hidden", "/console/members", "/console/members?sort=-state&name=mill&page=2",
        "/console/members.csv", "/console/members.json", "/console/topology", "/console/services", "/console/operations", "/console/keys", "/console/you", "/console/project",
    ];

    /// <summary>A request to the inviter's organization.</summary>
    private const string Signature = "/console/inbox/signatures/" + AskedToSign.Id;

    [Theory]
    [EveryEngine]
    public async Task Every_page_and_every_kind_of_caller(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.InviteAsync(service.Invitee);
        await AskedToSign.AskAsync(service);
        await service.AddUserAsync(service.Inviter.AccountId, "reader-id", "reader", "reader");
        await service.AddTokenAsync("reader", service.Inviter.AccountId, "reader-id", service.Inviter.ProjectId);
        await service.AddTokenAsync("unscoped", service.Inviter.AccountId, service.Inviter.UserId, null);
        var member = await service.Invitee.NotificationIdAsync();
        string[] paths = [.. Common, .. Own.Select(path => path.Replace("{service}", service.Inviter.ServiceId).Replace("{member}", member)), "/console/inbox/" + member, "/console/inbox/signatures", Signature, Signature + "/request.json", "/console/members/invite", "/console/services/new", "/console/nothing"];
        var table = new List<string>();
        foreach (var path in paths)
        {
            var row = new List<int>();
            foreach (var token in (string?[])[null, "unscoped", "reader", service.Inviter.Token, service.Invitee.Token, service.Third.Token])
            {
                var visitor = token is null ? new ConsoleVisitor(service) : ConsoleVisitor.With(service, token);
                row.Add(await visitor.GetAsync(path));
            }

            table.Add($"{path.Replace(service.Inviter.ServiceId, "{service}").Replace(member, "{member}"),-62} {string.Join("  ", row)}");
        }

        Assert.Equal(
            """
            path                                                           nobody  no project  reader  inviter  invitee  third
            /console/inbox                                                 303  303  200  200  200  200
            /console/inbox?show=all                                        303  303  200  200  200  200
            /console/inbox?show=hidden                                     303  303  200  200  200  200
            /console/members                                               303  303  200  200  200  200
            /console/members?sort=-state&name=mill&page=2                  303  303  200  200  200  200
            /console/members.csv                                           303  303  200  200  200  200
            /console/members.json                                          303  303  200  200  200  200
            /console/topology                                              303  303  200  200  200  200
            /console/services                                              303  303  200  200  200  200
            /console/operations                                            303  303  200  200  200  200
            /console/keys                                                  303  200  200  200  200  200
            /console/you                                                   303  200  200  200  200  200
            /console/project                                               303  200  200  200  200  200
            /console/services/{service}                                    303  303  200  200  404  404
            /console/services/{service}/delete                             303  303  403  200  404  404
            /console/services/{service}/channels/channel                   303  303  200  200  404  404
            /console/services/{service}/network                            303  303  200  200  404  404
            /console/topology/{service}                                    303  303  200  200  200  404
            /console/topology/{service}.svg                                303  303  200  200  200  404
            /console/members/{service}/{member}                            303  303  200  200  200  404
            /console/members/{service}/{member}/remove                     303  303  403  200  200  404
            /console/inbox/{member}                                        303  303  404  404  200  404
            /console/inbox/signatures                                      303  303  200  200  200  200
            /console/inbox/signatures/019b0000-0000-7000-8000-000000000001 303  303  200  200  404  404
            /console/inbox/signatures/019b0000-0000-7000-8000-000000000001/request.json 303  303  200  200  404  404
            /console/members/invite                                        303  303  403  200  200  200
            /console/services/new                                          303  303  403  200  200  200
            /console/nothing                                               303  404  404  404  404  404
            """.Split('\n', 2)[1],
            string.Join('\n', table));
    }

    [Theory]
    [EveryEngine]
    public async Task Every_form_and_every_kind_of_caller(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.InviteAsync(service.Invitee);
        await AskedToSign.AskAsync(service);
        var member = await service.Invitee.NotificationIdAsync();
        await service.AddUserAsync(service.Inviter.AccountId, "reader-id", "reader", "reader");
        await service.AddTokenAsync("reader", service.Inviter.AccountId, "reader-id", service.Inviter.ProjectId);
        var id = service.Inviter.ServiceId;
        string[] paths =
        [
            "members/invite", $"members/{id}/{member}/remove", $"members/{id}/{member}/quit", $"inbox/{member}/agree", $"inbox/{member}/reject", $"inbox/{member}/mark", $"inbox/signatures/{AskedToSign.Id}/sign", $"inbox/signatures/{AskedToSign.Id}/decline",
            "services/new", $"services/{id}/delete", $"services/{id}/organizations", $"services/{id}/network", $"services/{id}/network/detach", $"services/{id}/channels", $"services/{id}/channels/channel/peers",
            $"services/{id}/channels/channel/peers/quit", $"services/{id}/channels/channel/organizations/quit", $"services/{id}/channels/channel/delete",
        ];
        var before = await service.CountAsync("SELECT count(*) FROM operations");
        foreach (var path in paths)
        {
            foreach (var (token, expected) in ((string?, int[])[])[(null, [303]), ("reader", [403]), (service.Third.Token, [404, 422])])
            {
                var visitor = token is null ? new ConsoleVisitor(service) : ConsoleVisitor.With(service, token);
                await visitor.GetAsync(token is null ? "/console/sign-in" : "/console/you");
                var code = visitor.HiddenOf("/console/language").First();
                var status = await visitor.PostAsync("/console/" + path, [code, ("shown", "00"), ("organization", "organization"), ("peers", "1"), ("name", "trade"), ("service", service.Third.ServiceId), ($"organization-{service.Third.ServiceId}", "organization")]);
                Assert.True(expected.Contains(status), $"{path} answered {status} to {token ?? "nobody"}");
            }
        }

        Assert.Equal(before, await service.CountAsync("SELECT count(*) FROM operations"));
        Assert.Equal("waiting", await service.Invitee.NotificationStatusAsync());
    }

    [Fact]
    public async Task Every_page_runs_and_loads_nothing_but_this_servers_files()
    {
        await using var service = await TestService.StartAsync();
        await service.Inviter.InviteAsync(service.Invitee);
        var member = await service.Invitee.NotificationIdAsync();
        var visitor = ConsoleVisitor.With(service, service.Inviter.Token);
        foreach (var path in (string[])[.. Common, .. Own.Select(path => path.Replace("{service}", service.Inviter.ServiceId).Replace("{member}", member)), "/console/nothing"])
        {
            await visitor.GetAsync(path);
            var page = visitor.Page;
            Assert.Equal(Policy, visitor.Last.Headers.GetValues("Content-Security-Policy").Single());
            Assert.Equal("DENY", visitor.Last.Headers.GetValues("X-Frame-Options").Single());
            Assert.Equal("no-store", visitor.Last.Headers.CacheControl!.ToString());
            Assert.DoesNotContain("<style", page);
            Assert.DoesNotContain(" style=", page);
            Assert.DoesNotMatch(" on[a-z]+=", page.Replace(" on the", "", StringComparison.Ordinal));
            Assert.DoesNotMatch("""(src|href|action)="(?!/|#)""", page);
            Assert.DoesNotMatch("<script(?! src=\"/console/assets/)", page);
        }
    }

    [Fact]
    public async Task The_first_view_is_small_and_is_kept_by_the_browser()
    {
        await using var service = await TestService.StartAsync();
        var visitor = ConsoleVisitor.With(service, service.Inviter.Token);
        await visitor.GetAsync("/console/inbox");
        var size = visitor.Page.Length;
        foreach (var asset in Asset().Matches(visitor.Page).Select(match => match.Groups["address"].Value).ToArray())
        {
            Assert.Equal(200, await visitor.GetAsync(asset));
            size += visitor.Page.Length;
            Assert.Equal("public, max-age=31536000, immutable", visitor.Last.Headers.CacheControl!.ToString());
            var tag = visitor.Last.Headers.ETag!.ToString();
            Assert.DoesNotContain("W/", tag);
            Assert.Equal(304, await visitor.GetAsync(asset, ("If-None-Match", tag)));
        }

        Assert.InRange(size, 10_000, 100_000);
    }

    [Fact]
    public async Task Names_that_are_markup_or_run_from_right_to_left_are_harmless()
    {
        await using var service = await TestService.StartAsync();
        const string Markup = "<script>alert(1)</script>\"'&";
        const string Turned = "\u202Eevil\u202C שלום";
        foreach (var name in (string[])[Markup, Turned])
        {
            var person = await service.AddPersonAsync(name, "mill", isInvitee: true);
            Assert.Equal(200, (await service.Inviter.InviteAsync(person)).Status);
            var invited = ConsoleVisitor.With(service, person.Token);
            Assert.Equal(200, await invited.GetAsync("/console/inbox/" + await person.NotificationIdAsync()));
        }

        var visitor = ConsoleVisitor.With(service, service.Inviter.Token);
        foreach (var path in (string[])["/console/members", "/console/topology", "/console/topology/" + service.Inviter.ServiceId + ".svg", "/console/services/" + service.Inviter.ServiceId + "/channels/channel"])
        {
            Assert.Equal(200, await visitor.GetAsync(path));
            Assert.DoesNotContain("<script>", visitor.Page);
            Assert.DoesNotContain("\"'&", visitor.Page);
        }

        await visitor.GetAsync("/console/members?name=evil");
        Assert.Contains("\u2068\\u{202E}evil\\u{202C} שלום\u2069", System.Net.WebUtility.HtmlDecode(visitor.Page));
    }

    [Theory]
    [InlineData("zh-CN,zh;q=0.9,en;q=0.8", "收件箱")]
    [InlineData("en-GB,en", "Inbox")]
    [InlineData("de, zh;q=0.5", "收件箱")]
    [InlineData("fr", "Inbox")]
    [InlineData("not a language;;q=x", "Inbox")]
    public async Task Pages_speak_the_browsers_language(string accepted, string inbox)
    {
        await using var service = await TestService.StartAsync();
        var visitor = ConsoleVisitor.With(service, service.Inviter.Token);

        await visitor.GetAsync("/console/inbox", ("Accept-Language", accepted));

        Assert.Contains($"<h1>{inbox}</h1>", visitor.Page);
    }

    [Fact]
    public async Task A_language_that_is_chosen_is_remembered()
    {
        await using var service = await TestService.StartAsync();
        var visitor = ConsoleVisitor.With(service, service.Inviter.Token);
        await visitor.GetAsync("/console/inbox", ("Accept-Language", "en"));

        Assert.Equal(303, await visitor.SubmitAsync("/console/language"));
        await visitor.GetAsync(visitor.Location!, ("Accept-Language", "en"));

        Assert.Contains("<html lang=\"zh\">", visitor.Page);
        Assert.Contains("<h1>收件箱</h1>", visitor.Page);
    }

    [GeneratedRegex("""(src|href)="(?<address>/console/assets/[^"]*)" """, RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Asset();
}

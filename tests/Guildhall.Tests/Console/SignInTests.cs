using Guildhall.Identity;
using Guildhall.Tests.Identity;

namespace Guildhall.Tests.Console;

public sealed class SignInTests
{
    private const string Password = "correct horse";

    [Theory]
    [EveryEngine]
    public async Task A_user_signs_in_by_password_and_is_in_its_only_project(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await KeystoneTests.AddUserAsync(service, "alice");
        var visitor = new ConsoleVisitor(service);

        Assert.Equal(303, await visitor.GetAsync("/console/members?state=agreed"));
        Assert.Equal("/console/sign-in?to=%2Fconsole%2Fmembers%3Fstate%3Dagreed", visitor.Location);
        Assert.Equal(200, await visitor.GetAsync(visitor.Location!));
        Assert.Equal(303, await SignInAsync(visitor));

        Assert.Equal("/console/members?state=agreed", visitor.Location);
        var session = Assert.Single(visitor.SetCookies, cookie => cookie.StartsWith("guildhall-session=", StringComparison.Ordinal));
        Assert.Matches("^guildhall-session=[A-Za-z0-9_-]{43}; max-age=86400; path=/; samesite=lax; httponly$", session);
        Assert.Equal(200, await visitor.GetAsync("/console/members"));
    }

    /// <summary>A page that asked for news with the session of before must not end the one that came after it.</summary>
    [Theory]
    [EveryEngine]
    public async Task A_request_that_is_under_way_while_a_project_is_chosen_does_not_sign_out(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var underWay = ConsoleVisitor.With(service, service.Inviter.Token);
        var visitor = ConsoleVisitor.With(service, service.Inviter.Token);
        await visitor.GetAsync("/console/project?to=/console/members");
        Assert.Equal(303, await visitor.SubmitAsync("/console/project"));

        await underWay.GetAsync("/console/members");

        Assert.Equal(("/console/sign-in?to=%2Fconsole%2Fmembers", 0), (underWay.Location, underWay.SetCookies.Count));
        Assert.Equal(303, await visitor.GetAsync(underWay.Location!));
        Assert.Equal("/console/members", visitor.Location);
        Assert.Equal(200, await visitor.GetAsync(visitor.Location!));
        Assert.DoesNotContain("Your session has ended", visitor.Page);
    }

    [Fact]
    public async Task A_wrong_password_is_told_without_saying_which_part_is_wrong()
    {
        await using var service = await TestService.StartAsync();
        await KeystoneTests.AddUserAsync(service, "alice");
        var visitor = new ConsoleVisitor(service);
        await visitor.GetAsync("/console/sign-in");

        Assert.Equal(401, await SignInAsync(visitor, password: "wrong horse"));
        Assert.Contains("The username or password is wrong.", visitor.Page);
        var first = visitor.Page[visitor.Page.IndexOf("role=\"alert\"", StringComparison.Ordinal)..].Split("</div>")[0];
        Assert.Equal(401, await SignInAsync(visitor, user: "nobody"));
        Assert.Equal(first, visitor.Page[visitor.Page.IndexOf("role=\"alert\"", StringComparison.Ordinal)..].Split("</div>")[0]);
        Assert.DoesNotContain("horse", visitor.Page);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/console")]
    [InlineData("/console/../../evil")]
    [InlineData("/console//evil.example")]
    [InlineData("/consolevil")]
    [InlineData("/console\\evil.example")]
    [InlineData("/v2/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/console/\r\nSet-Cookie: a=b")]
    public async Task Signing_in_leads_to_no_other_place(string to)
    {
        await using var service = await TestService.StartAsync();
        await KeystoneTests.AddUserAsync(service, "alice");
        var visitor = new ConsoleVisitor(service);
        await visitor.GetAsync("/console/sign-in?to=" + Uri.EscapeDataString(to));
        var fields = visitor.HiddenOf("/console/sign-in").Where(field => field.Name != "to").ToArray();

        await visitor.PostAsync("/console/sign-in", [.. fields, ("account", "harbor-trade"), ("user", "alice"), ("password", Password), ("to", to)]);

        Assert.Equal("/console", visitor.Location);
    }

    [Fact]
    public async Task Where_a_proxy_speaks_tls_the_cookie_is_secure_and_of_this_host_alone()
    {
        await using var service = await TestService.StartAsync(change: settings => settings with { TrustedProxies = [System.Net.IPNetwork.Parse("127.0.0.1/32")] });
        await KeystoneTests.AddUserAsync(service, "alice");
        var visitor = new ConsoleVisitor(service);
        (string, string)[] outside = [("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "203.0.113.9"), ("Host", "guild.example")];
        await visitor.GetAsync("/console/sign-in", outside);

        await visitor.PostAsync("/console/sign-in", [.. visitor.HiddenOf("/console/sign-in"), ("account", "harbor-trade"), ("user", "alice"), ("password", Password)], outside);

        Assert.Contains(visitor.SetCookies, cookie =>
            cookie.StartsWith("__Host-guildhall-session=", StringComparison.Ordinal) && cookie.EndsWith("; path=/; secure; samesite=lax; httponly", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Over_plain_http_from_elsewhere_no_password_is_taken()
    {
        await using var service = await TestService.StartAsync();
        var visitor = new ConsoleVisitor(service);

        Assert.Equal(200, await visitor.GetAsync("/console/sign-in", ("Host", "guild.example")));

        Assert.Contains("Passwords would travel readable", visitor.Page);
        Assert.DoesNotContain("type=\"password\"", visitor.Page);
    }

    [Theory]
    [EveryEngine]
    public async Task Signing_out_ends_the_token(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var visitor = ConsoleVisitor.With(service, service.Inviter.Token);
        await visitor.GetAsync("/console/members");

        Assert.Equal(303, await visitor.SubmitAsync("/console/sign-out"));

        Assert.Equal("/console/sign-in", visitor.Location);
        Assert.Equal(401, (await service.Inviter.GetAsync("members")).Status);
    }

    [Theory]
    [EveryEngine]
    public async Task Signing_out_everywhere_ends_all_tokens_of_the_user_and_of_no_one_else(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var inviter = service.Inviter;
        await service.AddTokenAsync("another", inviter.AccountId, inviter.UserId, inviter.ProjectId);
        var (here, there) = (ConsoleVisitor.With(service, inviter.Token), ConsoleVisitor.With(service, "another"));
        Assert.Equal(200, await there.GetAsync("/console/members"));
        await here.GetAsync("/console/you");

        await here.SubmitAsync("/console/sign-out-everywhere");

        Assert.Equal(401, (await inviter.GetAsync("members")).Status);
        Assert.Equal(303, await there.GetAsync("/console/members"));
        Assert.Equal(200, (await service.Invitee.GetAsync("members")).Status);
    }

    [Fact]
    public async Task A_session_ends_when_its_token_expires_or_its_user_is_disabled()
    {
        await using var service = await TestService.StartAsync();
        var person = service.Inviter;
        await service.AddTokenAsync("short", person.AccountId, person.UserId, person.ProjectId, TimeSpan.FromHours(1));
        var (shortly, other) = (ConsoleVisitor.With(service, "short"), ConsoleVisitor.With(service, person.Token));
        Assert.Equal(200, await shortly.GetAsync("/console/inbox"));
        Assert.Equal(200, await other.GetAsync("/console/inbox"));

        service.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(303, await shortly.GetAsync("/console/inbox"));
        Assert.Equal(200, await other.GetAsync("/console/inbox"));

        await service.Services.GetRequiredService<Accounts>().SetUserEnabledAsync(person.AccountName, "admin-user", isEnabled: false, CancellationToken.None);
        Assert.Equal(303, await other.GetAsync("/console/inbox"));
        Assert.Equal("/console/sign-in?to=%2Fconsole%2Finbox", other.Location);
    }

    [Theory]
    [EveryEngine]
    public async Task A_session_changes_its_project_and_not_to_one_of_others(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var accounts = service.Services.GetRequiredService<Accounts>();
        Assert.False((await accounts.CreateProjectAsync("harbor-trade", "eu-west-1", CancellationToken.None)).IsRefused(out _, out var second));
        await KeystoneTests.AddUserAsync(service, "alice");
        var visitor = new ConsoleVisitor(service);
        await visitor.GetAsync("/console/sign-in");
        await SignInAsync(visitor);
        Assert.Equal("/console/project?to=%2Fconsole", visitor.Location);
        Assert.Equal(303, await visitor.GetAsync("/console/members"));
        Assert.Equal("/console/project", visitor.Location);
        await visitor.GetAsync("/console/project");
        var form = visitor.HiddenOf("/console/project").ToArray();

        Assert.Equal(401, await visitor.PostAsync("/console/project", [form[0], ("project", service.Invitee.ProjectId)]));
        Assert.Equal(303, await visitor.PostAsync("/console/project", [form[0], ("project", second.Id)]));

        Assert.Equal(200, await visitor.GetAsync("/console/services"));
        Assert.Contains("No service yet", visitor.Page);
        Assert.Contains("<bdi>eu-west-1</bdi>", visitor.Page);
    }

    private static Task<int> SignInAsync(ConsoleVisitor visitor, string user = "alice", string password = Password) =>
        visitor.SubmitAsync("/console/sign-in", ("account", "harbor-trade"), ("user", user), ("password", password));
}

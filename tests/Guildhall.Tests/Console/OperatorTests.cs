using System.Text.RegularExpressions;
using Guildhall.Identity;

namespace Guildhall.Tests.Console;

/// <summary>The operator's administrators manage accounts, projects and users; nobody else gets to see that there are any.</summary>
public sealed partial class OperatorTests
{
    [Theory]
    [EveryEngine]
    public async Task An_account_is_created_with_a_project_and_a_user_who_signs_in_with_the_password_that_is_shown_once(Engine engine)
    {
        await using var service = await StartAsync(engine);
        var visitor = ConsoleVisitor.With(service, service.Inviter.Token);

        await visitor.GetAsync("/console/accounts");
        Assert.Contains("<bdi>north-mill</bdi>", visitor.Page);
        Assert.Equal(303, await visitor.SubmitAsync("/console/accounts", ("name", "west works")));
        var here = visitor.Location!;
        await visitor.GetAsync(here);
        Assert.Contains("Account west works is created.", visitor.Page);
        Assert.Equal(303, await visitor.SubmitAsync(here + "/projects", ("name", "cn-north-4")));
        await visitor.GetAsync(here);
        var twice = visitor.HiddenOf(here + "/users").ToArray();
        Assert.Equal(200, await visitor.SubmitAsync(here + "/users", ("name", "bob"), ("role", "reader")));
        var password = ShownPassword().Match(visitor.Page).Groups["password"].Value;
        Assert.NotEmpty(password);
        Assert.Equal(422, await visitor.PostAsync(here + "/users", [.. twice, ("name", "eve"), ("role", "admin")]));
        Assert.DoesNotContain("<bdi>eve</bdi>", visitor.Page);
        Assert.DoesNotContain(password, visitor.Page);

        Assert.Equal(303, await SignInAsync(service, "west works", "bob", password));
        var bob = BobsForms().Match(visitor.Page).Groups["user"].Value;
        Assert.Equal(422, await visitor.SubmitAsync($"{here}/users/{bob}/password"));
        Assert.Contains("Say whether the user&#x27;s access keys end too", visitor.Page);
        Assert.Equal(200, await visitor.SubmitAsync($"{here}/users/{bob}/password", ("keys", "end")));
        var renewed = ShownPassword().Match(visitor.Page).Groups["password"].Value;
        Assert.NotEqual(303, await SignInAsync(service, "west works", "bob", password));
        Assert.Equal(303, await SignInAsync(service, "west works", "bob", renewed));

        await visitor.GetAsync(here);
        Assert.Equal(303, await visitor.PostAsync($"{here}/users/{bob}/enabled", [.. visitor.HiddenOf($"{here}/users/{bob}/enabled")]));
        Assert.NotEqual(303, await SignInAsync(service, "west works", "bob", renewed));
        await visitor.GetAsync(here);
        Assert.Contains("It is disabled.", visitor.Page);
        Assert.Equal(303, await visitor.SubmitAsync(here + "/enabled"));
        await visitor.GetAsync(here);
        Assert.Contains("name=\"enabled\" value=\"1\"", visitor.Page);
    }

    [Fact]
    public async Task A_name_from_before_that_deceives_is_marked()
    {
        await using var service = await StartAsync();
        await service.ExecuteAsync("UPDATE accounts SET name = @name WHERE id = @id", ("name", "north-mі11"), ("id", service.Third.AccountId));
        var visitor = ConsoleVisitor.With(service, service.Inviter.Token);

        await visitor.GetAsync("/console/accounts");

        Assert.Matches("<bdi>north-m(і|&#x456;)11</bdi>(&#32;| )<span class=\"badge tone-bad\" title=\"It mixes letters of several scripts, which may look alike.\">Deceptive name</span>", visitor.Page);
        Assert.DoesNotMatch("<bdi>north-mill</bdi>[^<]*<span class=\"badge tone-bad\"", visitor.Page);
    }

    [Fact]
    public async Task What_cannot_be_is_told_beside_its_field()
    {
        await using var service = await StartAsync();
        var visitor = ConsoleVisitor.With(service, service.Inviter.Token);
        var here = "/console/accounts/" + service.Invitee.AccountId;

        await visitor.GetAsync("/console/accounts");
        Assert.Equal(422, await visitor.SubmitAsync("/console/accounts", ("name", "north-mill")));
        Assert.Matches("id=\"name-problem\" role=\"alert\">The name is taken: <bdi>there is an account north-mill already", visitor.Page);
        Assert.Equal(422, await visitor.SubmitAsync("/console/accounts", ("name", "north-miII")));
        Assert.Contains("it looks like north-mill", visitor.Page);
        Assert.Equal(422, await visitor.SubmitAsync("/console/accounts", ("name", "mill\u200B")));
        Assert.Contains("it has U&#x2B;200B, which cannot be seen or does not belong into a name", visitor.Page);
        await visitor.GetAsync(here);
        Assert.Equal(422, await visitor.SubmitAsync(here + "/projects", ("name", "cn-north-4")));
        Assert.Contains("id=\"project-problem\"", visitor.Page);
        Assert.Equal(422, await visitor.SubmitAsync(here + "/users", ("name", "admin-user"), ("role", "admin")));
        Assert.Contains("id=\"user-problem\"", visitor.Page);
    }

    [Fact]
    public async Task Nobody_shuts_itself_out()
    {
        await using var service = await StartAsync();
        var visitor = ConsoleVisitor.With(service, service.Inviter.Token);
        var here = "/console/accounts/" + service.Inviter.AccountId;
        await visitor.GetAsync(here);

        Assert.Equal(422, await visitor.SubmitAsync(here + "/enabled"));
        Assert.Contains("You cannot shut yourself out", visitor.Page);
        Assert.Equal(422, await visitor.SubmitAsync($"{here}/users/{service.Inviter.UserId}/enabled"));
        Assert.Equal(200, await visitor.GetAsync(here));
    }

    [Theory]
    [InlineData("harbor-trade", 403)]
    [InlineData(null, 403)]
    [InlineData("Harbor-Trade", 403)]
    public async Task Everybody_else_is_refused_every_page_and_every_form(string? account, int refused)
    {
        await using var service = await TestService.StartAsync(change: settings => settings with { Operators = new Operators(account) });
        await service.AddUserAsync(service.Inviter.AccountId, "reader-id", "reader", "reader");
        await service.AddTokenAsync("reader", service.Inviter.AccountId, "reader-id", service.Inviter.ProjectId);
        var (id, user, project) = (service.Third.AccountId, service.Third.UserId, service.Third.ProjectId);
        string[] pages = ["accounts", $"accounts/{id}"];
        string[] forms = ["accounts", $"accounts/{id}/enabled", $"accounts/{id}/projects", $"accounts/{id}/projects/{project}/enabled", $"accounts/{id}/users", $"accounts/{id}/users/{user}/enabled", $"accounts/{id}/users/{user}/password"];
        var before = await service.CountAsync(Everything);
        foreach (var token in (string?[])[null, "reader", service.Third.Token, .. account == "harbor-trade" ? [] : new[] { service.Inviter.Token }])
        {
            var visitor = token is null ? new ConsoleVisitor(service) : ConsoleVisitor.With(service, token);
            foreach (var page in pages)
            {
                Assert.Equal(token is null ? 303 : refused, await visitor.GetAsync("/console/" + page));
                Assert.DoesNotContain("north-mill", visitor.Page);
            }

            await visitor.GetAsync(token is null ? "/console/sign-in" : "/console/you");
            Assert.DoesNotContain("/console/accounts", visitor.Page);
            var code = visitor.HiddenOf("/console/language").First();
            foreach (var form in forms)
            {
                Assert.Equal(token is null ? 303 : refused, await visitor.PostAsync("/console/" + form, [code, ("shown", "00"), ("name", "new"), ("role", "admin"), ("enabled", "0")]));
            }
        }

        Assert.Equal(before, await service.CountAsync(Everything));
    }

    [Fact]
    public async Task What_does_not_exist_is_not_found()
    {
        await using var service = await StartAsync();
        var visitor = ConsoleVisitor.With(service, service.Inviter.Token);
        var (id, others) = (service.Third.AccountId, service.Invitee.UserId);
        Assert.Equal(404, await visitor.GetAsync("/console/accounts/none"));
        await visitor.GetAsync("/console/accounts");
        var code = visitor.HiddenOf("/console/accounts").First();
        foreach (var form in (string[])["none/enabled", $"{id}/users/{others}/enabled", $"{id}/users/{others}/password", $"{id}/projects/{service.Invitee.ProjectId}/enabled"])
        {
            Assert.Equal(404, await visitor.PostAsync("/console/accounts/" + form, [code, ("shown", "00"), ("enabled", "0")]));
        }
    }

    private const string Everything =
        "SELECT (SELECT count(*) FROM accounts) + (SELECT count(*) FROM users) + (SELECT count(*) FROM projects) + (SELECT count(*) FROM accounts WHERE disabled_at IS NOT NULL) + (SELECT count(*) FROM users WHERE disabled_at IS NOT NULL OR password_hash <> '')";

    private static Task<TestService> StartAsync(Engine engine = Engine.Sqlite) =>
        TestService.StartAsync(engine, settings => settings with { Operators = new Operators("harbor-trade") });

    private static async Task<int> SignInAsync(TestService service, string account, string user, string password)
    {
        var visitor = new ConsoleVisitor(service);
        await visitor.GetAsync("/console/sign-in");
        return await visitor.SubmitAsync("/console/sign-in", ("account", account), ("user", user), ("password", password));
    }

    [GeneratedRegex("id=\"password\">(?<password>[^<]+)<", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ShownPassword();

    [GeneratedRegex("/users/(?<user>[0-9a-f]{32})/password", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex BobsForms();
}

namespace Guildhall.Tests.Console;

public sealed class FormsTests
{
    private const string Invite = "/console/members/invite";

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task A_form_that_another_site_sends_is_refused(string header, string value)
    {
        await using var service = await TestService.StartAsync();
        var visitor = await OpenAsync(service);

        Assert.Equal(403, await visitor.PostAsync(Invite, Fields(visitor), (header, value)));

        Assert.Contains("The form was sent by a page of another site", visitor.Page);
        Assert.Equal("none", await service.Invitee.NotificationStatusAsync());
    }

    [Fact]
    public async Task A_form_of_this_site_is_taken()
    {
        await using var service = await TestService.StartAsync();
        var visitor = await OpenAsync(service);

        var origin = service.Address.GetLeftPart(UriPartial.Authority);
        Assert.Equal(303, await visitor.PostAsync(Invite, Fields(visitor), ("Origin", origin), ("Sec-Fetch-Site", "same-origin")));

        Assert.Equal("waiting", await service.Invitee.NotificationStatusAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("number.code")]
    [InlineData(".")]
    [InlineData("a.b.c")]
    public async Task A_forged_form_is_refused(string code)
    {
        await using var service = await TestService.StartAsync();
        var visitor = await OpenAsync(service);
        var forged = Fields(visitor).Select(field => field.Name == "form" ? ("form", code) : field).ToArray();

        Assert.Equal(403, await visitor.PostAsync(Invite, forged));
        Assert.Equal(403, await visitor.PostAsync(Invite, forged.Where(field => field.Item1 != "form")));

        Assert.Equal("none", await service.Invitee.NotificationStatusAsync());
    }

    [Fact]
    public async Task A_form_of_another_session_is_refused()
    {
        await using var service = await TestService.StartAsync();
        var attacker = ConsoleVisitor.With(service, service.Third.Token);
        await attacker.GetAsync("/console/you");
        var code = attacker.HiddenOf("/console/sign-out").Single();
        var visitor = await OpenAsync(service);
        var fields = Fields(visitor).Select(field => field.Name == "form" ? code : field);

        Assert.Equal(403, await visitor.PostAsync(Invite, fields));
    }

    [Fact]
    public async Task A_form_of_a_session_that_has_ended_is_refused()
    {
        await using var service = await TestService.StartAsync();
        var visitor = await OpenAsync(service);
        var (fields, session) = (Fields(visitor), visitor.Cookies);
        await visitor.SubmitAsync("/console/sign-out");

        visitor.Take("guildhall-session", session.Split('=')[1]);
        Assert.Equal(303, await visitor.PostAsync(Invite, fields));

        Assert.Equal("/console/sign-in", visitor.Location);
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM memberships"));
    }

    [Theory]
    [EveryEngine]
    public async Task A_form_that_is_sent_twice_is_done_once(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var visitor = await OpenAsync(service);
        var fields = Fields(visitor);

        Assert.Equal(303, await visitor.PostAsync(Invite, fields));
        Assert.Equal(200, (await service.Inviter.DeleteInvitationAsync(service.Invitee)).Status);
        Assert.Equal(303, await visitor.PostAsync(Invite, fields));

        Assert.Equal("none", await service.Invitee.NotificationStatusAsync());
    }

    [Fact]
    public async Task A_form_that_was_sent_does_not_serve_for_another()
    {
        await using var service = await TestService.StartAsync();
        var visitor = await OpenAsync(service);
        var fields = Fields(visitor);
        await visitor.PostAsync(Invite, fields);

        Assert.Equal(422, await visitor.PostAsync(Invite, fields.Select(field => field.Name == "names" ? ("names", "south-foundry") : field)));

        Assert.Contains("The Idempotency-Key was used for another request", visitor.Page);
        Assert.Equal("none", await service.Third.NotificationStatusAsync());
    }

    [Fact]
    public async Task An_access_key_is_not_made_twice_by_one_form()
    {
        await using var service = await TestService.StartAsync();
        var visitor = ConsoleVisitor.With(service, service.Inviter.Token);
        await visitor.GetAsync("/console/keys");
        (string, string)[] fields = [.. visitor.HiddenOf("/console/keys"), ("description", "program")];

        Assert.Equal(200, await visitor.PostAsync("/console/keys", fields));
        Assert.Contains("id=\"secret-key\"", visitor.Page);
        Assert.Equal(422, await visitor.PostAsync("/console/keys", fields));
        Assert.DoesNotContain("id=\"secret-key\"", visitor.Page);

        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM access_keys"));
    }

    /// <summary>As through several replicas: each is asked before any has answered.</summary>
    [Theory]
    [EveryEngine]
    public async Task A_form_that_is_sent_many_times_at_once_makes_one_access_key_and_one_page_shows_its_secret(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var visitor = ConsoleVisitor.With(service, service.Inviter.Token);
        await visitor.GetAsync("/console/keys");
        (string, string)[] fields = [.. visitor.HiddenOf("/console/keys"), ("description", "program")];

        var visitors = Enumerable.Range(0, 8).Select(_ => ConsoleVisitor.With(service, service.Inviter.Token)).ToArray();
        await Task.WhenAll(visitors.Select(one => one.PostAsync("/console/keys", fields)));

        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM access_keys"));
        Assert.Single(visitors, one => one.Page.Contains("id=\"secret-key\"", StringComparison.Ordinal));
        Assert.Equal(7, visitors.Count(one => one.Page.Contains("The form was sent already", StringComparison.Ordinal)));
    }

    [Theory]
    [EveryEngine]
    public async Task A_form_that_was_not_done_can_be_sent_again(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var visitor = ConsoleVisitor.With(service, service.Inviter.Token);
        await visitor.GetAsync("/console/keys");
        (string, string)[] fields = [.. visitor.HiddenOf("/console/keys"), ("description", "program")];
        await service.ExecuteAsync("ALTER TABLE access_keys RENAME TO access_keys_away");
        Assert.Equal(500, await visitor.PostAsync("/console/keys", fields));
        await service.ExecuteAsync("ALTER TABLE access_keys_away RENAME TO access_keys");

        Assert.Equal(200, await visitor.PostAsync("/console/keys", fields));

        Assert.Contains("id=\"secret-key\"", visitor.Page);
    }

    [Theory]
    [EveryEngine]
    public async Task An_account_and_a_project_whose_form_is_sent_twice_are_shown_as_the_first_time(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine, settings => settings with { Operators = new Guildhall.Identity.Operators("harbor-trade") });
        var visitor = ConsoleVisitor.With(service, service.Inviter.Token);
        foreach (var (page, form, name) in ((string, string, string)[])
            [("/console/accounts", "/console/accounts", "west works"), ("/console/accounts/" + service.Third.AccountId, $"/console/accounts/{service.Third.AccountId}/projects", "cn-east-1")])
        {
            await visitor.GetAsync(page);
            (string, string)[] fields = [.. visitor.HiddenOf(form), ("name", name)];
            Assert.Equal(303, await visitor.PostAsync(form, fields));
            var first = visitor.Location;

            Assert.Equal(303, await visitor.PostAsync(form, fields));

            Assert.Equal(first, visitor.Location);
        }
    }

    [Theory]
    [InlineData("text/plain", 415)]
    [InlineData("multipart/form-data; boundary=x", 422)]
    [InlineData("multipart/form-data", 415)]
    [InlineData("application/json", 415)]
    public async Task Only_what_browsers_make_of_a_form_is_read(string type, int status)
    {
        await using var service = await TestService.StartAsync();
        var visitor = await OpenAsync(service);
        using var content = new StringContent("form=x");
        content.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse(type);

        Assert.Equal(status, await visitor.SendAsync(HttpMethod.Post, Invite, content));
    }

    private static async Task<ConsoleVisitor> OpenAsync(TestService service)
    {
        var visitor = ConsoleVisitor.With(service, service.Inviter.Token);
        Assert.Equal(200, await visitor.GetAsync(Invite));
        return visitor;
    }

    private static (string Name, string Value)[] Fields(ConsoleVisitor visitor) =>
        [.. visitor.HiddenOf(Invite), ("place", visitor.Page.Split("<option value=\"")[1].Split('"')[0]), ("names", "north-mill")];
}

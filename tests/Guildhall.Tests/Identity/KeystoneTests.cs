using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Guildhall.Identity;
using Guildhall.Tests.Api;

namespace Guildhall.Tests.Identity;

/// <summary>Logging in, and what is said about tokens, as the wire has it.</summary>
public sealed class KeystoneTests
{
    private const string Password = "correct horse";

    [Theory, EveryEngine]
    public async Task A_user_gets_a_token_for_a_project_and_uses_it(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var (account, user) = (service.Inviter.AccountId, await AddUserAsync(service, "alice"));

        var answer = await LogInAsync(service, "alice", """, "scope": { "project": { "name": "cn-north-4" } } """);

        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Matches("^[A-Za-z0-9_][A-Za-z0-9_-]{42}$", answer.Token!);
        Assert.Equal(
            $$$"""
            {"token":{"expires_at":"2026-01-03T03:04:05.000000Z","issued_at":"2026-01-02T03:04:05.000000Z","methods":["password"],"user":{"id":"{{{user}}}","name":"alice","password_expires_at":"","domain":{"id":"{{{account}}}","name":"harbor-trade"}},"project":{"id":"{{{service.Inviter.ProjectId}}}","name":"cn-north-4","domain":{"id":"{{{account}}}","name":"harbor-trade"}},"roles":[{"id":"0","name":"admin"}],"catalog":[{"id":"bcs","name":"bcs","type":"bcs","endpoints":[{"id":"bcs-public","interface":"public","region":"cn-north-4","region_id":"cn-north-4","url":"{{{Base(service)}}}/v2/{{{service.Inviter.ProjectId}}}"}]},{"id":"identity","name":"identity","type":"identity","endpoints":[{"id":"identity-public","interface":"public","region":"*","region_id":"*","url":"{{{Base(service)}}}/v3"}]}]}}
            """,
            answer.Body);
        Assert.Equal(answer.RequestId, answer.TraceId);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(service, "GET", $"/v2/{service.Inviter.ProjectId}/members", answer.Token)).Status);
    }

    [Fact]
    public async Task A_token_has_the_scope_that_was_asked_for()
    {
        (string Scope, string Query, bool HasProject, bool HasDomain)[] cases =
        [
            (""", "scope": { "project": { "id": "PROJECT" } }""", "nocatalog", true, false),
            (""", "scope": { "project": { "name": "cn-north-4", "domain": { "name": "harbor-trade" } }, "domain": { "name": "elsewhere" } }""", "nocatalog=true", true, false),
            (""", "scope": { "domain": { "name": "harbor-trade" } }""", "nocatalog=true", false, true),
            (""", "scope": { "domain": { "id": "ACCOUNT" } }""", "nocatalog=true", false, true),
            ("", "", false, false),
            (""", "scope": null""", "", false, false),
            (""", "scope": {}""", "", false, false),
        ];
        await using var service = await TestService.StartAsync();
        await AddUserAsync(service, "alice");
        foreach (var (scope, query, hasProject, hasDomain) in cases)
        {
            var asked = scope.Replace("PROJECT", service.Inviter.ProjectId, StringComparison.Ordinal).Replace("ACCOUNT", service.Inviter.AccountId, StringComparison.Ordinal);
            var answer = await LogInAsync(service, "alice", asked, query: query);

            Assert.True(HttpStatusCode.Created == answer.Status, $"{scope}: {answer.Body}");
            var token = JsonNode.Parse(answer.Body)!["token"]!.AsObject();
            Assert.Equal(
                (scope, hasProject, hasDomain, hasProject || hasDomain, false),
                (scope, token.ContainsKey("project"), token.ContainsKey("domain"), token.ContainsKey("roles"), token.ContainsKey("catalog")));
            Assert.Equal(
                hasProject ? HttpStatusCode.OK : HttpStatusCode.Forbidden,
                (await SendAsync(service, "GET", $"/v2/{service.Inviter.ProjectId}/members", answer.Token)).Status);
        }
    }

    [Fact]
    public async Task A_user_is_named_by_id_or_by_name_and_account()
    {
        (string User, int Status)[] cases =
        [
            ("""{ "id": "USER", "password": "correct horse" }""", 201),
            ("""{ "name": "alice", "password": "correct horse", "domain": { "name": "harbor-trade" } }""", 201),
            ("""{ "name": "alice", "password": "correct horse", "domain": { "id": "ACCOUNT" } }""", 201),
            ("""{ "name": "harbor-trade", "password": "", "domain": { "name": "harbor-trade" } }""", 400),
            ("""{ "name": "alice", "password": "wrong horse", "domain": { "name": "harbor-trade" } }""", 401),
            ("""{ "name": "alice", "password": "correct horse", "domain": { "name": "north-mill" } }""", 401),
            ("""{ "name": "alice", "password": "correct horse", "domain": { "id": "nowhere" } }""", 401),
            ("""{ "name": "Alice", "password": "correct horse", "domain": { "name": "harbor-trade" } }""", 401),
            ("""{ "id": "nobody", "password": "correct horse" }""", 401),
        ];
        await using var service = await TestService.StartAsync();
        var id = await AddUserAsync(service, "alice");
        foreach (var (user, status) in cases)
        {
            var named = user.Replace("USER", id, StringComparison.Ordinal).Replace("ACCOUNT", service.Inviter.AccountId, StringComparison.Ordinal);
            var answer = await SendAsync(service, "POST", "/v3/auth/tokens", token: null, BodyOf(named, ""));

            Assert.True(status == (int)answer.Status, $"{user}: {answer.Body}");
            if (status == 401)
            {
                Assert.Equal("""{"error":{"code":401,"message":"The username or password is wrong.","title":"Unauthorized"}}""", answer.Body);
            }
        }
    }

    [Fact]
    public async Task A_body_that_is_wrong_is_answered_with_the_field()
    {
        (string Body, string Complaint)[] cases =
        [
            ("", "it is empty"),
            ("{", "it is not JSON"),
            ("[]", "a JSON object is needed"),
            ("{}", "auth is required"),
            ("""{"auth":{}}""", "auth.identity is required"),
            ("""{"auth":{"identity":{"methods":["password"]}}}""", "auth.identity.password is required"),
            ("""{"auth":{"identity":{"methods":["token"],"password":{"user":{"id":"a","password":"b"}}}}}""", "auth.identity.methods must be [\\\"password\\\"]"),
            ("""{"auth":{"identity":{"methods":["password"],"password":{"user":{"id":"a"}}}}}""", "auth.identity.password.user.password is required"),
            ("""{"auth":{"identity":{"methods":["password"],"password":{"user":{"id":"a","password":1}}}}}""", "auth.identity.password.user.password must be a string"),
            ("""{"auth":{"identity":{"methods":["password"],"password":{"user":{"password":"b","name":"c"}}}}}""", "auth.identity.password.user.domain is required"),
            ("""{"auth":{"identity":{"methods":["password"],"password":{"user":{"id":"a","password":"b"}}},"scope":{"project":{}}}}""", "auth.scope.project.name is required"),
            ("""{"auth":{"identity":{"methods":["password"],"password":{"user":{"id":"a","password":"b"}}},"scope":"project"}}""", "auth.scope must be an object"),
        ];
        await using var service = await TestService.StartAsync();
        foreach (var (body, complaint) in cases)
        {
            var answer = await SendAsync(service, "POST", "/v3/auth/tokens", token: null, body);
            Assert.StartsWith("""{"error":{"code":400,"message":""", answer.Body, StringComparison.Ordinal);
            Assert.EndsWith(""","title":"Bad Request"}}""", answer.Body, StringComparison.Ordinal);
            Assert.Contains(complaint, answer.Body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_password_is_guessed_five_times_and_then_slowly()
    {
        await using var service = await TestService.StartAsync();
        await AddUserAsync(service, "alice");
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await LogInAsync(service, "alice", "", "wrong horse")).Status);
        }

        var held = await LogInAsync(service, "alice", "");
        Assert.Equal((HttpStatusCode.TooManyRequests, "1"), (held.Status, held.RetryAfter));
        Assert.StartsWith("""{"error":{"code":429,"message":"The throttling threshold has been reached: too many failed attempts; try again in 1 s",""", held.Body, StringComparison.Ordinal);

        service.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.Created, (await LogInAsync(service, "alice", "")).Status);
    }

    [Theory, EveryEngine]
    public async Task A_token_is_shown_to_its_user_and_to_administrators_of_its_account(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await AddUserAsync(service, "alice");
        await AddUserAsync(service, "auditor", Role.Reader);
        var issued = await LogInAsync(service, "alice", """, "scope": { "project": { "name": "cn-north-4" } } """);
        var (alice, auditor) = (issued.Token!, (await LogInAsync(service, "auditor", "")).Token!);

        var shown = await SendAsync(service, "GET", "/v3/auth/tokens", alice, subject: alice);
        Assert.Equal((HttpStatusCode.OK, issued.Body, alice), (shown.Status, shown.Body, shown.Token));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(service, "HEAD", "/v3/auth/tokens", alice, subject: alice)).Status);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(service, "GET", "/v3/auth/tokens", alice, subject: auditor)).Status);
        foreach (var (asking, subject) in new[] { (auditor, alice), (service.Invitee.Token, alice), (alice, service.Invitee.Token), (alice, "junk") })
        {
            foreach (var method in new[] { "GET", "DELETE" })
            {
                var refused = await SendAsync(service, method, "/v3/auth/tokens", asking, subject: subject);
                Assert.Equal("""{"error":{"code":404,"message":"Could not find token.","title":"Not Found"}}""", refused.Body);
            }
        }

        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(service, "GET", "/v3/auth/tokens", alice)).Status);
        var nobody = await SendAsync(service, "GET", "/v3/auth/tokens", "junk", subject: alice);
        Assert.Equal((HttpStatusCode.Unauthorized, $"Keystone uri=\"{Base(service)}/v3\""), (nobody.Status, nobody.Challenge));
    }

    [Theory, EveryEngine]
    public async Task A_revoked_token_is_void_at_once(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await AddUserAsync(service, "alice");
        var (token, other) = ((await LogInAsync(service, "alice", "")).Token!, (await LogInAsync(service, "alice", "")).Token!);

        Assert.Equal((HttpStatusCode.NoContent, ""), await StatusAndBodyAsync(SendAsync(service, "DELETE", "/v3/auth/tokens", other, subject: token)));
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(service, "DELETE", "/v3/auth/tokens", other, subject: token)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(service, "GET", "/v3/auth/projects", token)).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(service, "DELETE", "/v3/auth/tokens", other, subject: other)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(service, "DELETE", "/v3/auth/tokens", other, subject: other)).Status);
    }

    [Fact]
    public async Task An_account_sees_its_own_projects()
    {
        await using var service = await TestService.StartAsync();
        var me = service.Inviter;
        await service.ExecuteAsync(
            "INSERT INTO projects (account_id, id, name, disabled_at, created_at) VALUES (@account, 'closed-id', 'closed', 1, 1)", ("account", me.AccountId));
        const string Shape = """{"id":"ID","name":"NAME","domain_id":"ACCOUNT","parent_id":"ACCOUNT","is_domain":false,"enabled":ENABLED,"description":"","links":{"self":"BASE/v3/projects/ID"}}""";
        var open = Fill(Shape, me.ProjectId, "cn-north-4", "true");
        var closed = Fill(Shape, "closed-id", "closed", "false");
        (string Query, string Projects)[] lists =
        [
            ("", $"{open},{closed}"),
            ("?name=cn-north-4", open),
            ("?name=elsewhere", ""),
            ($"?domain_id={me.AccountId}&enabled=true", open),
            ("?enabled=false", closed),
            ($"?domain_id={service.Invitee.AccountId}", ""),
            ("?parent_id=nowhere", ""),
        ];
        foreach (var (query, projects) in lists)
        {
            var answer = await SendAsync(service, "GET", "/v3/projects" + query, me.Token);
            Assert.Equal($$$"""{"links":{"self":"{{{Base(service)}}}/v3/projects{{{query}}}","next":null,"previous":null},"projects":[{{{projects}}}]}""", answer.Body);
        }

        var first = await SendAsync(service, "GET", "/v3/projects?page=1&per_page=1", me.Token);
        Assert.StartsWith($$"""{"links":{"self":"{{Base(service)}}/v3/projects?page=1&per_page=1","next":"{{Base(service)}}/v3/projects?per_page=1&page=2","previous":null},"projects":[{"id":"{{me.ProjectId}}",""", first.Body, StringComparison.Ordinal);
        var second = await SendAsync(service, "GET", "/v3/projects?page=2&per_page=1", me.Token);
        Assert.Contains("\"next\":null,\"previous\":\"", second.Body, StringComparison.Ordinal);
        Assert.Contains("closed-id", second.Body, StringComparison.Ordinal);

        var enterable = await SendAsync(service, "GET", "/v3/auth/projects", me.Token);
        Assert.Equal($$$"""{"links":{"self":"{{{Base(service)}}}/v3/auth/projects","next":null,"previous":null},"projects":[{{{open}}}]}""", enterable.Body);
        foreach (var query in new[] { "page=0", "per_page=5001", "page=x", "enabled=perhaps" })
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(service, "GET", "/v3/projects?" + query, me.Token)).Status);
        }

        string Fill(string shape, string id, string name, string enabled) => shape.Replace("ID", id, StringComparison.Ordinal)
            .Replace("NAME", name, StringComparison.Ordinal).Replace("ACCOUNT", me.AccountId, StringComparison.Ordinal)
            .Replace("ENABLED", enabled, StringComparison.Ordinal).Replace("BASE", Base(service), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_account_sees_itself_as_its_only_domain()
    {
        await using var service = await TestService.StartAsync();
        var answer = await SendAsync(service, "GET", "/v3/auth/domains", service.Inviter.Token);
        var id = service.Inviter.AccountId;
        Assert.Equal(
            $$$"""{"domains":[{"id":"{{{id}}}","name":"harbor-trade","enabled":true,"description":"","links":{"self":"{{{Base(service)}}}/v3/domains/{{{id}}}"}}],"links":{"self":"{{{Base(service)}}}/v3/auth/domains","next":null,"previous":null}}""",
            answer.Body);
    }

    [Fact]
    public async Task What_is_not_there_is_said_in_the_shape_of_IAM()
    {
        await using var service = await TestService.StartAsync();
        Assert.StartsWith("""{"error":{"code":404,""", (await SendAsync(service, "GET", "/v3/nothing", service.Inviter.Token)).Body, StringComparison.Ordinal);
        Assert.StartsWith("""{"error":{"code":405,""", (await SendAsync(service, "PUT", "/v3/auth/tokens", service.Inviter.Token)).Body, StringComparison.Ordinal);
        Assert.StartsWith("""{"error":{"code":401,""", (await SendAsync(service, "GET", "/v3/projects", token: null)).Body, StringComparison.Ordinal);
    }

    internal static async Task<string> AddUserAsync(TestService service, string name, Role role = Role.Admin)
    {
        var accounts = service.Services.GetRequiredService<Accounts>();
        var created = await accounts.CreateUserAsync(service.Inviter.AccountName, name, role, Password, CancellationToken.None);
        Assert.False(created.IsRefused(out _, out var user));
        return user.Entry.Id;
    }

    /// <summary>What a log-in asks for beside its user: the account as a whole.</summary>
    internal const string AccountScope = """, "scope": { "domain": { "name": "harbor-trade" } }""";

    internal static Task<Answer> LogInAsync(TestService service, string user, string scope, string password = Password, string query = "") => SendAsync(
        service, "POST", "/v3/auth/tokens?" + query, token: null, BodyOf($$$"""{ "name": "{{{user}}}", "password": "{{{password}}}", "domain": { "name": "harbor-trade" } }""", scope));

    internal static async Task<Answer> SendAsync(
        TestService service, string method, string path, string? token, string? body = null, string? subject = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(service.Address, path));
        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("X-Auth-Token", token);
        }

        if (subject is not null)
        {
            request.Headers.TryAddWithoutValidation("X-Subject-Token", subject);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        return await SendAsync(service, request);
    }

    internal static async Task<Answer> SendAsync(TestService service, HttpRequestMessage request)
    {
        using var response = await service.Http.SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();
        ApiDocument.AssertDescribes(request.Method.Method, request.RequestUri!.AbsolutePath, (int)response.StatusCode, body);
        return new Answer(
            response.StatusCode,
            body,
            Header("X-Subject-Token"),
            Header("X-Request-Id"),
            Header("X-IAM-Trace-Id"),
            Header("Retry-After"),
            Header("WWW-Authenticate"));

        string? Header(string name) => response.Headers.TryGetValues(name, out var values) ? values.Single() : null;
    }

    private static async Task<(HttpStatusCode Status, string Body)> StatusAndBodyAsync(Task<Answer> sent)
    {
        var answer = await sent;
        return (answer.Status, answer.Body);
    }

    private static string BodyOf(string user, string scope) =>
        $$"""{ "auth": { "identity": { "methods": ["password"], "password": { "user": {{user}} } }{{scope}} } }""";

    private static string Base(TestService service) => service.Address.ToString().TrimEnd('/');

    internal sealed record Answer(
        HttpStatusCode Status, string Body, string? Token, string? RequestId, string? TraceId, string? RetryAfter, string? Challenge);
}

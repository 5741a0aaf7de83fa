using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Guildhall.Identity;

namespace Guildhall.Tests.Identity;

/// <summary>Access keys, and requests that are signed with them as the official SDKs do.</summary>
public sealed class SignedRequestsTests
{
    private const string Credentials = "/v3.0/OS-CREDENTIAL/credentials";

    [Theory, EveryEngine]
    public async Task An_SDK_with_a_key_and_a_region_finds_its_project_and_works_in_it(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var key = await CreateKeyAsync(service);

        var found = await SignedAsync(service, key, "GET", "/v3/projects?name=cn-north-4");
        Assert.Equal(HttpStatusCode.OK, found.Status);
        var project = (string)Assert.Single(JsonNode.Parse(found.Body)!["projects"]!.AsArray())!["id"]!;

        Assert.Equal(service.Inviter.ProjectId, project);
        Assert.Equal(HttpStatusCode.OK, (await SignedAsync(service, key, "GET", $"/v2/{project}/members", projectId: project)).Status);
        Assert.Equal(HttpStatusCode.OK, (await SignedAsync(service, key, "GET", $"/v2/{project}/members")).Status);
        var invited = await SignedAsync(
            service, key, "POST", $"/v2/{project}/members/invitations", $$"""
            { "bcs_id": "{{service.Inviter.ServiceId}}", "channel_name": "channel", "invited_userinfo": [{ "invited_user": "north-mill" }] }

            """, project);
        Assert.Equal((HttpStatusCode.OK, """{"result":"success"}"""), (invited.Status, invited.Body));
    }

    [Fact]
    public async Task A_signature_opens_the_projects_of_its_own_account_only()
    {
        await using var service = await TestService.StartAsync();
        var key = await CreateKeyAsync(service);
        await service.ExecuteAsync(
            "INSERT INTO projects (account_id, id, name, disabled_at, created_at) VALUES (@account, 'closed-id', 'closed', 1, 1), (@account, 'second-id', 'second', NULL, 1)",
            ("account", service.Inviter.AccountId));
        var (own, foreign) = (service.Inviter.ProjectId, service.Invitee.ProjectId);
        (string Path, string? Header, int Status)[] cases =
        [
            (own, own, 200),
            ("second-id", "second-id", 200),
            (own, "second-id", 403),
            (own, foreign, 403),
            (foreign, foreign, 403),
            (foreign, null, 403),
            ("closed-id", "closed-id", 403),
            ("closed-id", null, 403),
            ("nowhere", null, 403),
        ];
        foreach (var (path, header, status) in cases)
        {
            var answer = await SignedAsync(service, key, "GET", $"/v2/{path}/members", projectId: header);
            Assert.True(status == (int)answer.Status, $"{path} {header}: {answer.Status} {answer.Body}");
            Assert.True(status == 200 || answer.Body.StartsWith("""{"error_code":"BCS.4030403",""", StringComparison.Ordinal), answer.Body);
        }
    }

    [Fact]
    public async Task A_token_is_judged_before_a_signature_even_when_it_is_bad()
    {
        await using var service = await TestService.StartAsync();
        var key = await CreateKeyAsync(service);
        foreach (var (token, wrongSecret, status) in new[] { (service.Inviter.Token, true, 200), ("junk", false, 401) })
        {
            using var request = Signed(service, wrongSecret ? key with { Secret = "wrong" } : key, "GET", $"/v2/{service.Inviter.ProjectId}/members");
            request.Headers.TryAddWithoutValidation("X-Auth-Token", token);
            Assert.Equal(status, (int)(await KeystoneTests.SendAsync(service, request)).Status);
        }
    }

    [Fact]
    public async Task A_signature_that_is_not_believed_says_why()
    {
        await using var service = await TestService.StartAsync();
        var key = await CreateKeyAsync(service);
        var path = $"/v2/{service.Inviter.ProjectId}/members";
        const string Refused = """{"error_code":"APIGW.0301","error_msg":"Incorrect IAM authentication information: verify aksk signature fail: """;

        var forged = await SignedAsync(service, key with { Secret = "wrong" }, "GET", path);
        Assert.Matches(
            Regex.Escape(Refused) + "AK does not exist or is disabled, or SK or request are not those that were signed with: the SHA-256 of the canonical request is [0-9a-f]{64}\"}", forged.Body);
        service.Clock.Advance(TimeSpan.FromMinutes(16));
        using var late = Signed(service, key, "GET", path, at: service.Clock.GetUtcNow() - TimeSpan.FromMinutes(16));
        Assert.StartsWith(Refused + "signature expired: ", (await KeystoneTests.SendAsync(service, late)).Body, StringComparison.Ordinal);
    }

    [Theory, EveryEngine]
    public async Task A_wrong_signature_is_told_five_times_and_a_right_one_is_never_held(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var (key, path) = (await CreateKeyAsync(service), $"/v2/{service.Inviter.ProjectId}/members");
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await SignedAsync(service, key with { Secret = "wrong" }, "GET", path)).Status);
        }

        var held = await SignedAsync(service, key with { Secret = "wrong" }, "GET", path);
        Assert.Equal((HttpStatusCode.TooManyRequests, "1"), (held.Status, held.RetryAfter));
        Assert.StartsWith("""{"error_code":"APIGW.0308",""", held.Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await SignedAsync(service, key, "GET", path)).Status);
    }

    /// <summary>A key that is unknown, one that is disabled, and a wrong signature of one in use: nothing tells which it is.</summary>
    [Theory, EveryEngine]
    public async Task An_unknown_key_is_refused_as_a_wrong_signature_is(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var (used, disabled) = (await CreateKeyAsync(service), await CreateKeyAsync(service));
        var keys = service.Services.GetRequiredService<AccessKeys>();
        Assert.False((await keys.SetEnabledAsync(Owner.Operator(service.Inviter.AccountId), disabled.Access, false, CancellationToken.None)).IsRefused(out _));

        var told = new List<string>();
        foreach (var key in new[] { used with { Secret = "wrong" }, disabled, new Key("NOSUCHKEY00000000000", "secret") })
        {
            var answers = new List<string>();
            for (var i = 0; i < 7; i++)
            {
                var answer = await SignedAsync(service, key, "POST", "/v3/nothing", "{}");
                var other = await SignedAsync(service, key, "PUT", $"/v2/{service.Inviter.ProjectId}/members/quit", "{}", service.Inviter.ProjectId);
                answers.Add($"{answer.Status} {other.Status} {other.RetryAfter} {other.Challenge} {other.Body}");
            }

            told.Add(string.Join('\n', answers));
        }

        Assert.Equal(told[0], told[1]);
        Assert.Equal(told[0], told[2]);
        Assert.Contains("TooManyRequests", told[0], StringComparison.Ordinal);
    }

    /// <summary>Whoever may sign names as many projects as it likes; what the server remembers of keys is not spent on them.</summary>
    [Fact]
    public async Task A_key_is_looked_up_once_whatever_projects_are_named_with_it()
    {
        await using var service = await TestService.StartAsync();
        var (key, own) = (await CreateKeyAsync(service), service.Inviter.ProjectId);
        Assert.Equal(HttpStatusCode.OK, (await SignedAsync(service, key, "GET", $"/v2/{own}/members", projectId: own)).Status);

        await service.ExecuteAsync("ALTER TABLE access_keys RENAME TO lost");

        Assert.Equal(HttpStatusCode.Forbidden, (await SignedAsync(service, key, "GET", $"/v2/{own}/members", projectId: "made-up")).Status);
        Assert.Equal(HttpStatusCode.OK, (await SignedAsync(service, key, "GET", $"/v2/{own}/members", projectId: own)).Status);
    }

    [Theory, EveryEngine]
    public async Task A_key_stops_working_with_what_it_depends_on_and_works_again_with_it(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var (key, name, account) = (await CreateKeyAsync(service), service.Inviter.AccountName, service.Services.GetRequiredService<Accounts>());
        var keys = service.Services.GetRequiredService<AccessKeys>();
        var owner = Owner.Operator(service.Inviter.AccountId);
        (string What, Func<bool, Task> Switch)[] switches =
        [
            ("key", isEnabled => keys.SetEnabledAsync(owner, key.Access, isEnabled, CancellationToken.None)),
            ("user", isEnabled => account.SetUserEnabledAsync(name, "admin-user", isEnabled, CancellationToken.None)),
            ("account", isEnabled => account.SetEnabledAsync(name, isEnabled, CancellationToken.None)),
        ];
        foreach (var (what, turn) in switches)
        {
            await turn(false);
            Assert.True(HttpStatusCode.Unauthorized == (await SignedAsync(service, key, "GET", "/v3/auth/domains")).Status, what);
            await turn(true);
            Assert.True(HttpStatusCode.OK == (await SignedAsync(service, key, "GET", "/v3/auth/domains")).Status, what);
        }
    }

    [Theory, EveryEngine]
    public async Task A_key_is_created_with_its_secret_and_listed_without(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var (token, user) = (service.Inviter.Token, service.Inviter.UserId);

        var created = await KeystoneTests.SendAsync(service, "POST", Credentials, token, $$"""{ "credential": { "user_id": "{{user}}", "description": "for the mill" } }""");
        var shown = JsonNode.Parse(created.Body)!["credential"]!;
        var (access, secret) = ((string)shown["access"]!, (string)shown["secret"]!);

        Assert.Equal(HttpStatusCode.Created, created.Status);
        var rest = $$"""
            "create_time":"2026-01-02T03:04:05.000000Z","user_id":"{{user}}","description":"for the mill","status":"active"}
            """;
        Assert.Equal($$$"""{"credential":{"access":"{{{access}}}","secret":"{{{secret}}}",{{{rest}}}}""", created.Body);
        Assert.Equal($$$"""{"credentials":[{"access":"{{{access}}}",{{{rest}}}]}""", (await KeystoneTests.SendAsync(service, "GET", Credentials, token)).Body);
        Assert.Equal($$$"""{"credential":{"access":"{{{access}}}",{{{rest}}}}""", (await KeystoneTests.SendAsync(service, "GET", $"{Credentials}/{access}", token)).Body);
        Assert.Equal(HttpStatusCode.NotFound, (await KeystoneTests.SendAsync(service, "GET", $"{Credentials}/{access}", service.Invitee.Token)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await KeystoneTests.SendAsync(service, "DELETE", $"{Credentials}/{access}", service.Invitee.Token)).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await KeystoneTests.SendAsync(service, "DELETE", $"{Credentials}/{access}", token)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await KeystoneTests.SendAsync(service, "DELETE", $"{Credentials}/{access}", token)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SignedAsync(service, new Key(access, secret), "GET", "/v3/projects")).Status);
    }

    [Fact]
    public async Task A_reader_manages_its_own_keys_and_nobody_elses()
    {
        await using var service = await TestService.StartAsync();
        var reader = await KeystoneTests.AddUserAsync(service, "auditor", Role.Reader);
        var token = (await KeystoneTests.LogInAsync(service, "auditor", KeystoneTests.AccountScope)).Token!;
        var admins = await CreateKeyAsync(service);
        (string Method, string Path, string? Body, int Status)[] calls =
        [
            ("POST", "", $$"""{ "credential": { "user_id": "{{reader}}" } }""", 201),
            ("POST", "", $$"""{ "credential": { "user_id": "{{service.Inviter.UserId}}" } }""", 403),
            ("POST", "", $$"""{ "credential": { "user_id": "{{service.Invitee.UserId}}" } }""", 404),
            ("POST", "", """{ "credential": { } }""", 400),
            ("GET", $"?user_id={reader}", null, 200),
            ("GET", $"?user_id={service.Inviter.UserId}", null, 403),
            ("GET", $"?user_id={service.Invitee.UserId}", null, 404),
            ("GET", $"/{admins.Access}", null, 404),
            ("DELETE", $"/{admins.Access}", null, 404),
        ];
        foreach (var (method, path, body, status) in calls)
        {
            var answer = await KeystoneTests.SendAsync(service, method, Credentials + path, token, body);
            Assert.True(status == (int)answer.Status, $"{method} {path} {body}: {answer.Status} {answer.Body}");
        }
    }

    [Fact]
    public async Task A_user_has_ten_keys_at_most()
    {
        await using var service = await TestService.StartAsync();
        for (var i = 0; i < AccessKeys.MaxPerUser; i++)
        {
            await CreateKeyAsync(service);
        }

        var refused = await KeystoneTests.SendAsync(
            service, "POST", Credentials, service.Inviter.Token, $$"""{ "credential": { "user_id": "{{service.Inviter.UserId}}" } }""");
        Assert.Equal("""{"error":{"code":409,"message":"A user may have 10 access keys; delete one first.","title":"Conflict"}}""", refused.Body);
    }

    private static async Task<Key> CreateKeyAsync(TestService service)
    {
        var keys = service.Services.GetRequiredService<AccessKeys>();
        var created = await keys.CreateAsync(Owner.Operator(service.Inviter.AccountId), service.Inviter.UserId, "", CancellationToken.None);
        Assert.False(created.IsRefused(out _, out var key));
        return new Key(key.Entry.AccessKey, key.SecretKey.Reveal());
    }

    private static async Task<KeystoneTests.Answer> SignedAsync(
        TestService service, Key key, string method, string path, string? body = null, string? projectId = null)
    {
        using var request = Signed(service, key, method, path, body, projectId);
        return await KeystoneTests.SendAsync(service, request);
    }

    private static HttpRequestMessage Signed(
        TestService service, Key key, string method, string path, string? body = null, string? projectId = null, DateTimeOffset? at = null)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), new Uri(service.Address, path));
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        TestSigner.Sign(request, key.Access, key.Secret, at ?? service.Clock.GetUtcNow(), body ?? "", projectId);
        return request;
    }

    private sealed record Key(string Access, string Secret);
}

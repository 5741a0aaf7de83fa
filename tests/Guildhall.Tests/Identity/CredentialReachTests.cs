using System.Net;
using System.Text.Json.Nodes;
using Guildhall.Identity;
using Guildhall.Tests.Console;

namespace Guildhall.Tests.Identity;

/// <summary>What is made with a credential reaches no further than it, and ends with it where its owner says so.</summary>
public sealed class CredentialReachTests
{
    private const string Credentials = "/v3.0/OS-CREDENTIAL/credentials";

    private static readonly CancellationToken None = CancellationToken.None;

    [Theory, EveryEngine]
    public async Task A_key_that_a_projects_token_makes_is_the_projects(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var other = await AddProjectAsync(service, "second");
        var key = await CreateKeyAsync(service, await TokenAsync(service, ProjectScope(service.Inviter.ProjectId)));

        Assert.Equal(HttpStatusCode.OK, await ListMembersAsync(service, key, service.Inviter.ProjectId));
        Assert.Equal(HttpStatusCode.OK, await ListMembersAsync(service, key, service.Inviter.ProjectId, inHeader: true));
        Assert.Equal(HttpStatusCode.Forbidden, await ListMembersAsync(service, key, other));
        Assert.Equal(HttpStatusCode.Forbidden, await ListMembersAsync(service, key, other, inHeader: true));
    }

    [Theory, EveryEngine]
    public async Task A_key_that_the_accounts_token_makes_is_good_for_each_project(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var other = await AddProjectAsync(service, "second");
        var key = await CreateKeyAsync(service, await TokenAsync(service, KeystoneTests.AccountScope));

        Assert.Equal(HttpStatusCode.OK, await ListMembersAsync(service, key, service.Inviter.ProjectId));
        Assert.Equal(HttpStatusCode.OK, await ListMembersAsync(service, key, other));
    }

    [Fact]
    public async Task A_token_without_a_scope_makes_no_key()
    {
        await using var service = await TestService.StartAsync();

        var answer = await KeystoneTests.SendAsync(service, "POST", Credentials, await TokenAsync(service, ""), BodyFor(service));

        Assert.Equal(
            """{"error":{"code":403,"message":"An access key reaches as far as what it is made with, and this token has no scope; ask for one with auth.scope.domain, or with auth.scope.project for a key of that project.","title":"Forbidden"}}""",
            answer.Body);
    }

    [Theory, EveryEngine]
    public async Task A_key_that_a_key_makes_reaches_as_far_and_ends_with_it(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var other = await AddProjectAsync(service, "second");
        var first = await CreateKeyAsync(service, await TokenAsync(service, ProjectScope(service.Inviter.ProjectId)));
        var second = await CreateKeyAsync(service, first);
        var third = await CreateKeyAsync(service, second);
        Assert.Equal(HttpStatusCode.OK, await ListMembersAsync(service, third, service.Inviter.ProjectId));
        Assert.Equal(HttpStatusCode.Forbidden, await ListMembersAsync(service, third, other));

        var keys = service.Services.GetRequiredService<AccessKeys>();
        var owner = Owner.Operator(service.Inviter.AccountId);
        await keys.SetEnabledAsync(owner, second.Access, isEnabled: false, None);
        Assert.Equal(HttpStatusCode.OK, await ListMembersAsync(service, first, service.Inviter.ProjectId));
        Assert.Equal(HttpStatusCode.Unauthorized, await ListMembersAsync(service, third, service.Inviter.ProjectId));
        await keys.SetEnabledAsync(owner, third.Access, isEnabled: true, None);
        Assert.Equal(HttpStatusCode.OK, await ListMembersAsync(service, third, service.Inviter.ProjectId));

        await keys.DeleteAsync(owner, first.Access, None);
        Assert.Equal(HttpStatusCode.Unauthorized, await ListMembersAsync(service, third, service.Inviter.ProjectId));
        Assert.Empty(await keys.ListAllAsync(owner, None));
    }

    [Theory, EveryEngine]
    public async Task A_key_of_a_disabled_project_does_not_sign_until_it_is_enabled(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var accounts = service.Services.GetRequiredService<Accounts>();
        var project = await AddProjectAsync(service, "second");
        var key = await CreateKeyAsync(service, await TokenAsync(service, ProjectScope(project)));
        Assert.Equal(HttpStatusCode.OK, await ListMembersAsync(service, key, project));

        await accounts.SetProjectEnabledAsync(service.Inviter.AccountName, "second", isEnabled: false, None);
        Assert.Equal(HttpStatusCode.Unauthorized, await ListMembersAsync(service, key, project));
        await accounts.SetProjectEnabledAsync(service.Inviter.AccountName, "second", isEnabled: true, None);
        Assert.Equal(HttpStatusCode.OK, await ListMembersAsync(service, key, project));
    }

    [Theory, EveryEngine]
    public async Task A_projects_token_ends_no_key_that_reaches_further(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var whole = await CreateKeyAsync(service, await TokenAsync(service, KeystoneTests.AccountScope));
        var token = await TokenAsync(service, ProjectScope(service.Inviter.ProjectId));
        var own = await CreateKeyAsync(service, token);

        Assert.Equal(
            """{"error":{"code":403,"message":"The access key reaches further than what this request is made with; use a token with auth.scope.domain.","title":"Forbidden"}}""",
            (await KeystoneTests.SendAsync(service, "DELETE", $"{Credentials}/{whole.Access}", token)).Body);
        Assert.Equal(HttpStatusCode.NoContent, (await KeystoneTests.SendAsync(service, "DELETE", $"{Credentials}/{own.Access}", token)).Status);
        Assert.Equal(HttpStatusCode.OK, await ListMembersAsync(service, whole, service.Inviter.ProjectId));
    }

    [Theory, EveryEngine]
    public async Task A_password_that_is_reset_ends_the_keys_where_that_is_said(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var accounts = service.Services.GetRequiredService<Accounts>();
        var key = await CreateKeyAsync(service, await TokenAsync(service, KeystoneTests.AccountScope));

        await accounts.ResetPasswordAsync(service.Inviter.AccountName, "clerk", password: null, endsKeys: false, None);
        Assert.Equal(HttpStatusCode.OK, await ListMembersAsync(service, key, service.Inviter.ProjectId));
        await accounts.ResetPasswordAsync(service.Inviter.AccountName, "clerk", password: null, endsKeys: true, None);
        Assert.Equal(HttpStatusCode.Unauthorized, await ListMembersAsync(service, key, service.Inviter.ProjectId));
    }

    /// <summary>The console takes its user into any project; a token that is bound to one would get out of it there.</summary>
    [Theory, EveryEngine]
    public async Task A_token_of_the_api_is_no_session_of_the_console(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var other = await AddProjectAsync(service, "second");
        var token = await TokenAsync(service, ProjectScope(service.Inviter.ProjectId));
        var visitor = ConsoleVisitor.With(service, token);

        Assert.Equal((303, "/console/sign-in?to=%2Fconsole%2Fkeys"), (await visitor.GetAsync("/console/keys"), visitor.Location));
        Assert.True((await service.Services.GetRequiredService<Logins>().ScopeAsync(new Secret(token), other, None)).IsRefused(out var refusal));
        Assert.Equal("Could not find token.", refusal.Message);
    }

    private static string ProjectScope(string id) => $$""", "scope": { "project": { "id": "{{id}}" } }""";

    private static string BodyFor(TestService service) => $$"""{ "credential": { "user_id": "{{service.Inviter.UserId}}" } }""";

    private static async Task<string> AddProjectAsync(TestService service, string name)
    {
        var created = await service.Services.GetRequiredService<Accounts>().CreateProjectAsync(service.Inviter.AccountName, name, None);
        Assert.False(created.IsRefused(out _, out var project));
        return project.Id;
    }

    /// <summary>Of a user with a password, who is added at the first call.</summary>
    private static async Task<string> TokenAsync(TestService service, string scope)
    {
        if ((await service.Services.GetRequiredService<Accounts>().FindUserAsync(service.Inviter.AccountName, "clerk", None)).IsRefused(out _))
        {
            await KeystoneTests.AddUserAsync(service, "clerk");
        }

        return (await KeystoneTests.LogInAsync(service, "clerk", scope)).Token!;
    }

    private static async Task<Key> CreateKeyAsync(TestService service, string token)
    {
        var clerk = await service.Services.GetRequiredService<Accounts>().FindUserAsync(service.Inviter.AccountName, "clerk", None);
        Assert.False(clerk.IsRefused(out _, out var user));
        return KeyIn(await KeystoneTests.SendAsync(service, "POST", Credentials, token, $$"""{ "credential": { "user_id": "{{user.Id}}" } }"""));
    }

    private static async Task<Key> CreateKeyAsync(TestService service, Key with)
    {
        var clerk = await service.Services.GetRequiredService<Accounts>().FindUserAsync(service.Inviter.AccountName, "clerk", None);
        Assert.False(clerk.IsRefused(out _, out var user));
        var body = $$"""{ "credential": { "user_id": "{{user.Id}}" } }""";
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(service.Address, Credentials)) { Content = new StringContent(body, null, "application/json") };
        TestSigner.Sign(request, with.Access, with.Secret, service.Clock.GetUtcNow(), body);
        return KeyIn(await KeystoneTests.SendAsync(service, request));
    }

    private static Key KeyIn(KeystoneTests.Answer answer)
    {
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        var credential = JsonNode.Parse(answer.Body)!["credential"]!;
        return new Key((string)credential["access"]!, (string)credential["secret"]!);
    }

    private static async Task<HttpStatusCode> ListMembersAsync(TestService service, Key key, string projectId, bool inHeader = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Address, $"/v2/{projectId}/members"));
        TestSigner.Sign(request, key.Access, key.Secret, service.Clock.GetUtcNow(), "", inHeader ? projectId : null);
        return (await KeystoneTests.SendAsync(service, request)).Status;
    }

    private sealed record Key(string Access, string Secret);
}

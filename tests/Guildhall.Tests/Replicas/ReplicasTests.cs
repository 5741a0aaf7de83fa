using System.Net;
using System.Text.Json.Nodes;
using Guildhall.Identity;
using Guildhall.Storage;
using Guildhall.Tests.Console;
using Guildhall.Tests.Hosting;

namespace Guildhall.Tests.Replicas;

/// <summary>Real servers that were started together on an empty schema, and know nothing of each other but what is in it.</summary>
public sealed class ReplicasTests : IDisposable
{
    private const int Replicas = 3;
    private const int Rounds = 12;
    private const string Password = "correct horse";

    private readonly HttpClient http = new();

    [Theory, PostgresOnly]
    public async Task What_one_replica_acknowledged_every_other_one_shows_and_honours_at_once(Engine engine)
    {
        Assert.Equal(Engine.Postgres, engine);
        await using var replicas = await ReplicaSet.StartAsync(Replicas);
        var tenants = await CrashTenants.CreateAsync(replicas.Setting, invitees: 1, groups: 0);

        await ListsAreNeverStaleAsync(replicas, tenants);
        await TokensAreGoodAndBadEverywhereAsync(replicas, tenants.Inviter);
    }

    [Theory, PostgresOnly]
    public async Task One_form_that_is_sent_to_several_replicas_at_once_makes_one_key(Engine engine)
    {
        Assert.Equal(Engine.Postgres, engine);
        await using var replicas = await ReplicaSet.StartAsync(Replicas);
        var tenants = await CrashTenants.CreateAsync(replicas.Setting, invitees: 1, groups: 0);
        await AddUserAsync(replicas, tenants.Inviter);
        using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        var visitor = new ConsoleVisitor(browser, replicas.Addresses[0]);
        await visitor.GetAsync("/console/sign-in");
        Assert.Equal(303, await visitor.SubmitAsync("/console/sign-in", ("account", tenants.Inviter.Account), ("user", "alice"), ("password", Password)));
        await visitor.GetAsync("/console/keys");
        (string, string)[] fields = [.. visitor.HiddenOf("/console/keys"), ("description", "program")];
        var session = visitor.Cookies.Split("session=")[1].Split(';')[0];

        var visitors = replicas.Addresses.Select(address => ConsoleVisitor.With(browser, address, session)).ToArray();
        await Task.WhenAll(visitors.Select(one => one.PostAsync("/console/keys", fields)));

        Assert.Single(visitors, one => one.Page.Contains("id=\"secret-key\"", StringComparison.Ordinal));
        Assert.Equal(Replicas - 1, visitors.Count(one => one.Page.Contains("The form was sent already", StringComparison.Ordinal)));
        await visitor.GetAsync("/console/keys");
        Assert.Equal(2, visitor.Page.Split("/delete\"").Length);
    }

    public void Dispose() => http.Dispose();

    private async Task ListsAreNeverStaleAsync(ReplicaSet replicas, CrashTenants tenants)
    {
        var (inviter, guest) = (tenants.Inviter, tenants.Invitees[0]);
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (method, states) in ((string, string[])[])[("POST", ["waiting"]), ("DELETE", [])])
            {
                var body = new JsonObject
                {
                    ["bcs_id"] = inviter.Service,
                    ["channel_name"] = "channel",
                    ["invited_userinfo"] = new JsonArray(new JsonObject { ["invited_user"] = guest.Account }),
                };
                Assert.Equal(200, (await inviter.SendAsync(http, replicas.Next(), method, "members/invitations", body)).Status);
                Assert.All(
                    await Task.WhenAll(replicas.Addresses.Select(address => inviter.MembersAsync(http, address))),
                    seen => Assert.Equal(states, seen.Values));
            }
        }
    }

    private async Task TokensAreGoodAndBadEverywhereAsync(ReplicaSet replicas, CrashTenant tenant)
    {
        await AddUserAsync(replicas, tenant);
        for (var round = 0; round < Replicas; round++)
        {
            var token = await LogInAsync(replicas.Next(), tenant);
            Assert.All(await StatusesAsync(replicas, tenant, token), status => Assert.Equal(200, status));

            using var revoked = await SendAsync(HttpMethod.Delete, new Uri(replicas.Next(), "/v3/auth/tokens"), token);
            Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
            Assert.All(await StatusesAsync(replicas, tenant, token), status => Assert.Equal(401, status)); // no replica keeps a token in mind
        }
    }

    private static async Task AddUserAsync(ReplicaSet replicas, CrashTenant tenant)
    {
        await using var store = Store.Open(replicas.Setting);
        var passwords = new Passwords(iterations: 1);
        var created = await new Accounts(store, passwords, TimeProvider.System).CreateUserAsync(tenant.Account, "alice", Role.Admin, Password, CancellationToken.None);
        Assert.False(created.IsRefused(out _));
    }

    private async Task<string> LogInAsync(Uri address, CrashTenant tenant)
    {
        var user = $$"""{ "name": "alice", "password": "{{Password}}", "domain": { "name": "{{tenant.Account}}" } }""";
        using var body = new StringContent(
            $$"""{ "auth": { "identity": { "methods": ["password"], "password": { "user": {{user}} } }, "scope": { "project": { "id": "{{tenant.Project}}" } } } }""",
            System.Text.Encoding.UTF8,
            "application/json");
        using var response = await http.PostAsync(new Uri(address, "/v3/auth/tokens"), body);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return response.Headers.GetValues("X-Subject-Token").Single();
    }

    private async Task<int[]> StatusesAsync(ReplicaSet replicas, CrashTenant tenant, string token) => await Task.WhenAll(replicas.Addresses.Select(async address =>
    {
        using var response = await SendAsync(HttpMethod.Get, new Uri(address, $"/v2/{tenant.Project}/members"), token);
        return (int)response.StatusCode;
    }));

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, string token)
    {
        using var request = new HttpRequestMessage(method, address);
        request.Headers.Add("X-Auth-Token", token);
        request.Headers.Add("X-Subject-Token", token);
        return await http.SendAsync(request);
    }
}

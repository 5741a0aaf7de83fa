using System.Text.Json.Nodes;
using Guildhall.Demo;

namespace Guildhall.Tests.Hosting;

/// <summary>Acts for a demo's tenants with nothing but what <c>demo.json</c> says.</summary>
internal sealed class DemoTenants(DemoFile demo, HttpClient http)
{
    public DemoTenants(DemoServer server, HttpClient http)
        : this(server.File, http)
    {
    }

    private DemoAccount Inviter => demo.Accounts[0];

    private DemoAccount Invitee => demo.Accounts[1];

    public async Task<(int Status, string Token)> LogInAsync(DemoAccount account)
    {
        var body = new JsonObject
        {
            ["auth"] = new JsonObject
            {
                ["identity"] = new JsonObject
                {
                    ["methods"] = new JsonArray("password"),
                    ["password"] = new JsonObject
                    {
                        ["user"] = new JsonObject
                        {
                            ["name"] = account.User.Name,
                            ["password"] = account.User.Password,
                            ["domain"] = new JsonObject { ["name"] = account.Name },
                        },
                    },
                },
                ["scope"] = new JsonObject { ["project"] = new JsonObject { ["id"] = account.Project.Id } },
            },
        };
        using var response = await http.PostAsJsonAsync(new Uri(demo.Endpoint + "/v3/auth/tokens"), body);
        var token = response.Headers.TryGetValues("X-Subject-Token", out var tokens) ? tokens.Single() : "";
        return ((int)response.StatusCode, token);
    }

    public async Task InviteAndAgreeAsync()
    {
        await SendAsync(Inviter, HttpMethod.Post, "members/invitations", new JsonObject
        {
            ["bcs_id"] = Inviter.Services[0].Id,
            ["channel_name"] = "channel",
            ["invited_userinfo"] = new JsonArray(new JsonObject { ["invited_user"] = Invitee.Name }),
        });
        await SendAsync(Invitee, HttpMethod.Post, "notification/handle", new JsonObject
        {
            ["channel_name"] = "channel",
            ["status"] = "agreed",
            ["invitor_info"] = PartyOf(Inviter, "invitor"),
            ["invitee_info"] = PartyOf(Invitee, "invitee"),
            ["invited_orgs"] = new JsonArray(new JsonObject { ["name"] = "organization" }),
        });
    }

    /// <summary>The only member's state.</summary>
    public async Task<string> MemberStateAsync() =>
        (string)JsonNode.Parse(await SendAsync(Inviter, HttpMethod.Get, "members?extended=true"))!["members"]!.AsArray().Single()!["status"]!;

    public Task<string> OperationsAsync() => SendAsync(Invitee, HttpMethod.Get, "operation/record");

    /// <summary>Waits for the worker, for much less than it waits itself after failures.</summary>
    public async Task WaitForAsync(string state)
    {
        var reached = "";
        for (var look = 0; look < 100 && reached != state; look++)
        {
            await Task.Delay(50);
            reached = await MemberStateAsync();
        }

        Assert.Equal(state, reached);
    }

    private static JsonObject PartyOf(DemoAccount account, string prefix) => new()
    {
        [prefix + "_bcs_id"] = account.Services[0].Id,
        [prefix + "_bcs_name"] = account.Services[0].Name,
        [prefix + "_project_id"] = account.Project.Id,
        [prefix + "_user_id"] = account.Id,
    };

    /// <summary>With a token of its own each time: the demo's clock may have outrun an older one.</summary>
    private async Task<string> SendAsync(DemoAccount account, HttpMethod method, string path, JsonObject? json = null)
    {
        using var request = new HttpRequestMessage(method, new Uri($"{demo.Endpoint}/v2/{account.Project.Id}/{path}"));
        request.Headers.Add("X-Auth-Token", (await LogInAsync(account)).Token);
        request.Content = json is null ? null : JsonContent.Create(json);
        using var response = await http.SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        return body;
    }
}

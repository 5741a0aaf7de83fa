using System.Text;
using System.Text.Json.Nodes;
using Guildhall.Memberships;
using Guildhall.Services;
using Guildhall.Storage;
using Guildhall.Tests.Api;

namespace Guildhall.Tests;

/// <summary>A tenant's administrator, with its account, project, service and token.</summary>
public sealed class Person(TestService guildhall, string accountName, string serviceName)
{
    public static readonly Traits Traits = new("union", "etcdraft", "ECDSA", Edition.Enterprise, "2.2");

    public string AccountId { get; } = Guid.NewGuid().ToString("n");

    public string AccountName => accountName;

    public string ProjectId { get; } = Guid.NewGuid().ToString("n");

    public string UserId { get; } = Guid.NewGuid().ToString("n");

    public string Token { get; } = "token-" + Guid.NewGuid().ToString("n");

    public string ServiceId { get; private set; } = "";

    public string ServiceName => serviceName;

    public Task<(int Status, string Body)> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);

    public Task<(int Status, string Body)> PostAsync(string path, string json) => SendAsync(HttpMethod.Post, path, json);

    public Task<(int Status, string Body)> PutAsync(string path, string json) => SendAsync(HttpMethod.Put, path, json);

    public Task<(int Status, string Body)> DeleteAsync(string path, string? json = null) => SendAsync(HttpMethod.Delete, path, json);

    /// <param name="key">The request's Idempotency-Key; null for none.</param>
    public async Task<(int Status, string Body)> SendAsync(HttpMethod method, string path, string? json, string? key = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(guildhall.Address, $"/v2/{ProjectId}/{path}"));
        request.Headers.Add("X-Auth-Token", Token);
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        }

        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }

        using var response = await guildhall.Http.SendAsync(request);
        Assert.Matches("^[0-9a-f]{32}$", Assert.Single(response.Headers.GetValues("X-Request-Id")));
        var answer = await response.Content.ReadAsStringAsync();
        ApiDocument.AssertDescribes(method.Method, request.RequestUri!.AbsolutePath, (int)response.StatusCode, answer);
        return ((int)response.StatusCode, answer);
    }

    public Task<(int Status, string Body)> InviteAsync(Person invitee, string channel = "channel") => InviteToAsync(channel, invitee.AccountName);

    public Task<(int Status, string Body)> InviteNamesAsync(params string[] names) => InviteToAsync("channel", names);

    public Task<(int Status, string Body)> AgreeAsync(string channel = "channel", Person? to = null, Action<JsonObject>? change = null) =>
        AnswerAsync("agreed", channel, to, change);

    public Task<(int Status, string Body)> RejectAsync(string channel = "channel", Person? to = null, Action<JsonObject>? change = null) => AnswerAsync("reject", channel, to, change);

    public Task<(int Status, string Body)> QuitAsync(string channel = "channel", Action<JsonObject>? change = null)
    {
        var body = new JsonObject
        {
            ["inviter_bcsid"] = guildhall.Inviter.ServiceId,
            ["inviter_projectid"] = guildhall.Inviter.ProjectId,
            ["inviter_domainid"] = guildhall.Inviter.AccountId,
            ["inviter_username"] = guildhall.Inviter.AccountName,
            ["channel_name"] = channel,
            ["invitee_bcsid"] = ServiceId,
            ["invitee_projectid"] = ProjectId,
            ["invitee_domainid"] = AccountId,
        };
        change?.Invoke(body);
        return PutAsync("members/quit", body.ToJsonString());
    }

    /// <param name="inviteeServiceId">Null for the invitee's own service where it had joined; empty to leave it out.</param>
    public Task<(int Status, string Body)> DeleteInvitationAsync(Person invitee, string? status = null, string? inviteeServiceId = null)
    {
        var user = new JsonObject { ["invited_user"] = invitee.AccountName, ["status"] = status };
        if ((inviteeServiceId ?? (status == "quit" ? invitee.ServiceId : "")) is { Length: > 0 } service)
        {
            user["invited_bcs_id"] = service;
        }

        var body = new JsonObject { ["bcs_id"] = ServiceId, ["channel_name"] = "channel", ["invited_userinfo"] = new JsonArray(user) };
        return DeleteAsync("members/invitations", body.ToJsonString());
    }

    public async Task<string> MembersAsync() => (await GetAsync("members")).Body;

    public async Task<string[]> MemberNamesAsync(string query = "") =>
        [.. (await ReadAsync("members" + query))["members"]!.AsArray().Select(member => (string)member!["invitee_info"]!["invitee_username"]!)];

    public async Task<string?> NextMarkerAsync(string query) => (string?)(await ReadAsync("members" + query))["page_info"]!["next_marker"];

    public async Task<string[]> MemberStatesAsync() =>
        [.. (await ReadAsync("members?extended=true"))["members"]!.AsArray().Select(member => (string)member!["status"]!)];

    public async Task<string[]> NotificationStatesAsync() =>
        [.. (await ReadAsync("notifications"))["notifications"]!.AsArray().Select(notification => (string)notification!["status"]!)];

    /// <summary>The newest notification's state; <c>none</c> without any.</summary>
    public async Task<string> NotificationStatusAsync() => (await NotificationStatesAsync()).LastOrDefault("none");

    public async Task<string> NotificationIdAsync() => (string)(await ReadAsync("notifications"))["notifications"]![0]!["id"]!;

    /// <summary>Registers another service of this tenant; answers its id.</summary>
    public async Task<string> AddServiceAsync(
        string name, Func<Traits, Traits> change, bool isInvitee = true, string[]? channels = null, bool becomesMain = false)
    {
        var service = new Service(
            Guid.NewGuid().ToString(), AccountId, AccountName, ProjectId, name, change(Traits), isInvitee, "goleveldb", "CCE", TrustedComputing: true,
            guildhall.Clock.GetUtcNow(), null, [new Organization("organization", 1)]);
        await guildhall.Store.WriteAsync<Done>(
            async transaction =>
            {
                await transaction.AddAsync(service, CancellationToken.None);
                foreach (var channel in channels ?? [])
                {
                    await transaction.AddAsync(service.Id, new Channel(channel, "", guildhall.Clock.GetUtcNow(), []), CancellationToken.None);
                }

                return new Done();
            },
            CancellationToken.None);
        ServiceId = becomesMain ? service.Id : ServiceId;
        return service.Id;
    }

    public Task AddChannelAsync(string name) => guildhall.Store.WriteAsync<Done>(
        async transaction =>
        {
            await transaction.AddAsync(ServiceId, new Channel(name, "", guildhall.Clock.GetUtcNow(), []), CancellationToken.None);
            return new Done();
        },
        CancellationToken.None);

    public async Task DeleteServiceAsync() => Assert.Equal(200, (await DeleteAsync("blockchains/" + ServiceId)).Status);

    private Task<(int Status, string Body)> InviteToAsync(string channel, params string[] names)
    {
        var users = names.Select(name => (JsonNode)new JsonObject { ["invited_user"] = name }).ToArray();
        var body = new JsonObject { ["bcs_id"] = ServiceId, ["channel_name"] = channel, ["invited_userinfo"] = new JsonArray(users) };
        return PostAsync("members/invitations", body.ToJsonString());
    }

    private Task<(int Status, string Body)> AnswerAsync(string status, string channel, Person? to, Action<JsonObject>? change)
    {
        var inviter = to ?? guildhall.Inviter;
        var body = new JsonObject
        {
            ["channel_name"] = channel,
            ["status"] = status,
            ["invitor_info"] = new JsonObject
            {
                ["invitor_bcs_id"] = inviter.ServiceId,
                ["invitor_bcs_name"] = inviter.ServiceName,
                ["invitor_project_id"] = inviter.ProjectId,
                ["invitor_user_id"] = inviter.AccountId,
            },
            ["invitee_info"] = new JsonObject
            {
                ["invitee_bcs_id"] = ServiceId,
                ["invitee_bcs_name"] = ServiceName,
                ["invitee_project_id"] = ProjectId,
                ["invitee_user_id"] = AccountId,
            },
            ["invited_orgs"] = new JsonArray(new JsonObject { ["name"] = "organization" }),
        };
        change?.Invoke(body);
        return PostAsync("notification/handle", body.ToJsonString());
    }

    private async Task<JsonNode> ReadAsync(string path)
    {
        var (status, body) = await GetAsync(path);
        Assert.Equal(200, status);
        return JsonNode.Parse(body)!;
    }
}

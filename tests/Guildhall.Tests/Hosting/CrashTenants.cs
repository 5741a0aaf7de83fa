using System.Data.Common;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Guildhall.Memberships;
using Guildhall.Services;
using Guildhall.Storage;

namespace Guildhall.Tests.Hosting;

/// <summary>An account with a project, a token and a service, in a store that a process will open.</summary>
internal sealed record CrashTenant(string Account)
{
    public string Project => "project-" + Account;

    public string Token => "token-" + Account;

    public string Service => "service-" + Account;

    /// <summary>Throws when the server is gone before it has answered, or says that its database is.</summary>
    public async Task<(int Status, string Body)> SendAsync(HttpClient http, Uri address, string method, string path, JsonNode? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(address, $"/v2/{Project}/{path}"));
        request.Headers.Add("X-Auth-Token", Token);
        request.Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await http.SendAsync(request);
        var (status, answer) = ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
        return response.StatusCode == HttpStatusCode.ServiceUnavailable
            ? throw new HttpRequestException($"{method} {path}: {answer}", inner: null, response.StatusCode)
            : (status, answer);
    }

    /// <summary>The states of its memberships, by the invitee's account.</summary>
    public async Task<Dictionary<string, string>> MembersAsync(HttpClient http, Uri address)
    {
        var (status, body) = await SendAsync(http, address, "GET", "members?extended=true");
        Assert.Equal(200, status);
        return JsonNode.Parse(body)!["members"]!.AsArray().ToDictionary(
            member => (string)member!["invitee_info"]!["invitee_username"]!, member => (string)member!["status"]!);
    }

    public async Task AddAsync(Transaction transaction, bool isInvitee)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Token)));
        await transaction.ExecuteAsync($"INSERT INTO accounts (id, name, created_at) VALUES ('{Account}', '{Account}', 0)");
        await transaction.ExecuteAsync($"INSERT INTO projects (account_id, id, name, created_at) VALUES ('{Account}', '{Project}', 'cn-north-4', 0)");
        await transaction.ExecuteAsync(
            $"INSERT INTO users (account_id, id, name, role, password_hash, created_at) VALUES ('{Account}', 'user-{Account}', 'admin', 'admin', '', 0)");
        await transaction.ExecuteAsync(
            $"""
            INSERT INTO tokens (hash, account_id, user_id, project_id, is_domain_scoped, is_session, issued_at, expires_at)
            VALUES ('{hash}', '{Account}', 'user-{Account}', '{Project}', 0, 1, 0, 99999999999999)
            """);
        var service = new Service(
            Service, Account, Account, Project, "service", Person.Traits, isInvitee, "goleveldb", "CCE", TrustedComputing: true,
            DateTimeOffset.UnixEpoch, null, [new Organization("organization", 1)]);
        await transaction.AddAsync(service, CancellationToken.None);
        if (!isInvitee)
        {
            await transaction.AddAsync(Service, new Channel("channel", "", DateTimeOffset.UnixEpoch, []), CancellationToken.None);
        }
    }
}

/// <summary>Who takes part: one that invites, some that answer and quit, and groups that are invited in one call and never answer.</summary>
internal sealed record CrashTenants(CrashTenant Inviter, CrashTenant[] Invitees, string[][] Groups)
{
    private const int GroupSize = 5;

    /// <param name="setting">The store, as <see cref="Store.Open"/> takes it.</param>
    public static async Task<CrashTenants> CreateAsync(string setting, int invitees, int groups)
    {
        var tenants = new CrashTenants(
            new CrashTenant("inviter"),
            [.. Enumerable.Range(0, invitees).Select(n => new CrashTenant($"invitee-{n}"))],
            [.. Enumerable.Range(0, groups).Select(g => Enumerable.Range(0, GroupSize).Select(n => $"guest-{g}-{n}").ToArray())]);
        await using var store = Store.Open(setting);
        await store.MigrateAsync(CancellationToken.None);
        await store.WriteAsync<Done>(
            async transaction =>
            {
                await tenants.Inviter.AddAsync(transaction, isInvitee: false);
                foreach (var invitee in tenants.Invitees)
                {
                    await invitee.AddAsync(transaction, isInvitee: true);
                }

                foreach (var name in tenants.Groups.SelectMany(group => group))
                {
                    await transaction.ExecuteAsync($"INSERT INTO accounts (id, name, created_at) VALUES ('{name}', '{name}', 0)");
                }

                return new Done();
            },
            CancellationToken.None);
        return tenants;
    }
}

/// <summary>Looks into the store beside the server.</summary>
internal sealed class CrashRecords(DbConnection store)
{
    /// <summary>The first column of the first row as text; null without a row.</summary>
    public string? Find(string sql)
    {
        using var command = store.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar()?.ToString();
    }

    public int Count(string sql) => int.Parse(Find(sql)!);
}

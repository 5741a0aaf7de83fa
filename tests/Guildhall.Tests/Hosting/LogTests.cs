using System.Text.Json.Nodes;
using Guildhall.Identity;
using Guildhall.Storage;

namespace Guildhall.Tests.Hosting;

public sealed class LogTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly HttpClient http = new();
    private readonly List<string> secrets = [];

    [Fact]
    public async Task The_log_is_lines_of_JSON_with_request_ids_and_without_secrets()
    {
        await AddTenantAsync();
        var (server, address) = await GuildhallProcess.StartServerAsync(
            "serve", "--urls", "http://127.0.0.1:0", "--store", folder.File("guildhall.db"), "--network", "register", "--log-level", "debug");
        await using var running = server;

        var requestIds = await TalkAsync(address);
        server.Terminate();
        Assert.Equal(0, await server.ExitAsync());

        var lines = server.Output.Split('\n').Select(line => JsonNode.Parse(line)!).ToList();
        Assert.All(lines, line => Assert.All((string[])["time", "level", "category", "message"], key => Assert.NotNull(line[key])));
        Assert.Subset(lines.Select(line => (string?)line["request_id"]).ToHashSet(), requestIds.ToHashSet<string?>());
        Assert.All(lines.Where(line => ((string)line["category"]!).StartsWith("Guildhall.Api", StringComparison.Ordinal)), line => Assert.NotNull(line["request_id"]));
        Assert.NotEmpty(secrets);
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, server.Output + server.Error));
        Assert.Equal("", server.Error);
    }

    public void Dispose()
    {
        http.Dispose();
        folder.Dispose();
    }

    private async Task AddTenantAsync()
    {
        await using var opened = await OpenStore.OpenAsync(folder.File("guildhall.db"), CancellationToken.None);
        var passwords = new Passwords(iterations: 1);
        var accounts = new Accounts(opened.Store, passwords, TimeProvider.System);
        await accounts.CreateAsync("harbor-trade", CancellationToken.None);
        await accounts.CreateProjectAsync("harbor-trade", "cn-north-4", CancellationToken.None);
        (await accounts.CreateUserAsync("harbor-trade", "admin", Role.Admin, "a password to be kept", CancellationToken.None)).IsRefused(out _, out var user);
        (await new AccessKeys(opened.Store, TimeProvider.System).CreateAsync(Owner.Operator(user.Entry.AccountId), user.Entry.Id, "", CancellationToken.None))
            .IsRefused(out _, out var key);
        secrets.AddRange([user.Password.Reveal(), key.SecretKey.Reveal(), key.Entry.AccessKey, "a wrong password"]);
    }

    /// <summary>Passwords right and wrong, tokens good and bad, signatures, and bodies that break; answers with the requests' ids.</summary>
    private async Task<List<string>> TalkAsync(Uri address)
    {
        var ids = new List<string>();
        var token = "";
        foreach (var password in (string[])["a wrong password", "a password to be kept"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, "/v3/auth/tokens"));
            var user = new JsonObject { ["name"] = "admin", ["password"] = password, ["domain"] = new JsonObject { ["name"] = "harbor-trade" } };
            request.Content = JsonContent.Create(new JsonObject
            {
                ["auth"] = new JsonObject
                {
                    ["identity"] = new JsonObject { ["methods"] = new JsonArray("password"), ["password"] = new JsonObject { ["user"] = user } },
                },
            });
            using var response = await SendAsync(request);
            token = response.Headers.TryGetValues("X-Subject-Token", out var tokens) ? tokens.Single() : token;
        }

        Assert.NotEqual("", token);
        secrets.AddRange([token, "a-token-of-nobody", "0123456789abcdef-a-signature"]);
        foreach (var (header, value) in ((string, string)[])
            [
                ("X-Auth-Token", token), ("X-Auth-Token", "a-token-of-nobody"),
                ("Authorization", $"SDK-HMAC-SHA256 Access={secrets[2]}, SignedHeaders=host, Signature=0123456789abcdef-a-signature"),
            ])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, "/v2/p/members/invitations?token=" + value.Length));
            request.Headers.TryAddWithoutValidation(header, value);
            request.Content = new StringContent($$"""{ "secret": "{{secrets[0]}}" """);
            using var response = await SendAsync(request);
        }

        return ids;

        async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request)
        {
            var response = await http.SendAsync(request);
            ids.Add(response.Headers.GetValues("X-Request-Id").Single());
            return response;
        }
    }
}

using System.Text;
using System.Text.Json.Nodes;
using Guildhall.Memberships;
using Guildhall.Storage;
using Guildhall.Tests.Console;
using Guildhall.Tests.Fabric;
using Guildhall.Tests.Networks;

namespace Guildhall.Tests.Hosting;

/// <summary>An account's administrator attaches its service with files that are meant to end the server, or to keep it busy. The server is a process of its own.</summary>
public sealed class HostileProfilesTests : IDisposable
{
    private const string HoldsItself = "a: &a [*a]\n? *a\n: v\n";
    private static readonly string Laughs =
        "l0: &l0 [x]\n" + string.Concat(Enumerable.Range(1, 9).Select(i => $"l{i}: &l{i} [{string.Join(", ", Enumerable.Repeat($"*l{i - 1}", 10))}]\n")) + "? *l9\n: v\n";

    private readonly TemporaryFolder folder = new();
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly CrashTenant attacker = new("attacker");

    public static TheoryData<string> Networks => ["register", "emulated", "fabric"];

    [Theory]
    [MemberData(nameof(Networks))]
    public async Task The_server_refuses_them_and_goes_on(string network)
    {
        await using var server = await ServeAsync(network);
        foreach (var (what, body) in Bodies())
        {
            foreach (var query in (string[])["?check=true", ""])
            {
                var (status, answer) = await attacker.SendAsync(http, server.Address, "PUT", $"blockchains/{attacker.Service}/network{query}", body.DeepClone());
                Assert.True(status == (query.Length > 0 ? 200 : 400) && answer.Contains("is without end", StringComparison.Ordinal) == !what.Contains("laughs", StringComparison.Ordinal), $"{what}{query}: {status} {answer}");
            }
        }

        foreach (var profile in (string[])[HoldsItself, Laughs])
        {
            var (status, page) = await UploadAsync(server.Address, profile);
            Assert.True(status == 422 && page.Contains("The connection profile ", StringComparison.Ordinal) && page.Contains("config.yaml ", StringComparison.Ordinal), $"{status} {page}");
        }

        Assert.Equal(200, (await attacker.SendAsync(http, server.Address, "GET", "members")).Status);
    }

    public void Dispose()
    {
        http.Dispose();
        folder.Dispose();
    }

    private static IEnumerable<(string What, JsonObject Body)> Bodies()
    {
        var organization = new TestOrganization("Org1MSP");
        foreach (var (what, text) in new[] { ("a list that is a key of itself", HoldsItself), ("laughs", Laughs) })
        {
            var profile = AttachmentBodies.Detached(organization);
            profile["profile"] = text;
            yield return ($"a profile with {what}", profile);
            var units = AttachmentBodies.Detached(organization);
            units["organizations"]![0]!["msp"]!["config.yaml"] = text;
            yield return ($"a config.yaml with {what}", units);
        }
    }

    private async Task<(int Status, string Page)> UploadAsync(Uri address, string text)
    {
        var visitor = ConsoleVisitor.With(http, address, attacker.Token);
        var here = $"/console/services/{attacker.Service}/network";
        await visitor.GetAsync(here);
        using var form = new MultipartFormDataContent();
        foreach (var (name, value) in visitor.HiddenOf(here))
        {
            form.Add(new StringContent(value), name);
        }

        form.Add(new StringContent("Org1MSP"), "msp-id-0");
        form.Add(new ByteArrayContent(Encoding.UTF8.GetBytes(text)), "profile", "profile.yaml");
        form.Add(new ByteArrayContent(Encoding.UTF8.GetBytes(text)), "msp-0", "\"msp/config.yaml\"");
        return (await visitor.SendAsync(HttpMethod.Post, here, form), visitor.Page);
    }

    private async Task<RunningServer> ServeAsync(string network)
    {
        var store = folder.File("guildhall.db");
        await using (var empty = Store.Open(store))
        {
            await empty.MigrateAsync(CancellationToken.None);
            await empty.WriteAsync<Done>(
                async transaction =>
                {
                    await attacker.AddAsync(transaction, isInvitee: true);
                    return new Done();
                },
                CancellationToken.None);
        }

        var (process, address) = await GuildhallProcess.StartServerAsync("serve", "--urls", "http://127.0.0.1:0", "--store", store, "--network", network);
        return new RunningServer(process, address);
    }

    private sealed record RunningServer(GuildhallProcess Process, Uri Address) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Process.DisposeAsync();
    }
}

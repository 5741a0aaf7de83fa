using System.Net;
using System.Text;
using Guildhall.Memberships;
using Guildhall.Storage;

namespace Guildhall.Tests.Hosting;

/// <summary>A real server with little memory, asked for more at once than would fit into it.</summary>
public sealed class MemoryTests : IDisposable
{
    /// <summary>What the runtime may take for its heap; less than one of the answers below takes when it is made whole, and more than a server needs.</summary>
    private const string HeapLimit = "0x6000000"; // 96 MB

    private const int Operations = 60_000;
    private const int Members = 20_000;
    private const int AtOnce = 4;

    private readonly TemporaryFolder folder = new();
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromMinutes(5) };

    [Theory]
    [InlineData("operation/record", """],"count":60000}""")]
    [InlineData("members", "]}")]
    [InlineData("members?extended=true", "]}")]
    public async Task Long_lists_asked_for_at_once_are_answered_whole_and_neighbours_meanwhile(string path, string end)
    {
        var (large, small) = (new CrashTenant("large"), new CrashTenant("small"));
        var store = folder.File("guildhall.db");
        await FillAsync(store, large, small);
        await using var server = GuildhallProcess.Start(
            [("DOTNET_GCHeapHardLimit", HeapLimit)],
            ["serve", "--store", store, "--network", "register", "--urls", "http://127.0.0.1:0"]);
        var address = new Uri(await server.WaitForAsync(@"listens at (https?://[\d.:]+)"));

        var lists = Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(() => EndOfAsync(address, large, path))));
        var neighbour = new List<int>();
        do
        {
            neighbour.Add((await small.SendAsync(http, address, "GET", "members")).Status);
        }
        while (!lists.IsCompleted);

        Assert.All(await lists, list => Assert.Equal(end, list[^end.Length..]));
        Assert.All(neighbour, status => Assert.Equal(200, status));
    }

    public void Dispose()
    {
        http.Dispose();
        folder.Dispose();
    }

    private static async Task FillAsync(string file, CrashTenant large, CrashTenant small)
    {
        await using var store = Store.Open(file);
        await store.MigrateAsync(CancellationToken.None);
        await store.WriteAsync<Done>(
            async transaction =>
            {
                await large.AddAsync(transaction, isInvitee: false);
                await small.AddAsync(transaction, isInvitee: false);
                return new Done();
            },
            CancellationToken.None);
        await store.AddOperationsAsync(large.Account, large.Project, large.Service, Operations);
        await store.AddMembersAsync(large.Account, large.Project, large.Service, Members);
    }

    /// <summary>The last characters of the answer; it must have come to its end.</summary>
    private async Task<string> EndOfAsync(Uri address, CrashTenant tenant, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, $"/v2/{tenant.Project}/{path}"));
        request.Headers.Add("X-Auth-Token", tenant.Token);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await using var body = await response.Content.ReadAsStreamAsync();
        var (buffer, tail) = (new byte[64 * 1024], "");
        while (await body.ReadAsync(buffer) is var read and > 0)
        {
            tail = (tail + Encoding.UTF8.GetString(buffer, 0, read))[^Math.Min(tail.Length + read, 64)..];
        }

        return tail;
    }
}

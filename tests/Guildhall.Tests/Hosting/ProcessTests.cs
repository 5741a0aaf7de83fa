using System.Net;
using System.Net.Sockets;
using System.Text;
using Guildhall.Demo;

namespace Guildhall.Tests.Hosting;

/// <summary>The program as an operator meets it: started, signalled, and told off.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly HttpClient http = new();

    private string Store => folder.File("guildhall.db");

    [Fact]
    public async Task On_SIGTERM_new_requests_are_turned_away_while_one_in_flight_is_answered()
    {
        var (server, address) = await ServeAsync();
        await using var running = server;
        using var slow = await BeginRequestAsync(address);

        server.Terminate();
        await server.WaitForAsync("(Stopping)");
        using var refused = await http.GetAsync(new Uri(address, "/v2/p/members"));
        await slow.GetStream().WriteAsync("}"u8.ToArray());
        var answer = await new StreamReader(slow.GetStream()).ReadLineAsync();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal("1", refused.Headers.RetryAfter?.ToString());
        Assert.Equal("HTTP/1.1 400 Bad Request", answer); // an empty object is no token request, and was looked at
        Assert.Equal(0, await server.ExitAsync());
    }

    [Fact]
    public async Task A_request_that_never_ends_is_cut_off_after_the_drain_time()
    {
        var (server, address) = await ServeAsync("--drain-seconds", "1");
        await using var running = server;
        using var endless = await BeginRequestAsync(address);

        server.Terminate();

        Assert.Equal(0, await server.ExitAsync());
        Assert.Contains("still in flight", server.Output);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_second_start_finishes_the_join_that_the_first_one_left(bool isKilled)
    {
        DemoFile demo;
        var (first, address) = await DemoAsync();
        await using (first)
        {
            demo = DemoFile.Read(folder.File("demo.json"))!;
            using var delay = new StringContent("""{ "delay_seconds": 3 }""", Encoding.UTF8, "application/json");
            using var set = await http.PutAsync(new Uri(address, "/demo/network"), delay);
            var tenants = new DemoTenants(demo, http);
            await tenants.InviteAndAgreeAsync();
            Assert.Equal("joining", await tenants.MemberStateAsync());
            if (isKilled)
            {
                await first.KillAsync();
            }
            else
            {
                first.Terminate();
                Assert.Equal(0, await first.ExitAsync());
            }
        }

        var (second, _) = await DemoAsync();
        await using var running = second;
        await new DemoTenants(DemoFile.Read(folder.File("demo.json"))!, http).WaitForAsync("agreed");
    }

    [Fact]
    public async Task The_session_that_a_demo_prints_works_as_it_is_printed()
    {
        var (server, _) = await DemoAsync();
        await using var running = server;
        var script = folder.Write("session.sh", server.Output[..server.Output.IndexOf("is ready at", StringComparison.Ordinal)]);

        using var bash = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("bash", [script])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        var answers = (await bash.StandardOutput.ReadToEndAsync()).TrimEnd().Split('\n');

        Assert.Collection(
            answers,
            invited => Assert.Equal("""{"result":"success"}""", invited),
            notified => Assert.Contains("\"status\":\"waiting\"", notified),
            agreed => Assert.Equal("""{"result":"success"}""", agreed),
            members => Assert.StartsWith("""{"members":[{""", members),
            extended => Assert.Contains("\"status\":\"agreed\"", extended),
            quit => Assert.StartsWith("""{"result":"success","operation_id":"BCSSVC01-03-""", quit),
            records => Assert.StartsWith("""{"count":2,""", records),
            deleted => Assert.Equal("""{"result":"success"}""", deleted));
    }

    [Fact]
    public async Task Serve_has_none_of_the_demos_switches()
    {
        var (server, address) = await ServeAsync();
        await using var running = server;

        foreach (var path in (string[])["/demo/clock", "/demo/network", "/demo"])
        {
            using var shown = await http.GetAsync(new Uri(address, path));
            using var set = await http.PutAsync(new Uri(address, path), new StringContent("{}", Encoding.UTF8, "application/json"));
            Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (shown.StatusCode, set.StatusCode));
        }
    }

    [Fact]
    public async Task What_keeps_a_server_from_starting_is_told_in_one_line()
    {
        var (server, address) = await ServeAsync();
        await using var running = server;
        var url = address.GetLeftPart(UriPartial.Authority);

        var other = folder.File("other.db");
        await AssertTellsAsync($"Guildhall cannot listen: Failed to bind to address {url}: address already in use.", "serve", "--urls", url, "--store", other, "--network", "register");
        await AssertTellsAsync($"A running Guildhall has the store {Store} open.", "serve", "--urls", "http://127.0.0.1:0", "--store", Store, "--network", "register");

        var noStore = folder.Write("notes.db", "These are notes, and no store, though they are longer than the header of one would be.");
        await AssertTellsAsync($"The store {noStore} cannot be opened: ", "serve", "--urls", "http://127.0.0.1:0", "--store", noStore, "--network", "register");
        await AssertTellsAsync("The folder /proc/none cannot be created", "demo", "--data", "/proc/none");
        await AssertTellsAsync("--urls: http://0.0.0.0:80 is not for a demo", "demo", "--urls", "http://0.0.0.0:80", "--data", folder.Path);
    }

    [Fact]
    public async Task A_store_of_a_newer_Guildhall_is_refused_in_one_line()
    {
        await using (var store = await Guildhall.Storage.OpenStore.OpenAsync(Store, CancellationToken.None))
        {
            await store.Store.WriteAsync<Guildhall.Memberships.Done>(
                async transaction =>
                {
                    await transaction.ExecuteAsync("INSERT INTO schema_steps (number, name) VALUES (9999, 'from-the-future')");
                    return new Guildhall.Memberships.Done();
                },
                CancellationToken.None);
        }

        await AssertTellsAsync(
            $"The store {Store} cannot be opened: The store has schema 9999, and this Guildhall knows",
            "serve", "--urls", "http://127.0.0.1:0", "--store", Store, "--network", "register");
    }

    [Fact]
    public async Task Serve_can_only_check_its_configuration()
    {
        var valid = await GuildhallProcess.RunAsync("serve", "--check", "--urls", "http://127.0.0.1:0", "--store", Store, "--network", "register");
        var wrong = await GuildhallProcess.RunAsync("serve", "--check", "--urls", "http://127.0.0.1:0", "--store", Store);

        Assert.Equal((0, "The configuration is valid.", ""), valid);
        Assert.Equal(1, wrong.ExitCode);
        Assert.Contains("network: it is not set", wrong.Error);
        Assert.False(File.Exists(Store));
    }

    [Fact]
    public async Task Help_teaches_what_Guildhall_is_and_what_to_try_first()
    {
        var (exitCode, help, _) = await GuildhallProcess.RunAsync("--help");

        Assert.Equal(0, exitCode);
        Assert.Contains("guildhall demo", help);
        Assert.All((string[])["demo", "serve", "backup", "restore", "account", "user", "project", "key"], command => Assert.Contains($"\n  {command} ", help));
        Assert.Matches(@"^\d+\.\d+\.\d+$", (await GuildhallProcess.RunAsync("--version")).Output);
    }

    public void Dispose()
    {
        http.Dispose();
        folder.Dispose();
    }

    /// <summary>A connection with a request whose body the server is waiting for: it has said so, and half of the body is on its way.</summary>
    private static async Task<TcpClient> BeginRequestAsync(Uri address)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, address.Port);
        await client.GetStream().WriteAsync(
            "POST /v3/auth/tokens HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"u8.ToArray());
        var goOn = new byte["HTTP/1.1 100 Continue\r\n\r\n".Length];
        await client.GetStream().ReadExactlyAsync(goOn);
        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", Encoding.ASCII.GetString(goOn));
        await client.GetStream().WriteAsync("{"u8.ToArray());
        return client;
    }

    private static async Task AssertTellsAsync(string message, params string[] arguments)
    {
        var (exitCode, output, error) = await GuildhallProcess.RunAsync(arguments);
        Assert.Equal(1, exitCode);
        Assert.StartsWith(message, error);
        Assert.DoesNotContain('\n', error);
        Assert.Equal("", output);
    }

    private Task<(GuildhallProcess Server, Uri Address)> ServeAsync(params string[] more) =>
        GuildhallProcess.StartServerAsync(["serve", "--urls", "http://127.0.0.1:0", "--store", Store, "--network", "register", .. more]);

    private Task<(GuildhallProcess Server, Uri Address)> DemoAsync() =>
        GuildhallProcess.StartServerAsync("demo", "--urls", "http://127.0.0.1:0", "--data", folder.Path);
}

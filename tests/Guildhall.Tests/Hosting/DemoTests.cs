using System.Text;
using System.Text.Json.Nodes;
using Guildhall.Demo;
using Guildhall.Logging;
using Guildhall.Tests.Console;
using Guildhall.Tests.Identity;

namespace Guildhall.Tests.Hosting;

public sealed class DemoTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly HttpClient http = new();
    private readonly HttpClient browser = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    private string DemoJson => folder.File("demo.json");

    [Fact]
    public async Task A_demo_describes_itself_for_scripts_in_a_private_file()
    {
        await using var demo = await StartAsync();

        var described = JsonNode.Parse(await File.ReadAllTextAsync(DemoJson))!;
        Assert.Equal("endpoint, accounts", KeysOf(described));
        Assert.Equal(demo.App.Urls.Single(), (string?)described["endpoint"]);
        Assert.Equal(["harbor-trade", "north-mill", "south-foundry"], described["accounts"]!.AsArray().Select(account => (string?)account!["name"]));
        foreach (var account in described["accounts"]!.AsArray())
        {
            Assert.Equal("name, id, project, user, access_key, secret_key, services", KeysOf(account!));
            Assert.Equal("id, name", KeysOf(account!["project"]!));
            Assert.Equal("cn-north-4", (string?)account["project"]!["name"]);
            Assert.Equal("id, name, password", KeysOf(account["user"]!));
            Assert.Equal("id, name, organizations, channels", KeysOf(Assert.Single(account["services"]!.AsArray())!));
            Assert.Equal("""["organization"]""", account["services"]![0]!["organizations"]!.ToJsonString());
        }

        Assert.Equal(["""["channel"]""", "[]", "[]"], described["accounts"]!.AsArray().Select(account => account!["services"]![0]!["channels"]!.ToJsonString()));
        Assert.True(TemporaryFolder.IsPrivate(DemoJson));
        Assert.True(TemporaryFolder.IsPrivate(folder.File("guildhall.db")));
    }

    [Fact]
    public async Task A_later_start_keeps_what_the_file_says_but_for_the_endpoint()
    {
        DemoFile first;
        await using (var demo = await StartAsync())
        {
            first = demo.File;
        }

        await using var again = await StartAsync();

        Assert.NotEqual(first.Endpoint, again.File.Endpoint);
        var described = JsonNode.Parse(await File.ReadAllTextAsync(DemoJson))!;
        Assert.Equal(again.File.Endpoint, (string?)described["endpoint"]);
        Assert.Equal(first.Accounts.Select(Credentials), again.File.Accounts.Select(Credentials));
        Assert.Equal(first.Accounts.Select(account => account.Services[0].Id), again.File.Accounts.Select(account => account.Services[0].Id));
        Assert.Equal(201, await LogInAsync(again, again.File.Accounts[0]));
    }

    [Fact]
    public async Task Passwords_and_keys_are_made_anew_when_the_file_is_lost()
    {
        DemoFile first;
        await using (var demo = await StartAsync())
        {
            first = demo.File;
        }

        File.Delete(DemoJson);
        await using var again = await StartAsync();

        Assert.Equal(first.Accounts.Select(account => account.Id), again.File.Accounts.Select(account => account.Id));
        Assert.Empty(first.Accounts.Select(Credentials).Intersect(again.File.Accounts.Select(Credentials)));
        Assert.Equal(401, await LogInAsync(again, first.Accounts[0]));
        Assert.Equal(201, await LogInAsync(again, again.File.Accounts[0]));
    }

    [Fact]
    public async Task A_password_that_was_reset_meanwhile_is_made_anew_and_the_bar_signs_in_with_it()
    {
        DemoFile first;
        await using (var demo = await StartAsync())
        {
            first = demo.File;
            var accounts = demo.App.Services.GetRequiredService<Guildhall.Identity.Accounts>();
            await accounts.ResetPasswordAsync("harbor-trade", "admin", "correct horse", endsKeys: false, CancellationToken.None);
        }

        await using var again = await StartAsync();

        Assert.Equal(201, await LogInAsync(again, again.File.Accounts[0]));
        Assert.Equal([false, true, true], first.Accounts.Zip(again.File.Accounts, (before, now) => before.User == now.User));
        Assert.Equal(first.Accounts.Select(one => one.SecretKey), again.File.Accounts.Select(one => one.SecretKey));
        var visitor = new ConsoleVisitor(browser, new Uri(again.File.Endpoint));
        await visitor.GetAsync("/console/sign-in");
        Assert.Equal(303, await visitor.SubmitAsync("/console/bar/tenant"));
    }

    [Fact]
    public async Task Failing_and_mending_in_the_bar_leave_the_delay_as_it_was()
    {
        await using var demo = await StartAsync();
        await SendAsync(demo, HttpMethod.Put, "/demo/network", """{ "delay_seconds": 60 }""");
        var visitor = new ConsoleVisitor(browser, new Uri(demo.File.Endpoint));
        foreach (var fails in (string[])["1", "0"])
        {
            await visitor.GetAsync("/console/sign-in");
            var hidden = visitor.HiddenOf("/console/bar/network").Where(field => field.Name != "fails");
            Assert.Equal(303, await visitor.PostAsync("/console/bar/network", [.. hidden, ("fails", fails)]));
        }

        Assert.Equal("""{"channels":[{"channel_name":null,"delay_seconds":60,"failure":null}]}""", (await SendAsync(demo, HttpMethod.Get, "/demo/network")).Body);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{ "endpoint": "x", "accounts": null }""")]
    [InlineData("""{ "endpoint": "x", "accounts": [null] }""")]
    [InlineData("""{ "endpoint": "x", "accounts": [{ "name": "harbor-trade" }] }""")]
    public async Task A_file_that_says_too_little_is_as_one_that_is_lost(string file)
    {
        await (await StartAsync()).DisposeAsync();
        await File.WriteAllTextAsync(DemoJson, file);

        await using var again = await StartAsync();

        Assert.Equal(201, await LogInAsync(again, again.File.Accounts[0]));
    }

    [Theory]
    [InlineData("http://0.0.0.0:8080")]
    [InlineData("http://*:8080")]
    [InlineData("http://192.168.0.7:8080")]
    [InlineData("http://guild.example:8080")]
    [InlineData("https://127.0.0.1:8443")]
    [InlineData("http://127.0.0.1:8080;http://[::]:8080")]
    public async Task A_demo_listens_on_loopback_only(string urls)
    {
        var refused = await Assert.ThrowsAsync<OperatorException>(() => StartAsync(urls));

        Assert.Contains("It listens on this machine only, such as at http://127.0.0.1:8080", refused.Message);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task A_folder_serves_one_demo_at_a_time()
    {
        await using var demo = await StartAsync();

        var refused = await Assert.ThrowsAsync<OperatorException>(() => StartAsync());

        Assert.StartsWith($"A running Guildhall has the store {folder.File("guildhall.db")} open.", refused.Message);
    }

    [Fact]
    public async Task A_request_sent_to_another_name_is_refused()
    {
        await using var demo = await StartAsync();

        Assert.Equal(421, (await SendAsync(demo, HttpMethod.Get, "/health/live", header: ("Host", "evil.example"))).Status);
        Assert.Equal(200, (await SendAsync(demo, HttpMethod.Get, "/health/live", header: ("Host", "localhost:1"))).Status);
    }

    [Theory]
    [InlineData("http://evil.example", 403)]
    [InlineData("http://127.0.0.1:1", 403)]
    [InlineData("null", 403)]
    [InlineData("", 200)]
    public async Task A_page_of_another_origin_cannot_turn_the_switches(string origin, int status)
    {
        await using var demo = await StartAsync();

        var header = ("Origin", origin.Length == 0 ? demo.File.Endpoint : origin);
        Assert.Equal(status, (await SendAsync(demo, HttpMethod.Get, "/demo/clock", header: header)).Status);
        Assert.Equal(status, (await SendAsync(demo, HttpMethod.Put, "/demo/network", "{}", header: header)).Status);
    }

    [Theory]
    [InlineData("PUT", "/demo/network", null, 415)]
    [InlineData("PUT", "/demo/network", "text/plain", 415)]
    [InlineData("POST", "/demo/clock", null, 415)]
    [InlineData("POST", "/demo/clock", "application/json", 200)]
    public async Task A_switch_wants_JSON(string method, string path, string? contentType, int status)
    {
        await using var demo = await StartAsync();

        Assert.Equal(status, (await SendAsync(demo, HttpMethod.Parse(method), path, """{ "advance_seconds": 0 }""", contentType)).Status);
    }

    [Theory]
    [InlineData("/demo/clock", "{}", "One of parameters is nil: advance_seconds is required")]
    [InlineData("/demo/clock", """{ "advance_seconds": -1 }""", "Invalid Parameter: advance_seconds must be from 0 to 2147483647, not -1")]
    [InlineData("/demo/network", """{ "delay_seconds": 86401 }""", "Invalid Parameter: delay_seconds must be from 0 to 86400, not 86401")]
    [InlineData("/demo/network", """{ "failure": 5 }""", "Invalid Parameter: failure must be a string, not a number")]
    public async Task A_switch_refuses_what_it_cannot_do(string path, string json, string message)
    {
        await using var demo = await StartAsync();

        var (status, body) = await SendAsync(demo, path == "/demo/clock" ? HttpMethod.Post : HttpMethod.Put, path, json);

        Assert.Equal((400, message), (status, (string?)JsonNode.Parse(body)!["error_msg"]));
    }

    [Fact]
    public async Task The_clock_moves_forward_and_does_not_go_back_after_a_restart()
    {
        const string hour = """{ "advance_seconds": 3600 }""";
        await using (var demo = await StartAsync())
        {
            await SendAsync(demo, HttpMethod.Post, "/demo/clock", hour);
            var (_, body) = await SendAsync(demo, HttpMethod.Post, "/demo/clock", hour);
            Assert.Equal(7200, (int)JsonNode.Parse(body)!["ahead_seconds"]!);
        }

        await using var again = await StartAsync();

        var clock = JsonNode.Parse((await SendAsync(again, HttpMethod.Get, "/demo/clock")).Body)!;
        Assert.Equal(7200, (int)clock["ahead_seconds"]!);
        Assert.InRange((DateTimeOffset)clock["now"]! - TimeProvider.System.GetUtcNow(), TimeSpan.FromSeconds(7190), TimeSpan.FromSeconds(7200));
    }

    [Fact]
    public async Task A_program_that_signs_by_the_machines_clock_is_let_in_however_far_the_demo_is_ahead()
    {
        await using var demo = await StartAsync();
        await SendAsync(demo, HttpMethod.Post, "/demo/clock", """{"advance_seconds": 172800}""");
        var account = demo.File.Accounts[0];

        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{demo.File.Endpoint}/v2/{account.Project.Id}/members"));
        TestSigner.Sign(request, account.AccessKey, account.SecretKey, TimeProvider.System.GetUtcNow());
        using var response = await http.SendAsync(request);

        Assert.Equal("""{"members":[]}""", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_join_waits_for_a_slow_network_and_is_done_when_the_clock_has_moved()
    {
        await using var demo = await StartAsync();
        var tenants = new DemoTenants(demo, http);
        await SendAsync(demo, HttpMethod.Put, "/demo/network", """{ "channel_name": "channel", "delay_seconds": 3600 }""");

        await tenants.InviteAndAgreeAsync();
        Assert.Equal("joining", await tenants.MemberStateAsync());

        await SendAsync(demo, HttpMethod.Post, "/demo/clock", """{ "advance_seconds": 3600 }""");
        await tenants.WaitForAsync("agreed");
    }

    [Fact]
    public async Task A_join_that_failed_is_tried_at_once_when_the_network_recovers()
    {
        await using var demo = await StartAsync();
        var tenants = new DemoTenants(demo, http);
        await SendAsync(demo, HttpMethod.Put, "/demo/network", """{ "failure": "no orderer answers" }""");
        await tenants.InviteAndAgreeAsync();

        // Each advance makes the next attempt due; after several, the wait before another one is minutes.
        for (var attempt = 0; attempt < 10; attempt++)
        {
            await SendAsync(demo, HttpMethod.Post, "/demo/clock", """{ "advance_seconds": 600 }""");
            await Task.Delay(50);
        }

        Assert.Equal("joining", await tenants.MemberStateAsync());
        Assert.Contains("no orderer answers", await tenants.OperationsAsync());

        var (_, state) = await SendAsync(demo, HttpMethod.Put, "/demo/network", """{ "failure": null }""");

        Assert.Equal("""{"channels":[{"channel_name":null,"delay_seconds":0,"failure":null}]}""", state);
        await tenants.WaitForAsync("agreed");
    }

    [Fact]
    public async Task The_network_keeps_its_trouble_over_a_restart()
    {
        const string trouble = """{"channel_name":"channel","delay_seconds":60,"failure":"down"}""";
        await using (var demo = await StartAsync())
        {
            await SendAsync(demo, HttpMethod.Put, "/demo/network", trouble);
        }

        await using var again = await StartAsync();

        Assert.Equal(
            $$"""{"channels":[{"channel_name":null,"delay_seconds":0,"failure":null},{{trouble}}]}""",
            (await SendAsync(again, HttpMethod.Get, "/demo/network")).Body);
    }

    public void Dispose()
    {
        http.Dispose();
        browser.Dispose();
        folder.Dispose();
    }

    private static string KeysOf(JsonNode json) => string.Join(", ", json.AsObject().Select(member => member.Key));

    private static string Credentials(DemoAccount account) => account.User.Password + account.AccessKey + account.SecretKey;

    private Task<DemoServer> StartAsync(string urls = "http://127.0.0.1:0") =>
        DemoServer.StartAsync(folder.Path, urls, new LineLog(Stream.Null, new PlainLines(), TimeProvider.System), CancellationToken.None);

    private async Task<int> LogInAsync(DemoServer demo, DemoAccount account) => (await new DemoTenants(demo, http).LogInAsync(account)).Status;

    private async Task<(int Status, string Body)> SendAsync(
        DemoServer demo, HttpMethod method, string path, string? json = null, string? contentType = "application/json", (string Name, string Value)? header = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(demo.File.Endpoint + path));
        if (json is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(json));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        if (header is { } added)
        {
            request.Headers.TryAddWithoutValidation(added.Name, added.Value);
        }

        using var response = await http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}

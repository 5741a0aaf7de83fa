using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Guildhall.Api;
using Guildhall.Destinations;
using Guildhall.Fabric;
using Guildhall.Networks;
using Guildhall.Outbox;
using Guildhall.Tests.Fabric;

namespace Guildhall.Tests.Networks;

/// <summary>What tenants can bring about by the nodes that they name, and by those that they run.</summary>
public sealed class HostileNetworksTests
{
    private const string Channel = Fabric.FabricNetwork.Channel;

    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(100);
    private static readonly TestOrganization Mill = new("MillMSP");

    /// <summary>Nothing ends because of them while a test runs.</summary>
    private static readonly LookLimits Patient = new() { Deadline = TimeSpan.FromHours(1), NodeDeadline = TimeSpan.FromHours(1) };

    private static readonly LookLimits Brief = new() { Deadline = TimeSpan.FromSeconds(2), NodeDeadline = TimeSpan.FromMilliseconds(500) };

    [Theory, EveryEngine]
    public async Task Where_no_channel_is_changed_no_node_is_connected_to(Engine engine)
    {
        await using var node = HostileNode.Silent();
        await using var service = await TestService.StartAsync(engine, settings => settings with { Fabric = Consortium.Lab with { ChangesChannels = false } });

        var findings = await CheckAsync(service, service.Invitee, node.Port);

        Assert.Contains("good profile connection profile: names nodes that are not asked whether they answer: this Guildhall changes no channel, and connects to no node.", findings);
        Assert.DoesNotContain(findings, finding => finding.Contains("peer0", StringComparison.Ordinal) && !finding.Contains("without TLS", StringComparison.Ordinal));
        Assert.Equal(0, node.Connections);
    }

    [Theory]
    [InlineData("127.0.0.1", "a loopback address")]
    [InlineData("localhost", "a loopback address")]
    [InlineData("127.1", "a loopback address")]
    [InlineData("2130706433", "a loopback address")]
    [InlineData("[::1]", "a loopback address")]
    [InlineData("[::ffff:127.0.0.1]", "a loopback address")]
    [InlineData("[64:ff9b::7f00:1]", "a loopback address")]
    [InlineData("0.0.0.0", "a reserved address")]
    [InlineData("169.254.169.254", "an address at which clouds keep credentials")]
    [InlineData("[fe80::1]", "a link-local address")]
    public async Task What_the_operator_has_not_opened_is_not_connected_to_and_says_so_at_once(string host, string kind)
    {
        await using var node = HostileNode.Silent();
        await using var service = await StartAsync(Patient, Consortium.Lab with { Destinations = DestinationPolicy.Nodes });

        var finding = Assert.Single(await CheckAsync(service, service.Invitee, [$"grpc://{host}:{node.Port}"]).WaitAsync(Guard), one => one.StartsWith("failed peer", StringComparison.Ordinal));

        Assert.EndsWith($":{node.Port} is {kind}, to which this Guildhall does not connect; its operator can open such addresses with fabric.destinations.", finding, StringComparison.Ordinal);
        Assert.Equal(0, node.Connections);
    }

    [Fact]
    public async Task The_server_itself_is_no_node_even_where_loopback_is_open()
    {
        await using var service = await StartAsync(Patient);

        var findings = await CheckAsync(service, service.Invitee, service.Address.Port).WaitAsync(Guard);

        Assert.Contains($"failed peer peer0: 127.0.0.1:{service.Address.Port} is this Guildhall itself.", findings);
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("grpcs")]
    public async Task Who_is_behind_an_address_cannot_be_told_from_the_findings(string scheme)
    {
        await using var service = await StartAsync(Brief);
        await using var silent = HostileNode.Silent();
        await using var web = HostileNode.Web();
        await using var shell = HostileNode.Greeting();

        var seen = new List<string>();
        foreach (var port in (int[])[HostileNode.ClosedPort(), silent.Port, web.Port, shell.Port])
        {
            seen.Add(string.Join('\n', await CheckAsync(service, service.Invitee, [$"{scheme}://127.0.0.1:{port}"])).Replace($"{port}", "PORT", StringComparison.Ordinal));
        }

        Assert.Contains("failed peer peer0: 127.0.0.1:PORT did not answer as an orderer or peer does.", seen[0], StringComparison.Ordinal);
        Assert.All(seen, one => Assert.Equal(seen[0], one));
    }

    [Fact]
    public async Task What_exactly_went_wrong_is_in_the_operators_log_and_not_without_end()
    {
        var told = new ConcurrentQueue<string>();
        var port = HostileNode.ClosedPort();
        await using var service = await StartAsync(Brief, configure: services => services.AddSingleton<ILogger<NodeFailures>>(new Told(told)));

        await CheckAsync(service, service.Invitee, [.. Enumerable.Repeat($"grpc://127.0.0.1:{port}", 90)]);

        Assert.Equal(NodeFailures.PerMinute, told.Count);
        Assert.All(told, line => Assert.StartsWith($"A node of north-mill at 127.0.0.1:{port} could not be asked: ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_waits_for_nodes_holds_no_place_and_once_gone_nobody_waits_for_them()
    {
        await using var node = HostileNode.Silent();
        await using var service = await StartAsync(Patient);
        var (gate, looks) = (service.Services.GetRequiredService<Gate>(), service.Services.GetRequiredService<LimitedLooks>());
        using var gone = new CancellationTokenSource();

        var attaching = SendAsync(service, service.Invitee, BodyOf(node.Port), gone.Token);
        await node.ConnectedAsync();

        Assert.Equal((0, 0, 1), (gate.Taken, gate.TakenBy(service.Invitee.AccountId), looks.Running));
        await gone.CancelAsync();
        await node.LeftAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => attaching);
        await UntilAsync(() => looks.Running == 0);
    }

    [Fact]
    public async Task A_hundred_nodes_that_hang_are_told_at_one_deadline_and_more_are_not_asked()
    {
        await using var node = HostileNode.Silent();
        await using var service = await StartAsync(Patient with { Deadline = TimeSpan.FromSeconds(1) });

        var findings = await CheckAsync(service, service.Invitee, [.. Enumerable.Repeat($"grpc://127.0.0.1:{node.Port}", 100)]).WaitAsync(Guard);

        Assert.Equal(100, findings.Count(finding => finding.EndsWith($"127.0.0.1:{node.Port} did not answer as an orderer or peer does.", StringComparison.Ordinal)));
        Assert.InRange(node.Connections, 1, LookLimits.NodesAtOnce);
        var before = node.Connections;

        findings = await CheckAsync(service, service.Invitee, [.. Enumerable.Repeat($"grpc://127.0.0.1:{node.Port}", 101)]).WaitAsync(Guard);
        Assert.Contains("failed profile connection profile: The connection profile names 101 orderers and peers; at most 100 are read.", findings);
        Assert.Equal(before, node.Connections);
    }

    [Theory, EveryEngine]
    public async Task An_account_has_so_many_looks_and_leaves_the_rest_to_others(Engine engine)
    {
        await using var node = HostileNode.Silent();
        await using var service = await StartAsync(Patient with { AtOnce = 4 }, engine: engine);
        using var gone = new CancellationTokenSource();
        var body = BodyOf(node.Port);

        var first = SendAsync(service, service.Invitee, body, gone.Token);
        await node.ConnectedAsync();
        using (var refused = await SendAsync(service, service.Invitee, body, default))
        {
            Assert.Equal((HttpStatusCode.TooManyRequests, "10"), (refused.StatusCode, refused.Headers.GetValues("Retry-After").Single()));
            Assert.Equal("""{"error_code":"BCS.4007053","error_msg":"Too many looks at networks: 1 of account north-mill are under way"}""", await refused.Content.ReadAsStringAsync());
        }

        var others = SendAsync(service, service.Third, body, gone.Token);
        await node.ConnectedAsync();

        Assert.Equal(2, node.Connections);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(first, others));
    }

    [Fact]
    public async Task A_service_that_was_attached_on_loopback_says_what_has_to_be_opened()
    {
        await using var consortium = await Consortium.StartAsync(
            await StandInNetwork.StartAsync(new NetworkPlan("Org1MSP")), configure: services => services.AddSingleton(Consortium.Lab with { Destinations = DestinationPolicy.Nodes }));
        var service = consortium.Service;
        await consortium.AttachAsync(service.Invitee, Mill, holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        var says = $"{consortium.Network.Orderer} is a loopback address, to which this Guildhall does not connect; its operator can open such addresses with fabric.destinations.";

        await service.WorkAsync();

        Assert.Equal(("joining", FabricPlan.Read, says), await consortium.SeeAsync(service.Invitee));
        var seen = await service.Services.GetRequiredService<ChannelTruth>().LookAsync(service.Inviter.ProjectId, service.Inviter.ServiceId, Channel, default);
        Assert.Equal((ChannelState.Unreadable, says), (seen!.State, seen.Problem));
    }

    [Fact]
    public async Task One_tenants_nodes_that_hang_do_not_hold_up_the_looks_at_anothers()
    {
        await using var hanging = HostileNode.Silent();
        await using var consortium = await Consortium.StartAsync(await StandInNetwork.StartAsync(new NetworkPlan("Org1MSP")), configure: services => services
            .AddSingleton(Patient).AddSingleton(FabricOptions.Default with { CallDeadline = TimeSpan.FromHours(1) }));
        var service = consortium.Service;
        var hog = await service.AddPersonAsync("hog", "hog", isInvitee: false);
        await hog.AddChannelAsync("second");
        await hog.AddChannelAsync("third");
        await consortium.AttachAsync(hog, consortium.Network.Org1, holdsKey: true);
        await service.ExecuteAsync(
            "UPDATE attachments SET profile = @profile WHERE service_id = @service",
            ("profile", AttachmentBodies.Profile(consortium.Network.Org1, [NodeEndpoint.Parse($"grpc://127.0.0.1:{hanging.Port}")])), ("service", hog.ServiceId));
        await service.ExecuteAsync(
            "INSERT INTO watched_channels (service_id, channel_name, due_at) VALUES (@service, @channel, 1)", ("service", service.Inviter.ServiceId), ("channel", Channel)); // the others come first
        using var end = new CancellationTokenSource();

        var round = service.Services.GetRequiredService<Watcher>().RunDueAsync(end.Token);
        await hanging.ConnectedAsync();
        await UntilAsync(async () => (await service.Inviter.GetAsync($"blockchains/{service.Inviter.ServiceId}/network")).Body.Contains("\"name\":\"trade\",\"state\":\"true\"", StringComparison.Ordinal));

        Assert.False(round.IsCompleted);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => round.WaitAsync(Guard));
    }

    private static Task<TestService> StartAsync(LookLimits looks, NetworkSettings? fabric = null, Engine engine = Engine.Sqlite, Action<IServiceCollection>? configure = null) =>
        TestService.StartAsync(engine, settings => settings with { Fabric = fabric ?? Consortium.Lab, Looks = looks }, configure);

    private static Task<string[]> CheckAsync(TestService service, Person person, int port) => CheckAsync(service, person, [$"grpc://127.0.0.1:{port}"]);

    /// <summary>What is found of a profile with these peers, a line each.</summary>
    private static async Task<string[]> CheckAsync(TestService service, Person person, string[] peers)
    {
        using var response = await SendAsync(service, person, BodyOf(peers), default);
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, body);
        return [.. JsonNode.Parse(body)!["findings"]!.AsArray().Select(one => $"{one!["outcome"]} {one["part"]} {one["subject"]}: {one["words"]}")];
    }

    private static async Task<HttpResponseMessage> SendAsync(TestService service, Person person, string body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(service.Address, $"/v2/{person.ProjectId}/blockchains/{person.ServiceId}/network?check=true"));
        request.Headers.Add("X-Auth-Token", person.Token);
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        return await service.Http.SendAsync(request, cancellationToken);
    }

    private static string BodyOf(int port) => BodyOf([$"grpc://127.0.0.1:{port}"]);

    private static string BodyOf(string[] peers)
    {
        var body = AttachmentBodies.Detached(Mill);
        body["profile"] = new JsonObject
        {
            ["organizations"] = new JsonObject { ["Mill"] = new JsonObject { ["mspid"] = Mill.MspId, ["peers"] = new JsonArray([.. peers.Select((_, i) => (JsonNode)$"peer{i}")]) } },
            ["peers"] = new JsonObject(peers.Select((url, i) => KeyValuePair.Create($"peer{i}", (JsonNode?)new JsonObject
            {
                ["url"] = url,
                ["tlsCACerts"] = url.StartsWith("grpcs:", StringComparison.Ordinal) ? new JsonObject { ["pem"] = Mill.TlsAuthority.Pem } : null,
            }))),
        }.ToJsonString();
        return body.ToJsonString();
    }

    private static Task UntilAsync(Func<bool> isSo) => UntilAsync(() => Task.FromResult(isSo()));

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var guard = new CancellationTokenSource(Guard);
        while (!await isSo())
        {
            await Task.Delay(5, guard.Token);
        }
    }

    private sealed class Told(ConcurrentQueue<string> lines) : ILogger<NodeFailures>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => lines.Enqueue(formatter(state, exception));
    }
}

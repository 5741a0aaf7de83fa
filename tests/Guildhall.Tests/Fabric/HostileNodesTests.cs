using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Guildhall.Fabric;
using Guildhall.Fabric.Messages;
using Guildhall.Tests.Replicas;

namespace Guildhall.Tests.Fabric;

/// <summary>What nodes can bring about that are not what they are taken for, or do not mean well.</summary>
public sealed class HostileNodesTests
{
    private const string Channel = FabricNetwork.Channel;

    /// <summary>Ends what would hang for ever if it were not ended; no test waits for it.</summary>
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(100);

    private static readonly TestOrganization Org1 = new("Org1MSP");

    private static readonly FabricOptions Brief = FabricOptions.Default with { CallDeadline = TimeSpan.FromSeconds(1), Patience = TimeSpan.Zero };

    /// <summary>Long enough that what ends before has not ended because of it.</summary>
    private static readonly FabricOptions Patient = FabricOptions.Default with { CallDeadline = TimeSpan.FromMinutes(10), CommitPatience = TimeSpan.FromMinutes(10), Patience = TimeSpan.Zero };

    private static readonly Dictionary<string, Func<HostileNode?>> Behind = new(StringComparer.Ordinal)
    {
        ["nobody"] = () => null,
        ["who says nothing"] = HostileNode.Silent,
        ["who hangs up"] = HostileNode.Closing,
        ["who speaks first"] = HostileNode.Greeting,
        ["a web server"] = HostileNode.Web,
        ["one that sends elsewhere"] = () => HostileNode.Redirecting(1),
    };

    public static MatrixTheoryData<string, string> Addresses => new(["http", "https"], Behind.Keys);

    [Theory, MemberData(nameof(Addresses))]
    public async Task What_is_behind_an_address_is_told_in_one_sentence(string scheme, string what)
    {
        var told = new ConcurrentQueue<string>();
        await using var node = Behind[what]();
        var endpoint = new NodeEndpoint(new Uri($"{scheme}://127.0.0.1:{node?.Port ?? HostileNode.ClosedPort()}"));
        var options = Brief with { OnFailure = (_, detail) => told.Enqueue(detail) };
        using var orderers = new OrderingService([endpoint], options);
        using var peer = new Peer(endpoint, options);

        var problems = new[] { await ReadingFailsAsync(orderers), await Assert.ThrowsAsync<FabricException>(() => peer.ListChannelsAsync(Org1.Admin, default)) };

        Assert.All(problems, problem => Assert.Equal($"{endpoint} did not answer as an orderer or peer does.", problem.Message));
        Assert.All(problems, problem => Assert.True(problem.IsPassing));
        Assert.Equal(2, told.Count);
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_told_and_what_it_says_is_for_the_operator()
    {
        var told = new ConcurrentQueue<string>();
        var stranger = new TestOrganization("StrangerMSP");
        await using var node = await HostileServer.StartAsync(Org1, HostileServer.Hangs, stranger.TlsAuthority.Issue("secret-name.internal", forTls: true));
        using var orderers = new OrderingService([node.Endpoint], Brief with { OnFailure = (_, detail) => told.Enqueue(detail) });

        var problem = await ReadingFailsAsync(orderers);

        Assert.Equal((FabricErrorKind.TlsRefused, $"No TLS connection to {node.Endpoint}: its certificate was issued by none of the authorities given."), (problem.Kind, problem.Message));
        Assert.Contains("secret-name.internal", Assert.Single(told), StringComparison.Ordinal);
    }

    /// <summary>Whoever shows a certificate would otherwise choose where to this machine connects.</summary>
    [Fact]
    public async Task Nothing_is_fetched_from_where_a_certificate_says_that_its_issuer_can_be_had()
    {
        await using var elsewhere = HostileNode.Closing();
        await using var node = await HostileServer.StartAsync(Org1, HostileServer.Hangs, new TestOrganization("StrangerMSP").TlsAuthority.Issue("node", forTls: true, issuerAt: $"http://127.0.0.1:{elsewhere.Port}/ca.cer"));
        using var orderers = new OrderingService([node.Endpoint], Patient);
        await ShakeHandsAsync(node.Endpoint); // the server itself, as it begins, asks there for its issuer
        var before = elsewhere.Connections;

        Assert.Equal(FabricErrorKind.TlsRefused, (await ReadingFailsAsync(orderers)).Kind);

        Assert.Equal(before, elsewhere.Connections);
    }

    [Theory]
    [InlineData("Deliver", (16 << 20) + 1)]
    [InlineData("Broadcast", (64 << 10) + 1)]
    [InlineData("GetChannels", (1 << 20) + 1)]
    public async Task An_answer_that_is_too_long_is_refused_when_it_is_announced(string call, uint bytes)
    {
        await using var node = await HostileServer.StartAsync(Org1, HostileServer.Announces(bytes));
        using var orderers = new OrderingService([node.Endpoint], Patient);
        using var peer = new Peer(node.Endpoint, Patient);

        var problem = await Assert.ThrowsAsync<FabricException>(() => (call switch
        {
            "Deliver" => orderers.ReadConfigurationAsync(Channel, Org1.Admin, default),
            "Broadcast" => orderers.SubmitAsync(PreparedUpdate.FromBytes(UpdateOf()), [], Org1.Admin, default),
            _ => peer.ListChannelsAsync(Org1.Admin, default),
        }).WaitAsync(Guard));

        Assert.StartsWith($"{node.Endpoint} sends more than {bytes - 1} bytes, which is as much as is read of it.", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Memory_is_set_aside_as_an_answer_comes_and_not_as_it_is_announced()
    {
        var budget = new ReceiveBudget(long.MaxValue);
        await using var node = await HostileServer.StartAsync(Org1, HostileServer.Announces(16 << 20));
        using var orderers = new OrderingService([node.Endpoint], Patient with { Budget = budget });
        using var gone = new CancellationTokenSource();

        var reading = orderers.ReadConfigurationAsync(Channel, Org1.Admin, gone.Token);
        await UntilAsync(() => budget.Taken > 0);
        await Task.Yield();

        Assert.Equal(ReceiveBudget.CostOf(64 << 10), budget.Taken);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Guard));
        Assert.Equal(0, budget.Taken);
    }

    [Fact]
    public async Task What_all_nodes_send_at_once_is_bounded_and_one_account_leaves_something_to_others()
    {
        var (all, block) = (new ReceiveBudget(ReceiveBudget.CostOf(192 << 10)), ReceiveBudget.CostOf(64 << 10));
        var (own, others) = (new ReceiveBudget(block, all), new ReceiveBudget(block, all));
        await using var node = await HostileServer.StartAsync(Org1, HostileServer.Announces(1 << 20));
        using var first = new OrderingService([node.Endpoint], Patient with { Budget = own });
        using var second = new OrderingService([node.Endpoint], Patient with { Budget = own });
        using var third = new OrderingService([node.Endpoint], Patient with { Budget = others });
        using var gone = new CancellationTokenSource();

        var reading = first.ReadConfigurationAsync(Channel, Org1.Admin, gone.Token);
        await UntilAsync(() => own.Taken > 0);
        var crowded = await ReadingFailsAsync(second);
        var reads = third.ReadConfigurationAsync(Channel, Org1.Admin, gone.Token);
        await UntilAsync(() => others.Taken > 0);

        Assert.Equal((FabricErrorKind.Crowded, true, "Other nodes are sending as much as may be received at once."), (crowded.Kind, crowded.IsPassing, crowded.Message));
        Assert.Equal(2 * block, all.Taken);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(reading, reads).WaitAsync(Guard));
        Assert.Equal(0, all.Taken);
    }

    [Fact]
    public async Task A_node_that_sends_a_byte_now_and_then_is_left_at_the_deadline()
    {
        await using var node = await HostileServer.StartAsync(Org1, HostileServer.Drips);
        using var orderers = new OrderingService([node.Endpoint], Brief);

        var problem = await ReadingFailsAsync(orderers);

        Assert.Equal((FabricErrorKind.TimedOut, $"{node.Endpoint} did not answer in time."), (problem.Kind, problem.Message));
    }

    /// <remarks>Here the call's own deadline never comes, as its clock stands still.</remarks>
    [Fact]
    public async Task A_handshake_that_hangs_is_silence_also_where_the_end_of_connecting_comes_first()
    {
        await using var node = HostileNode.Silent();
        var endpoint = new NodeEndpoint(new Uri($"https://127.0.0.1:{node.Port}"));
        using var orderers = new OrderingService([endpoint], Brief with { CallDeadline = TimeSpan.FromMilliseconds(200) }, new SteppedClock(TimeProvider.System.GetUtcNow()));

        var problem = await ReadingFailsAsync(orderers);

        Assert.Equal((FabricErrorKind.TimedOut, endpoint.Unanswered), (problem.Kind, problem.Message));
    }

    [Fact]
    public async Task An_orderer_that_delivers_blocks_without_end_is_not_followed()
    {
        await using var node = await HostileServer.StartAsync(Org1, HostileServer.Repeats(count => HostileServer.BlockOf((ulong)count)));
        using var orderers = new OrderingService([node.Endpoint], Patient);

        var problem = await Assert.ThrowsAsync<FabricException>(() => ConfirmAsync(orderers));

        Assert.Equal((FabricErrorKind.Malformed, "Block 0 of channel trade should hold the configuration, and does not."), (problem.Kind, problem.Message));
    }

    [Theory]
    [InlineData("without a number")]
    [InlineData("always the same")]
    public async Task Blocks_that_were_not_asked_for_are_not_looked_at(string what)
    {
        await using var node = await HostileServer.StartAsync(Org1, HostileServer.Repeats(_ => what == "without a number" ? new DeliverResponse { Block = new Block() } : HostileServer.BlockOf(1)));
        using var orderers = new OrderingService([node.Endpoint], Patient);

        var problem = await Assert.ThrowsAsync<FabricException>(() => ConfirmAsync(orderers));

        Assert.Equal((FabricErrorKind.Malformed, "Block 0 of channel trade was asked for, and another was delivered."), (problem.Kind, problem.Message));
    }

    [Fact]
    public async Task One_of_three_that_hangs_is_not_waited_for()
    {
        await using var network = await StandInNetwork.StartAsync(new NetworkPlan("Org1MSP"));
        await using var silent = HostileNode.Silent();
        await using var second = await SecondOrderer.StartAsync(network);
        using var orderers = new OrderingService(
            [new NodeEndpoint(new Uri($"https://127.0.0.1:{silent.Port}")), second.Endpoint, network.Orderer], Patient with { CallDeadline = TimeSpan.FromHours(1) });

        Assert.Equal(0ul, (await orderers.ReadConfigurationAsync(Channel, network.Org1.Admin, default).WaitAsync(Guard)).Sequence);
    }

    [Fact]
    public async Task A_peer_that_is_in_a_million_channels_is_not_listened_to()
    {
        var channels = new ChannelQueryResponse();
        channels.Channels.AddRange(Enumerable.Range(0, 1_000_000).Select(_ => new ChannelInfo { ChannelId = "c" }));
        await using var node = await HostileServer.StartAsync(Org1, HostileServer.Says(new ProposalResponse { Response = new Response { Status = 200, Payload = channels.ToByteString() } }));
        using var peer = new Peer(node.Endpoint, Patient);

        var problem = await Assert.ThrowsAsync<FabricException>(() => peer.ListChannelsAsync(Org1.Admin, default).WaitAsync(Guard));

        Assert.Equal(FabricErrorKind.AnswerTooLarge, problem.Kind);
    }

    [Fact]
    public async Task A_nodes_words_are_cut_to_what_a_person_reads()
    {
        await using var node = await HostileServer.StartAsync(Org1, HostileServer.Ends(2, new string('x', 8000)));
        using var orderers = new OrderingService([node.Endpoint], Patient);

        var problem = await ReadingFailsAsync(orderers);

        Assert.Equal($"The server refuses. Fabric says: {new string('x', 400)}…", problem.Message);
    }

    [Fact]
    public async Task More_headers_than_an_answer_has_are_not_taken_in()
    {
        await using var node = await HostileServer.StartAsync(Org1, HostileServer.AnswersWithHeaders(40));
        using var orderers = new OrderingService([node.Endpoint], Patient);

        var problem = await ReadingFailsAsync(orderers);

        Assert.Equal(FabricErrorKind.Unreachable, problem.Kind);
        Assert.StartsWith($"{node.Endpoint} broke off the connection.", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bad name")]
    [InlineData("a\\u000d\\u000aHost: b")]
    public void A_name_that_no_server_can_have_is_refused_with_the_profile(string name)
    {
        var profile = $$"""{ "organizations": { "Org1": { "mspid": "Org1MSP" } }, "peers": { "peer0": { "url": "grpc://127.0.0.1:7051", "grpcOptions": { "ssl-target-name-override": "{{name}}" } } } }""";

        Assert.Equal("The connection profile's peers.peer0.grpcOptions expects a name that no server can have.", Assert.Throws<FormatException>(() => ConnectionProfile.Parse(profile)).Message);
    }

    [Theory]
    [InlineData("peers", 101, "The connection profile names 101 orderers and peers; at most 100 are read.")]
    [InlineData("orderers", 101, "The connection profile names 101 orderers and peers; at most 100 are read.")]
    [InlineData("organizations", 501, "The connection profile names 501 organizations; at most 500 are read.")]
    [InlineData("channels", 501, "The connection profile names 501 channels; at most 500 are read.")]
    public void A_profile_names_so_many_of_each_and_no_more(string section, int count, string complaint)
    {
        var entries = string.Join(',', Enumerable.Range(0, count).Select(i => $$""" "e{{i}}": { "url": "grpcs://127.0.0.1:{{7000 + i}}", "mspid": "Org{{i}}MSP" } """));

        Assert.Equal(complaint, Assert.Throws<FormatException>(() => ConnectionProfile.Parse($$"""{ "{{section}}": { {{entries}} } }""")).Message);
    }

    [Fact]
    public void A_node_has_so_many_authorities_and_no_more()
    {
        var profile = $$"""{ "peers": { "peer0": { "url": "grpcs://127.0.0.1:7051", "tlsCACerts": { "pem": "{{string.Concat(Enumerable.Repeat(Org1.TlsAuthority.Pem, 21)).ReplaceLineEndings("\\n")}}" } } } }""";

        Assert.Equal("The connection profile's peers.peer0.tlsCACerts holds 21 certificates; at most 20 are read.", Assert.Throws<FormatException>(() => ConnectionProfile.Parse(profile)).Message);
    }

    private static Task<FabricException> ReadingFailsAsync(OrderingService orderers) =>
        Assert.ThrowsAsync<FabricException>(() => orderers.ReadConfigurationAsync(Channel, Org1.Admin, default).WaitAsync(Guard));

    private static Task<ChannelConfiguration?> ConfirmAsync(OrderingService orderers) =>
        orderers.ConfirmAsync(PreparedUpdate.FromBytes(UpdateOf()), ChannelConfiguration.FromBytes(Channel, new Config().ToByteArray(), block: 0), Org1.Admin, default).WaitAsync(Guard);

    private static async Task ShakeHandsAsync(NodeEndpoint endpoint)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(endpoint.Address.Host, endpoint.Address.Port);
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = endpoint.Address.Host,
            CertificateChainPolicy = new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck },
#pragma warning disable CA5359 // It is this test's own server, and nothing is said to it.
            RemoteCertificateValidationCallback = static (_, _, _, _) => true,
#pragma warning restore CA5359
        });
    }

    private static byte[] UpdateOf() => new ConfigUpdate { ChannelId = Channel }.ToByteArray();

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var guard = new CancellationTokenSource(Guard);
        while (!isSo())
        {
            await Task.Delay(5, guard.Token);
        }
    }
}

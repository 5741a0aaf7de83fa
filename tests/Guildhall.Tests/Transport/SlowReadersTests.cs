using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Guildhall.Api;
using Guildhall.Hosting;
using Guildhall.Tests.Api;
using Guildhall.Tests.Console;
using Guildhall.Tests.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Guildhall.Tests.Transport;

/// <summary>Who asks and does not read: it costs little, and not for long.</summary>
public sealed class SlowReadersTests : IDisposable
{
    private const string LargeFile = "/docs/swagger-ui-bundle.js";

    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData(LargeFile)]
    [InlineData("/openapi/v2.json")]
    public async Task Three_connections_of_a_hundred_streams_that_nobody_reads_do_not_end_a_server_with_the_deployed_heap(string path)
    {
        using var certificate = ServerCertificate.Create();
        var (server, address) = await GuildhallProcess.StartServerAsync([GuildhallProcess.DeployedHeap], [.. Serve("https://127.0.0.1:0"), .. Tls(certificate)]);
        await using var running = server;
        var attackers = new List<Http2Peer>();
        for (var connection = 0; connection < 3; connection++)
        {
            var peer = await Http2Peer.ConnectAsync(address, window: 0);
            attackers.Add(peer);
            for (var stream = 0; stream < 100; stream++)
            {
                await peer.GetAsync(path);
            }
        }

        foreach (var peer in attackers)
        {
            for (var begun = 0; begun < 100; begun++)
            {
                await peer.WaitAsync(frame => frame.Type == Http2Peer.Headers);
            }
        }

        await using var other = await Http2Peer.ConnectAsync(address, window: 1 << 20);
        Assert.Equal("""{"status":"ready"}""", await other.ReadAnswerAsync(await other.GetAsync("/health/ready")));
        Assert.False(server.HasExited);
        foreach (var peer in attackers)
        {
            await peer.DisposeAsync();
        }
    }

    [Fact]
    public async Task Two_thousand_connections_that_nobody_reads_do_not_end_a_server_with_the_deployed_heap()
    {
        var (server, address) = await GuildhallProcess.StartServerAsync(
            [GuildhallProcess.DeployedHeap, ("GUILDHALL_LIMITS__CONNECTIONS_PER_ADDRESS", "4096"), ("GUILDHALL_LIMITS__REQUESTS_PER_ADDRESS", "4096")],
            Serve("http://127.0.0.1:0"));
        await using var running = server;
        var request = Encoding.ASCII.GetBytes($"GET {LargeFile} HTTP/1.1\r\nHost: {address.Authority}\r\n\r\n");
        var attackers = new List<Socket>();
        for (var connection = 0; connection < 1950; connection++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 2048 };
            attackers.Add(socket);
            await socket.ConnectAsync(address.Host, address.Port);
            await socket.SendAsync(request);
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        foreach (var socket in attackers)
        {
            Assert.Equal(1, await socket.ReceiveAsync(new byte[1], patience.Token));
        }

        using var http = new HttpClient();
        Assert.Equal("""{"status":"ready"}""", await http.GetStringAsync(new Uri(address, "/health/ready")));
        Assert.False(server.HasExited);
        attackers.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task A_stream_without_a_window_is_cut_after_the_grace_and_the_connection_goes_on()
    {
        await using var service = await StartAsync(new LoadLimits { MinAnswerRate = Quick });
        await using var peer = await Http2Peer.ConnectAsync(service.Address, window: 0);
        var stuck = await peer.GetAsync(LargeFile);

        await peer.WaitAsync(frame => frame.Type == Http2Peer.Reset && frame.Stream == stuck);

        Assert.Equal("""{"status":"live"}""", await peer.ReadAnswerAsync(await peer.GetAsync("/health/live")));
        await UntilNothingIsHeldAsync(service);
    }

    /// <summary>Three bytes whenever a frame has come: it never stands still, and is much too slow.</summary>
    [Fact]
    public async Task A_reader_that_takes_a_few_bytes_at_a_time_is_cut()
    {
        await using var service = await StartAsync(new LoadLimits { MinAnswerRate = Quick });
        await using var peer = await Http2Peer.ConnectAsync(service.Address, window: 0);
        var slow = await peer.GetAsync(LargeFile);
        var wasCut = false;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(10));

        var reading = peer.WaitAsync(frame => wasCut = frame.Type == Http2Peer.Reset && frame.Stream == slow);
        while (!reading.IsCompleted && await pace.WaitForNextTickAsync(patience.Token))
        {
            await peer.GiveAsync(slow, 3);
        }

        await reading;
        Assert.True(wasCut);
        await UntilNothingIsHeldAsync(service);
    }

    [Fact]
    public async Task A_connection_that_is_not_read_is_cut_before_all_of_the_answer_is_sent()
    {
        await using var service = await TestService.StartAsync(change: settings => settings with { Load = new LoadLimits { MinAnswerRate = Quick } });
        var whole = (await service.Http.GetByteArrayAsync(new Uri(service.Address, LargeFile))).Length;
        await using var raw = await RawHttp.ConnectAsync(service, window: 2048);
        await raw.WriteAsync(string.Concat(Enumerable.Repeat($"GET {LargeFile} HTTP/1.1\nHost: localhost\n\n", 4)));
        var unread = service.Services.GetRequiredService<UnreadAnswers>();
        await Patience.UntilAsync(() => unread.Bytes > 0);

        await Patience.UntilAsync(() => unread.Bytes == 0);

        Assert.InRange(await raw.ReadToEndAsync(), 1, (4 * whole) - 1);
    }

    [Fact]
    public async Task Events_that_are_rare_are_not_slow()
    {
        await using var service = await StartAsync(new LoadLimits { MinAnswerRate = new MinDataRate(1_000_000, TimeSpan.FromSeconds(1.5)) });
        await using var peer = await Http2Peer.ConnectAsync(service.Address, window: 4096);
        var events = await peer.GetAsync("/console/events", ("cookie", ConsoleVisitor.With(service, service.Inviter.Token).Cookies.Replace("guildhall-session", "__Host-guildhall-session", StringComparison.Ordinal)));
        await peer.WaitAsync(frame => frame.Type == Http2Peer.Data && frame.Stream == events);

        for (var change = 0; change < 6; change++)
        {
            Assert.Equal(200, (change % 2 == 0 ? await service.Inviter.InviteAsync(service.Invitee) : await service.Invitee.RejectAsync()).Status);
            var frame = await peer.WaitAsync(frame => frame.Stream == events); // half a second after the one before
            Assert.Equal(Http2Peer.Data, frame.Type);
            Assert.EndsWith("event: changed\ndata: \n\n", Encoding.UTF8.GetString(frame.Payload), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_stream_holds_little_of_a_large_file()
    {
        await using var service = await StartAsync(new LoadLimits { RequestsAtWork = 1000 });
        await using var peer = await Http2Peer.ConnectAsync(service.Address, window: 0);
        for (var stream = 0; stream < 100; stream++)
        {
            await peer.GetAsync(LargeFile);
        }

        var unread = service.Services.GetRequiredService<UnreadAnswers>();
        await Patience.UntilAsync(() => unread.Bytes >= 100 * PacedAnswer.PieceLength);
        Assert.Equal(100 * PacedAnswer.PieceLength, unread.Bytes);
    }

    public void Dispose() => folder.Dispose();

    /// <summary>A piece in two seconds and a quarter: well before the server beneath would close the connection, which is after four.</summary>
    private static MinDataRate Quick => new(bytesPerSecond: 64 * 1024, gracePeriod: TimeSpan.FromSeconds(2));

    private static async Task<TestService> StartAsync(LoadLimits load)
    {
        var certificate = ServerCertificate.Create();
        return await TestService.StartAsync(change: settings => settings with { Urls = ["https://127.0.0.1:0"], Certificates = [certificate], Load = load });
    }

    private static Task UntilNothingIsHeldAsync(TestService service) => Patience.UntilAsync(() => service.Services.GetRequiredService<UnreadAnswers>().Bytes == 0);

    private string[] Serve(string url) => ["serve", "--urls", url, "--store", folder.File("guildhall.db"), "--network", "register"];

    private string[] Tls(X509Certificate2 certificate) =>
    [
        "--tls-certificate", folder.Write("tls.pem", certificate.ExportCertificatePem()),
        "--tls-key", folder.WritePrivate("tls.key", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()),
    ];
}

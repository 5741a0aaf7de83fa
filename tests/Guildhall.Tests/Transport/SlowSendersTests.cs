using System.Net;
using System.Text;
using Guildhall.Api;
using Guildhall.Hosting;
using Guildhall.Tests.Api;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Guildhall.Tests.Transport;

/// <summary>Who announces and does not send: it takes nobody's place, and holds only what it has sent.</summary>
public sealed class SlowSendersTests
{
    private const string WrongLogin =
        """{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"nobody","password":"wrong-password","domain":{"name":"harbor-trade"}}}}}}""";

    private const int Megabyte = 1024 * 1024;

    [Theory, EveryEngine]
    public async Task Those_who_announce_a_megabyte_and_send_nothing_keep_nobody_from_logging_in_and_writing(Engine engine)
    {
        // They are not cut off before all of them are there, however slow this machine is.
        var patient = new LoadLimits { MinBodyRate = new MinDataRate(bytesPerSecond: 16 * 1024, gracePeriod: TimeSpan.FromMinutes(5)) };
        await using var service = await TestService.StartAsync(engine, change: settings => settings with { Load = patient });
        var attackers = new List<RawHttp>();
        for (var connection = 0; connection < 200; connection++)
        {
            attackers.Add(await RawHttp.ConnectAsync(service));
            await attackers[^1].WriteAsync(Announce(Megabyte));
        }

        await using var asking = await RawHttp.ConnectAsync(service);
        await Patience.UntilAsync(() => ClientOf(service)?.Requests == attackers.Count);

        Assert.StartsWith("HTTP/1.1 401 ", await asking.SendAsync(Announce(WrongLogin.Length) + WrongLogin), StringComparison.Ordinal);
        Assert.Equal(200, (await service.Inviter.InviteAsync(service.Invitee)).Status);
        Assert.Equal(0, GateOf(service).Arriving);
        foreach (var attacker in attackers)
        {
            await attacker.DisposeAsync();
        }

        await Patience.UntilAsync(() => ClientOf(service)?.Requests == 0);
    }

    [Fact]
    public async Task A_body_counts_as_far_as_it_has_come()
    {
        await using var service = await TestService.StartAsync();
        await using var raw = await RawHttp.ConnectAsync(service);

        await raw.WriteAsync(Announce(Megabyte));
        await Patience.UntilAsync(() => ClientOf(service)?.Requests == 1);
        Assert.Equal(0, GateOf(service).Arriving);

        await raw.WriteAsync("{");
        await Patience.UntilAsync(() => GateOf(service).Arriving == 4096);

        await raw.WriteAsync(new string(' ', 4096));
        await Patience.UntilAsync(() => GateOf(service).Arriving == 8192);

        await raw.DisposeAsync();
        await Patience.UntilAsync(() => GateOf(service).Arriving == 0);
    }

    [Fact]
    public async Task One_address_holds_a_quarter_of_what_is_on_its_way_and_leaves_the_rest_to_others()
    {
        await using var service = await TestService.StartAsync();
        var attackers = new List<RawHttp>();
        for (var connection = 0; connection < 16; connection++)
        {
            attackers.Add(await RawHttp.ConnectAsync(service));
            await attackers[^1].WriteAsync(Announce(Megabyte) + new string(' ', Megabyte - 1));
        }

        await Patience.UntilAsync(() => GateOf(service).Arriving == 16 * Megabyte);
        await using var seventeenth = await RawHttp.ConnectAsync(service);
        await using var other = await RawHttp.ConnectAsync(service, from: "127.0.0.2");

        Assert.Contains(
            "The throttling threshold has been reached: requests of this address are on their way, and hold all the memory that it may have",
            await seventeenth.SendAsync(Announce(Megabyte) + "{"),
            StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400 ", await other.SendAsync(Announce(2) + "{}"), StringComparison.Ordinal);
        foreach (var attacker in attackers)
        {
            await attacker.DisposeAsync();
        }
    }

    /// <summary>HTTP/2's own rate is that of a whole connection: a stream that is fast would cover for one that sends nothing.</summary>
    [Fact]
    public async Task A_stream_that_sends_nothing_is_refused_beside_one_that_is_fast()
    {
        using var certificate = ServerCertificate.Create();
        await using var service = await TestService.StartAsync(change: settings => settings with
        {
            Urls = ["https://127.0.0.1:0"],
            Certificates = [certificate],
            Load = new LoadLimits { MinBodyRate = Quick },
        });
        await using var peer = await Http2Peer.ConnectAsync(service.Address, window: 1 << 20);
        var silent = await peer.PostAsync("/v3/auth/tokens", ("content-type", "application/json"), ("content-length", "1048576"));
        var fast = await peer.PostAsync("/v3/auth/tokens", ("content-type", "application/json"), ("content-length", "1048576"));
        using var stop = new CancellationTokenSource();

        var sending = SendAsync();
        var answer = await peer.WaitAsync(frame => frame.Stream == silent && frame.Type == Http2Peer.Data);
        await stop.CancelAsync();
        await sending;

        Assert.Contains("Request timed out", Encoding.UTF8.GetString(answer.Payload), StringComparison.Ordinal);
        await Patience.UntilAsync(() => ClientOf(service)?.Requests == 1);

        async Task SendAsync()
        {
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            for (var sent = 0; sent < Megabyte - 4096 && !stop.IsCancellationRequested && await pace.WaitForNextTickAsync(CancellationToken.None); sent += 4096)
            {
                await peer.SendDataAsync(fast, new byte[4096]);
            }
        }
    }

    [Fact]
    public async Task A_body_of_many_tiny_chunks_has_to_keep_the_rate_too()
    {
        await using var service = await TestService.StartAsync(change: settings => settings with { Load = new LoadLimits { MinBodyRate = Quick } });
        await using var raw = await RawHttp.ConnectAsync(service);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));

        await raw.WriteAsync("POST /v3/auth/tokens HTTP/1.1\nHost: localhost\nContent-Type: application/json\nTransfer-Encoding: chunked\n\n");
        var answer = raw.ReadAsync();
        try
        {
            while (!answer.IsCompleted && await pace.WaitForNextTickAsync(patience.Token))
            {
                await raw.WriteAsync("1\n \n");
            }
        }
        catch (IOException)
        {
            // the server has answered and closed
        }

        Assert.Contains("408", await answer, StringComparison.Ordinal);
        await Patience.UntilAsync(() => GateOf(service).Arriving == 0);
    }

    [Fact]
    public async Task Headers_that_are_held_until_an_answer_is_read_count_too()
    {
        using var certificate = ServerCertificate.Create();
        await using var service = await TestService.StartAsync(change: settings => settings with { Urls = ["https://127.0.0.1:0"], Certificates = [certificate] });
        await using var peer = await Http2Peer.ConnectAsync(service.Address, window: 0);
        await using var second = await Http2Peer.ConnectAsync(service.Address, window: 0);
        var long1 = new string('x', 30_000);
        var cut = 0;
        foreach (var attacker in (Http2Peer[])[peer, second])
        {
            for (var stream = 0; stream < 60; stream++)
            {
                await attacker.GetAsync("/openapi/v2.json", ("x-1", long1), ("x-2", long1), ("x-3", long1), ("x-4", long1));
            }
        }

        for (var answered = 0; answered < 60; answered++)
        {
            var frame = await second.WaitAsync(frame => frame.Type is Http2Peer.Headers or Http2Peer.Reset);
            cut += frame.Type == Http2Peer.Reset ? 1 : 0;
        }

        Assert.InRange(GateOf(service).Arriving, 1, Gate.MaxArriving / 4);
        Assert.InRange(cut, 1, 60);
    }

    /// <summary>The server keeps what has come, though no request is to be seen.</summary>
    [Fact]
    public async Task Headers_that_are_never_complete_count_as_they_come()
    {
        await using var service = await TestService.StartAsync();
        var head = "GET / HTTP/1.1\nHost: localhost\n" + string.Concat(Enumerable.Range(0, 90).Select(n => $"X-{n}: {new string('x', 1500)}\n"));
        var attackers = new List<RawHttp>();
        for (var connection = 0; connection < 100; connection++)
        {
            attackers.Add(await RawHttp.ConnectAsync(service));
            try
            {
                await attackers[^1].WriteAsync(head);
            }
            catch (IOException)
            {
                // it was cut already
            }
        }

        // Both: connections that were made and are not yet accepted are not counted either.
        await Patience.UntilAsync(() => GateOf(service).Arriving >= 12 * Megabyte && ClientOf(service)?.Connections < attackers.Count);
        Assert.InRange(GateOf(service).Arriving, 12 * Megabyte, 16 * Megabyte);
        await using var other = await RawHttp.ConnectAsync(service, from: "127.0.0.2");
        Assert.StartsWith("HTTP/1.1 400 ", await other.SendAsync(Announce(2) + "{}"), StringComparison.Ordinal);
        foreach (var attacker in attackers)
        {
            await attacker.DisposeAsync();
        }

        await Patience.UntilAsync(() => GateOf(service).Arriving == 0);
    }

    private static MinDataRate Quick => new(bytesPerSecond: 16 * 1024, gracePeriod: TimeSpan.FromSeconds(2));

    private static string Announce(int length) =>
        $"POST /v3/auth/tokens HTTP/1.1\nHost: localhost\nContent-Type: application/json\nContent-Length: {length}\n\n";

    private static Gate GateOf(TestService service) => service.Services.GetRequiredService<Gate>();

    private static Client? ClientOf(TestService service) => service.Services.GetRequiredService<Clients>().Find(IPAddress.Loopback);
}

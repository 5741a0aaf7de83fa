using System.Net;
using Guildhall.Api;
using Guildhall.Hosting;
using Guildhall.Tests.Api;
using IPNetwork = System.Net.IPNetwork;

namespace Guildhall.Tests.Transport;

/// <summary>What the clients of one address may have open, and what is left to others.</summary>
public sealed class ClientLimitsTests
{
    private const string Ask = "GET /health/live HTTP/1.1\nHost: localhost\n\n";
    private const string Live = """{"status":"live"}""";

    [Fact]
    public async Task A_connection_beyond_its_addresss_share_is_closed_and_others_are_served()
    {
        await using var service = await TestService.StartAsync(change: settings => settings with { Load = new LoadLimits { ConnectionsPerAddress = 2 } });
        var first = await RawHttp.ConnectAsync(service);
        await using var second = await RawHttp.ConnectAsync(service);
        Assert.EndsWith(Live, await first.SendAsync(Ask), StringComparison.Ordinal);
        Assert.EndsWith(Live, await second.SendAsync(Ask), StringComparison.Ordinal);

        await using var third = await RawHttp.ConnectAsync(service);
        await using var other = await RawHttp.ConnectAsync(service, from: "127.0.0.2");

        Assert.Equal(0, await third.ReadToEndAsync());
        Assert.EndsWith(Live, await other.SendAsync(Ask), StringComparison.Ordinal);
        await first.DisposeAsync();
        await Patience.UntilAsync(() => service.Services.GetRequiredService<Clients>().Find(IPAddress.Loopback)!.Connections == 1);
        await using var fourth = await RawHttp.ConnectAsync(service);
        Assert.EndsWith(Live, await fourth.SendAsync(Ask), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trusted_proxy_has_as_many_connections_as_it_needs()
    {
        await using var service = await TestService.StartAsync(change: settings => settings with
        {
            Load = new LoadLimits { ConnectionsPerAddress = 1 },
            TrustedProxies = [IPNetwork.Parse("127.0.0.1/32")],
        });
        for (var connection = 0; connection < 3; connection++)
        {
            var raw = await RawHttp.ConnectAsync(service);
            Assert.EndsWith(Live, await raw.SendAsync(Ask), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_stream_beyond_its_addresss_share_is_refused_and_others_are_served()
    {
        using var certificate = ServerCertificate.Create();
        await using var service = await TestService.StartAsync(change: settings => settings with
        {
            Urls = ["https://127.0.0.1:0"],
            Certificates = [certificate],
            Load = new LoadLimits { RequestsPerAddress = 3 },
        });
        await using var first = await Http2Peer.ConnectAsync(service.Address, window: 0);
        await using var second = await Http2Peer.ConnectAsync(service.Address, window: 0);
        await using var other = await Http2Peer.ConnectAsync(service.Address, window: 1 << 20, from: "127.0.0.2");
        foreach (var peer in (Http2Peer[])[first, first, second])
        {
            await peer.GetAsync("/openapi/v2.json");
            await peer.WaitAsync(frame => frame.Type == Http2Peer.Headers);
        }

        var fourth = await second.GetAsync("/openapi/v2.json");

        var refused = await second.WaitAsync(frame => frame.Stream == fourth);
        Assert.Equal((Http2Peer.Reset, 7), (refused.Type, refused.Payload[3])); // REFUSED_STREAM
        Assert.Equal(Live, await other.ReadAnswerAsync(await other.GetAsync("/health/live")));
    }

    /// <summary>Behind a proxy, everybody is who the proxy says.</summary>
    [Fact]
    public async Task Requests_through_a_proxy_count_for_the_address_that_it_forwards()
    {
        await using var service = await TestService.StartAsync(change: settings => settings with
        {
            Load = new LoadLimits { RequestsPerAddress = 1 },
            TrustedProxies = [IPNetwork.Parse("127.0.0.1/32")],
        });
        await using var slow = await RawHttp.ConnectAsync(service);
        await slow.WriteAsync(From("203.0.113.7", "POST", "/v3/auth/tokens") + "Content-Length: 2\n\n{");
        await Patience.UntilAsync(() => service.Services.GetRequiredService<Clients>().Find(IPAddress.Parse("203.0.113.7")) is { Requests: 1 });
        await using var same = await RawHttp.ConnectAsync(service);
        await using var other = await RawHttp.ConnectAsync(service);

        Assert.Contains("The throttling threshold has been reached: 1 requests of this address are open", await same.SendAsync(From("203.0.113.7", "GET", "/health/live") + "\n"), StringComparison.Ordinal);
        Assert.EndsWith(Live, await other.SendAsync(From("203.0.113.8", "GET", "/health/live") + "\n"), StringComparison.Ordinal);
        await slow.DisposeAsync();
        await Patience.UntilAsync(() => service.Services.GetRequiredService<Clients>().Find(IPAddress.Parse("203.0.113.7")) is null);
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", 3)]
    [InlineData("192.0.2.1", "192.0.2.2", 6)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1::2", 3)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1", 6)]
    [InlineData("2001:db8:1::1", "2001:db8:2::1", 6)]
    public void Connections_count_for_the_network_they_come_from(string one, string another, int expected)
    {
        var clients = new Clients(new LoadLimits { ConnectionsPerAddress = 3 }, []);

        Assert.Equal(expected, Enumerable.Range(0, 4).Sum(_ => Connect(clients, one) + Connect(clients, another)));
    }

    [Fact]
    public void A_site_with_many_networks_of_IPv6_has_twice_what_one_has()
    {
        var clients = new Clients(new LoadLimits { ConnectionsPerAddress = 3 }, []);

        Assert.Equal(6, Enumerable.Range(0, 20).Sum(network => Connect(clients, $"2001:db8:0:{network:x}::1")));
        Assert.Equal(1, Connect(clients, "2001:db8:1::1"));
    }

    [Fact]
    public void What_is_closed_is_forgotten()
    {
        var clients = new Clients(new LoadLimits { ConnectionsPerAddress = 1 }, []);
        var address = IPAddress.Parse("192.0.2.1");
        for (var round = 0; round < 3; round++)
        {
            var client = clients.TryConnect(address);
            Assert.NotNull(client);
            Assert.Null(clients.TryConnect(address));
            clients.Disconnect(client);
            Assert.Null(clients.Find(address));
        }
    }

    private static int Connect(Clients clients, string address) => clients.TryConnect(IPAddress.Parse(address)) is null ? 0 : 1;

    private static string From(string address, string method, string path) => $"{method} {path} HTTP/1.1\nHost: localhost\nX-Forwarded-For: {address}\n";
}

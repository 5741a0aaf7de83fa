using System.Net;
using System.Net.Sockets;
using Guildhall.Destinations;
using Guildhall.Tests.Fabric;

namespace Guildhall.Tests.Destinations;

/// <summary>Hosts that tenants name are looked up once, and what was held against the policy is what is connected to.</summary>
public sealed class DestinationGuardTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly DestinationPolicy Lab = DestinationPolicy.Nodes with { Kinds = [AddressKind.Loopback] };

    [Fact]
    public async Task A_name_that_leads_elsewhere_the_second_time_is_asked_for_once()
    {
        await using var node = HostileNode.Silent();
        var asked = new List<string>();
        var guard = new DestinationGuard(Lab, new NameLookups(host =>
        {
            asked.Add(host);
            return [asked.Count == 1 ? IPAddress.Loopback : IPAddress.Parse("8.8.8.8")];
        }), () => []);

        await using (await guard.ConnectAsync("a", new DnsEndPoint("rebinding.example", node.Port), default))
        {
            await node.ConnectedAsync();
        }

        Assert.Equal(["rebinding.example"], asked);
        var refused = await Assert.ThrowsAsync<DestinationRefusedException>(async () => await guard.ConnectAsync("a", new DnsEndPoint("rebinding.example", node.Port), default));
        Assert.Equal($"rebinding.example:{node.Port} is a public address, to which this Guildhall does not connect; its operator can open such addresses with fabric.destinations.", refused.Message);
    }

    [Fact]
    public async Task One_address_that_is_not_allowed_is_enough_to_refuse_a_name()
    {
        await using var node = HostileNode.Silent();
        var guard = new DestinationGuard(Lab, new NameLookups(_ => [IPAddress.Loopback, IPAddress.Parse("169.254.169.254")]), () => []);

        await Assert.ThrowsAsync<DestinationRefusedException>(async () => await guard.ConnectAsync("a", new DnsEndPoint("both.example", node.Port), default));

        Assert.Equal(0, node.Connections);
    }

    [Fact]
    public async Task Of_several_addresses_the_next_is_tried()
    {
        await using var node = HostileNode.Silent();
        var guard = new DestinationGuard(Lab, new NameLookups(_ => [IPAddress.Parse("127.0.0.2"), IPAddress.Loopback]), () => []);

        await using var connected = await guard.ConnectAsync("a", new DnsEndPoint("several.example", node.Port), default);

        await node.ConnectedAsync();
    }

    [Fact]
    public async Task The_server_does_not_connect_to_itself()
    {
        await using var node = HostileNode.Silent();
        var guard = new DestinationGuard(Lab, new NameLookups(), () => [node.Port]);

        foreach (var host in (string[])["127.0.0.1", "localhost", "127.0.0.2"])
        {
            var refused = await Assert.ThrowsAsync<DestinationRefusedException>(async () => await guard.ConnectAsync("a", new DnsEndPoint(host, node.Port), default));
            Assert.Equal($"{host}:{node.Port} is this Guildhall itself.", refused.Message);
        }

        Assert.Equal(0, node.Connections);
    }

    [Fact]
    public async Task A_name_without_an_address_is_nobody()
    {
        var guard = new DestinationGuard(Lab, new NameLookups(_ => []), () => []);

        await Assert.ThrowsAsync<SocketException>(async () => await guard.ConnectAsync("a", new DnsEndPoint("nowhere.example", 7051), default));
    }

    /// <summary>The resolver cannot be called off: what nobody waits for any more goes on.</summary>
    [Fact]
    public async Task Names_that_are_never_answered_take_the_places_of_their_own_tenant_only()
    {
        using var answered = new ManualResetEventSlim();
        var names = new NameLookups(host =>
        {
            if (host.StartsWith("slow", StringComparison.Ordinal))
            {
                answered.Wait();
            }

            return [IPAddress.Loopback];
        });
        using var gone = new CancellationTokenSource();

        var slow = Enumerable.Range(0, NameLookups.MostOfOne).Select(i => names.FindAsync("a", $"slow{i}.example", gone.Token)).ToArray();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(slow));
        var waiting = names.FindAsync("a", "quick.example", default);

        Assert.Equal([IPAddress.Loopback], await names.FindAsync("b", "quick.example", default).WaitAsync(Patience));
        Assert.False(waiting.IsCompleted);
        answered.Set();
        Assert.Equal([IPAddress.Loopback], await waiting.WaitAsync(Patience));
    }
}

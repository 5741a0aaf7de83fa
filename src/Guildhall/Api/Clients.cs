using System.Net;
using Guildhall.Hosting;
using Guildhall.Identity;
using IPNetwork = System.Net.IPNetwork;

namespace Guildhall.Api;

/// <summary>Everybody who is connected, by network. Safe for concurrent use.</summary>
/// <param name="proxies">Who forwards the requests of others; they are counted by the address that is forwarded.</param>
internal sealed class Clients(LoadLimits limits, IReadOnlyList<IPNetwork> proxies)
{
    /// <summary>The part of all memory for what arrives that one network may hold.</summary>
    private const int ShareOfArriving = 4;

    /// <summary>What one customer of a provider can have of IPv6, as a multiple of one network's connections.</summary>
    private const int NetworksPerSite = 2;

    private readonly Lock gate = new();
    private readonly Dictionary<NetworkPrefix, Client> known = [];
    private readonly Dictionary<NetworkPrefix, int> connectionsBySite = [];
    private readonly ClientLimits perClient = new(limits.RequestsPerAddress, Gate.MaxArriving / ShareOfArriving);

    /// <summary>The client of an address, for a look at it; null when it has nothing open.</summary>
    public Client? Find(IPAddress address)
    {
        lock (gate)
        {
            return known.GetValueOrDefault(NetworkPrefix.Of(address));
        }
    }

    /// <summary>Counts a connection in; null when its network has as many as it may have. Give it back with <see cref="Disconnect"/>.</summary>
    public Client? TryConnect(IPAddress? address)
    {
        if (IsProxy(address))
        {
            return Client.Unlimited;
        }

        var network = NetworkPrefix.Of(address);
        lock (gate)
        {
            var site = network.Site;
            var ofSite = connectionsBySite.GetValueOrDefault(site);
            var ofNetwork = known.TryGetValue(network, out var before) ? before.Connections : 0;
            if (ofNetwork >= limits.ConnectionsPerAddress || ofSite / NetworksPerSite >= limits.ConnectionsPerAddress)
            {
                return null;
            }

            var client = Refer(network);
            client.Connections++;
            connectionsBySite[site] = ofSite + 1;
            return client;
        }
    }

    public void Disconnect(Client client)
    {
        if (!client.IsLimited)
        {
            return;
        }

        lock (gate)
        {
            client.Connections--;
            var site = client.Network.Site;
            if (--connectionsBySite[site] is var left && left == 0)
            {
                connectionsBySite.Remove(site);
            }

            Forget(client);
        }
    }

    /// <summary>Who sends the request. Give it back with <see cref="Leave"/>.</summary>
    /// <param name="connection">What it comes by; null where nobody counts them.</param>
    public Client Enter(HttpContext context, ClientConnection? connection)
    {
        if (connection is { Client.IsLimited: true })
        {
            return connection.Client;
        }

        var address = context.Connection.RemoteIpAddress;
        if (IsProxy(address))
        {
            return Client.Unlimited; // the proxy's own, such as its look at /health
        }

        lock (gate)
        {
            return Refer(NetworkPrefix.Of(address));
        }
    }

    public void Leave(Client client, ClientConnection? connection)
    {
        if (!client.IsLimited || connection?.Client == client)
        {
            return;
        }

        lock (gate)
        {
            Forget(client);
        }
    }

    private bool IsProxy(IPAddress? address)
    {
        if (proxies.Count == 0 || address is null)
        {
            return false;
        }

        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        foreach (var proxy in proxies)
        {
            if (proxy.Contains(plain))
            {
                return true;
            }
        }

        return false;
    }

    private Client Refer(NetworkPrefix network)
    {
        if (!known.TryGetValue(network, out var client))
        {
            known.Add(network, client = new Client(network, perClient));
        }

        client.References++;
        return client;
    }

    private void Forget(Client client)
    {
        if (--client.References == 0)
        {
            known.Remove(client.Network);
        }
    }
}

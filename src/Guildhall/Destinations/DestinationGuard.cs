using System.Net;
using System.Net.Sockets;

namespace Guildhall.Destinations;

/// <summary>Connects to hosts that tenants name: looks their addresses up once, holds each against the policy, and connects to those very addresses. Safe for concurrent use.</summary>
/// <param name="ownPorts">Those that this server itself listens at.</param>
internal sealed class DestinationGuard(DestinationPolicy policy, NameLookups names, Func<IReadOnlyCollection<int>> ownPorts)
{
    /// <summary>Of a host that has several addresses, as many are tried.</summary>
    private const int MostTried = 4;

    /// <summary>How long one of several addresses is tried.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <param name="owner">Whose wish it is; names are looked up for a few at a time of each.</param>
    /// <exception cref="DestinationRefusedException">One of the host's addresses is not to be connected to.</exception>
    /// <exception cref="SocketException">It has no address, or nobody answers there.</exception>
    public async ValueTask<Stream> ConnectAsync(string owner, DnsEndPoint host, CancellationToken cancellationToken)
    {
        var addresses = await names.FindAsync(owner, host.Host, cancellationToken);
        foreach (var address in addresses)
        {
            if (WhyNot(address, host.Port) is { } refusal)
            {
                throw new DestinationRefusedException($"{(address.AddressFamily == AddressFamily.InterNetworkV6 && IPAddress.TryParse(host.Host, out _) ? $"[{host.Host.Trim('[', ']')}]" : host.Host)}:{host.Port} {refusal}.");
            }
        }

        return addresses switch
        {
            [] => throw new SocketException((int)SocketError.HostNotFound),
            [var only] => await ConnectAsync(new IPEndPoint(only, host.Port), cancellationToken),
            _ => await ConnectAsync(addresses.Take(MostTried), host.Port, cancellationToken),
        };
    }

    private string? WhyNot(IPAddress address, int port) =>
        policy.WhyNot(address, port)
        ?? (ownPorts().Contains(port) && IsThisMachine(AddressKinds.Meant(address)) ? "is this Guildhall itself" : null);

    private static async Task<Stream> ConnectAsync(IEnumerable<IPAddress> addresses, int port, CancellationToken cancellationToken)
    {
        Exception? last = null;
        foreach (var address in addresses)
        {
            using var time = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            time.CancelAfter(Patience);
            try
            {
                return await ConnectAsync(new IPEndPoint(address, port), time.Token);
            }
            catch (Exception problem) when (problem is SocketException || (problem is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                last = problem;
            }
        }

        throw last as SocketException ?? new SocketException((int)SocketError.TimedOut);
    }

    private static async Task<Stream> ConnectAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <remarks>The machine reaches an address of its own from that very address. To find out, nothing is sent.</remarks>
    private static bool IsThisMachine(IPAddress address)
    {
        if (IPAddress.IsLoopback(address))
        {
            return true;
        }

        try
        {
            using var probe = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            probe.Connect(address, FarPort);
            return (probe.LocalEndPoint as IPEndPoint)?.Address.Equals(address) == true;
        }
        catch (SocketException)
        {
            return false; // and so it cannot be connected to either
        }
    }

    private const int FarPort = 9;
}

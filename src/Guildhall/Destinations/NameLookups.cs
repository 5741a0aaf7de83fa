using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Guildhall.Destinations;

/// <summary>Asks the system's resolver for the addresses of names that tenants chose. Safe for concurrent use.</summary>
/// <remarks>
/// The resolver cannot be called off: a name whose servers never answer takes a thread for as long as it likes. So each has a thread of its own,
/// there are few of them, and one tenant has fewer still.
/// </remarks>
internal sealed class NameLookups(Func<string, IPAddress[]> resolve)
{
    /// <summary>At once, of everybody.</summary>
    public const int Most = 32;

    /// <summary>At once, of one tenant.</summary>
    public const int MostOfOne = 4;

    private static readonly SemaphoreSlim All = new(Most);

    private readonly ConcurrentDictionary<string, SemaphoreSlim> owners = new(StringComparer.Ordinal);

    public NameLookups()
        : this(Dns.GetHostAddresses)
    {
    }

    /// <summary>The host's addresses; none when it has none, or is none.</summary>
    public async Task<IPAddress[]> FindAsync(string owner, string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var address))
        {
            return [address];
        }

        var own = owners.GetOrAdd(owner, static _ => new SemaphoreSlim(MostOfOne));
        await own.WaitAsync(cancellationToken);
        try
        {
            await All.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            own.Release();
            throw;
        }

        return await Task.Factory.StartNew(() => Resolve(host, own), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).WaitAsync(cancellationToken);
    }

    /// <remarks>The places are free when the resolver has come back, however long ago nobody waited for it any more.</remarks>
    private IPAddress[] Resolve(string host, SemaphoreSlim own)
    {
        try
        {
            return resolve(host);
        }
        catch (SocketException)
        {
            return [];
        }
        catch (ArgumentException)
        {
            return []; // longer than a name can be
        }
        finally
        {
            All.Release();
            own.Release();
        }
    }
}

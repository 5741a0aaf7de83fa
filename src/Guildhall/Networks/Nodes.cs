using System.Collections.Concurrent;
using System.Net;
using Guildhall.Destinations;
using Guildhall.Fabric;

namespace Guildhall.Networks;

/// <summary>How this process reaches the nodes of tenants' networks: which it connects to, how long it waits, how much it takes in. Safe for concurrent use.</summary>
public sealed class Nodes
{
    /// <summary>The blocks of the longest kind that may be in memory at once: of all tenants, and of one. docs/decisions/nodes.md reckons it.</summary>
    private const int BlocksAtOnce = 3;

    private readonly ConcurrentDictionary<string, FabricOptions> known = new(StringComparer.Ordinal);
    private readonly FabricOptions options;
    private readonly DestinationGuard guard;
    private readonly ReceiveBudget budget;
    private readonly Action<string, string, string> onFailure;

    /// <param name="options">How long is waited, where nobody says otherwise.</param>
    /// <param name="ownPorts">Those that this process listens at.</param>
    /// <param name="onFailure">Is told the owner, the address and what went wrong, for the operator to read.</param>
    public Nodes(NetworkSettings settings, FabricOptions? options = null, Func<IReadOnlyCollection<int>>? ownPorts = null, Action<string, string, string>? onFailure = null)
    {
        this.options = (options ?? FabricOptions.Default) with { MaxBlockBytes = settings.BlockMegabytes << 20 };
        guard = new DestinationGuard(settings.Destinations, new NameLookups(), ownPorts ?? (static () => []));
        budget = new ReceiveBudget(BlocksAtOnce * ShareOf(this.options));
        this.onFailure = onFailure ?? (static (_, _, _) => { });
    }

    /// <summary>How long is waited, where nobody says otherwise.</summary>
    public FabricOptions Options => options;

    /// <summary>How nodes are reached that the account has named. All that is done for one account shares what it may take in.</summary>
    public FabricOptions Of(string accountName) => known.GetOrAdd(accountName, Create);

    private FabricOptions Create(string accountName) => options with
    {
        Budget = new ReceiveBudget(ShareOf(options), budget),
        Connect = (host, cancellationToken) => ConnectAsync(accountName, host, cancellationToken),
        OnFailure = (endpoint, detail) => onFailure(accountName, endpoint.ToString(), detail),
    };

    private async ValueTask<Stream> ConnectAsync(string accountName, DnsEndPoint host, CancellationToken cancellationToken)
    {
        try
        {
            return await guard.ConnectAsync(accountName, host, cancellationToken);
        }
        catch (DestinationRefusedException refused)
        {
            onFailure(accountName, $"{host.Host}:{host.Port}", refused.Message);
            throw new NodeRefusedException(refused.Message);
        }
    }

    /// <summary>A block, as it counts while it is unpacked.</summary>
    private static long ShareOf(FabricOptions options) => ReceiveBudget.CostOf(options.MaxBlockBytes);
}

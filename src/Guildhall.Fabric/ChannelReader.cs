using System.Collections.Immutable;

namespace Guildhall.Fabric;

/// <summary>Reads channels through orderers, or through peers that are in them. It changes nothing.</summary>
/// <remarks>It is safe for use by several threads at once. For the configuration all nodes are asked, and the newest counts.</remarks>
public sealed class ChannelReader : IDisposable
{
    private readonly ImmutableArray<GrpcConnection> nodes;
    private readonly BlockDelivery blocks;

    private ChannelReader(IEnumerable<NodeEndpoint> endpoints, string path, FabricOptions? options, TimeProvider? clock)
    {
        (options, clock) = (options ?? FabricOptions.Default, clock ?? TimeProvider.System);
        nodes = [.. endpoints.Select(endpoint => new GrpcConnection(endpoint, options, clock))];
        blocks = nodes.IsEmpty
            ? throw new ArgumentException("At least one node is needed.", nameof(endpoints))
            : new BlockDelivery(nodes, path, options, clock);
    }

    public static ChannelReader OfOrderers(IEnumerable<NodeEndpoint> orderers, FabricOptions? options = null, TimeProvider? clock = null) =>
        new(orderers, BlockDelivery.OfOrderers, options, clock);

    public static ChannelReader OfPeers(IEnumerable<NodeEndpoint> peers, FabricOptions? options = null, TimeProvider? clock = null) =>
        new(peers, BlockDelivery.OfPeers, options, clock);

    /// <summary>The newest configuration of the channel that more than half of the nodes show, or as many as can be asked; peers may be behind the orderers.</summary>
    /// <param name="reader">Of an organization that may read the channel.</param>
    /// <exception cref="FabricException">It could not be read, for as long as patience lasts.</exception>
    public Task<ChannelConfiguration> ReadConfigurationAsync(string channel, ISigner reader, CancellationToken cancellationToken) =>
        blocks.ReadConfigurationAsync(channel, reader, known: null, cancellationToken);

    /// <summary>The same, and its block is signed by those who make the channel's blocks, as an earlier configuration names them; where they have changed since, as those between do.</summary>
    /// <param name="known">Read before, and trusted: none that is older counts. Null where there is none, and nothing is verified.</param>
    /// <exception cref="FabricException">It could not be read, is older (<see cref="FabricErrorKind.Behind"/>), or is not to be believed (<see cref="FabricErrorKind.Untrusted"/>).</exception>
    public Task<ChannelConfiguration> ReadConfigurationAsync(string channel, ISigner reader, ChannelConfiguration? known, CancellationToken cancellationToken) =>
        blocks.ReadConfigurationAsync(channel, reader, known, cancellationToken);

    /// <summary>A block by its hash, for telling which chain this is.</summary>
    /// <param name="number">Null for the first block that the nodes have, which is block 0 unless a peer began with a snapshot.</param>
    /// <exception cref="FabricException">It could not be read, or is not the block that was asked for.</exception>
    public Task<BlockReference> ReadReferenceAsync(string channel, ulong? number, ISigner reader, CancellationToken cancellationToken) =>
        blocks.ReadReferenceAsync(channel, number, reader, cancellationToken);

    public void Dispose()
    {
        foreach (var node in nodes)
        {
            node.Dispose();
        }
    }
}

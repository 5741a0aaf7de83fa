using Guildhall.Fabric;
using Guildhall.Identity;
using Guildhall.Networks;
using Guildhall.Storage;

namespace Guildhall.Outbox;

/// <summary>A channel as a service's own nodes show it.</summary>
/// <param name="First">The first block that is known of it.</param>
internal sealed record OwnReading(ChannelConfiguration Channel, BlockReference First);

/// <summary>Reads channels through the nodes that a service's own account has named, in its own name. Each reading is of the chain that the service's attachment is bound to.</summary>
internal sealed class OwnNodes(Store store, Signers signers, Nodes nodes, CallersClock networks, LookLimits limits, TimeProvider clock)
{
    /// <summary>Null where the service has named neither an orderer nor a peer.</summary>
    /// <exception cref="OperatorException">The channel is another chain than it was, or a key cannot be had.</exception>
    /// <exception cref="FabricException">The nodes could not be asked.</exception>
    public async Task<OwnReading?> ReadAsync(string serviceId, string accountName, string channelName, CancellationToken cancellationToken)
    {
        if (await store.ReadAsync(session => session.FindAttachmentAsync(serviceId, cancellationToken), cancellationToken) is not { } attachment)
        {
            return null;
        }

        var profile = signers.Dial(attachment);
        if (profile.Orderers.IsEmpty && profile.Peers.IsEmpty)
        {
            return null;
        }

        var options = nodes.Of(accountName) with { CallDeadline = limits.NodeDeadline, Patience = TimeSpan.Zero };
        using var reader = profile.Orderers.IsEmpty
            ? ChannelReader.OfPeers(profile.Peers.Select(peer => peer.Endpoint), options, networks.Time)
            : ChannelReader.OfOrderers(profile.Orderers.Select(orderer => orderer.Endpoint), options, networks.Time);
        var client = signers.Of(attachment.Client ?? throw new OperatorException("no identity is held here to read the channel with"));
        using var held = client as IDisposable;
        return await SeeAsync(
            attachment,
            channelName,
            number => reader.ReadReferenceAsync(channelName, number, client, cancellationToken),
            known => reader.ReadConfigurationAsync(channelName, client, known, cancellationToken),
            cancellationToken);
    }

    /// <summary>Reads the channel of the chain that the service is bound to, and keeps what it was seen to be: the next configuration's signatures are judged by it.</summary>
    /// <param name="attachment">By which it is read: what was seen through it is not kept when the service was attached anew meanwhile.</param>
    /// <param name="readReference">Reads a block, or the first one where it is given no number.</param>
    /// <param name="readConfiguration">Reads the configuration, judged by the known one where it is given that.</param>
    /// <exception cref="OperatorException">It is another chain.</exception>
    /// <exception cref="FabricException">It could not be read, or is not to be believed.</exception>
    public async Task<OwnReading> SeeAsync(
        Attachment attachment,
        string channelName,
        Func<ulong?, Task<BlockReference>> readReference,
        Func<ChannelConfiguration?, Task<ChannelConfiguration>> readConfiguration,
        CancellationToken cancellationToken)
    {
        var first = await BindAsync(attachment, channelName, readReference, cancellationToken);
        var known = await store.ReadAsync(session => session.FindKnownAsync(attachment.ServiceId, channelName, cancellationToken), cancellationToken);
        var channel = await readConfiguration(known);
        if (known?.Block != channel.Block)
        {
            await store.WriteWhileAttachedAsync(attachment, transaction => transaction.SaveKnownAsync(attachment.ServiceId, channel, cancellationToken), cancellationToken);
        }

        return new OwnReading(channel, first);
    }

    /// <summary>Where the service was attached anew since its channel was bound, sees whether that is still the same chain, before anything goes by what was seen of it.</summary>
    /// <param name="read">Reads a block, or the first one where it is given no number.</param>
    public async Task BindAnewAsync(string serviceId, string channelName, Func<ulong?, Task<BlockReference>> read, CancellationToken cancellationToken)
    {
        if (await store.ReadAsync(session => session.FindBindingAsync(serviceId, channelName, cancellationToken), cancellationToken) is { IsEarlier: true } bound
            && await store.ReadAsync(session => session.FindAttachmentAsync(serviceId, cancellationToken), cancellationToken) is { } attachment)
        {
            _ = await BindAnewAsync(attachment, bound, read, cancellationToken);
        }
    }

    private async Task<BlockReference> BindAnewAsync(
        Attachment attachment, NetworkBinding bound, Func<ulong?, Task<BlockReference>> read, CancellationToken cancellationToken)
    {
        var seen = await ReadSameAsync(bound.Block, read) ?? await read(null);
        await store.WriteWhileAttachedAsync(
            attachment, transaction => transaction.BindAnewAsync(bound with { Block = seen, BoundAt = clock.GetUtcNow() }, cancellationToken), cancellationToken);
        return seen;
    }

    /// <summary>The block where it is the same; null where it is another one, or there is none of its number.</summary>
    private static async Task<BlockReference?> ReadSameAsync(BlockReference bound, Func<ulong?, Task<BlockReference>> read)
    {
        try
        {
            return await read(bound.Number) is var seen && seen == bound ? seen : null;
        }
        catch (FabricException problem) when (problem.Kind == FabricErrorKind.UnknownChannel)
        {
            return null;
        }
    }

    /// <summary>Sees that the channel is the chain that the service is bound to; the first look binds it, and the first one after the service was attached anew.</summary>
    /// <param name="read">Reads a block, or the first one where it is given no number.</param>
    /// <exception cref="OperatorException">It is another chain; that stays on record until a look finds the right one again, or the service is attached anew.</exception>
    private async Task<BlockReference> BindAsync(Attachment attachment, string channelName, Func<ulong?, Task<BlockReference>> read, CancellationToken cancellationToken)
    {
        var bound = await store.ReadAsync(session => session.FindBindingAsync(attachment.ServiceId, channelName, cancellationToken), cancellationToken);
        if (bound is { IsEarlier: true })
        {
            return await BindAnewAsync(attachment, bound, read, cancellationToken);
        }

        var seen = await read(bound?.Block.Number);
        var other = bound is null || bound.Block == seen ? null : seen.Hash;
        var binding = bound ?? new NetworkBinding(attachment.ServiceId, channelName, seen, null, clock.GetUtcNow());
        if (bound is null || bound.OtherHash != other)
        {
            await store.WriteWhileAttachedAsync(attachment, transaction => transaction.SaveAsync(binding with { OtherHash = other }, cancellationToken), cancellationToken);
        }

        return other is null ? seen : throw new OperatorException((binding with { OtherHash = other }).InWords);
    }
}

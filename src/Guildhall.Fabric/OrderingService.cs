using System.Collections.Immutable;
using Guildhall.Fabric.Messages;

namespace Guildhall.Fabric;

/// <summary>The orderers of a network: reads the configuration of channels, submits changes, and sees whether they took effect.</summary>
/// <remarks>
/// It is safe for use by several threads at once. An orderer that is cut off answers with what it last heard of: for the configuration all of them
/// are asked, and the newest counts. For all else they are asked in turn, the next when one refuses, those first that have shown the newest.
/// </remarks>
public sealed class OrderingService : IDisposable
{
    private const string BroadcastPath = "/orderer.AtomicBroadcast/Broadcast";

    private readonly ImmutableArray<GrpcConnection> orderers;
    private readonly FabricOptions options;
    private readonly TimeProvider clock;
    private readonly BlockDelivery blocks;

    public OrderingService(IEnumerable<NodeEndpoint> orderers, FabricOptions? options = null, TimeProvider? clock = null)
    {
        (this.options, this.clock) = (options ?? FabricOptions.Default, clock ?? TimeProvider.System);
        this.orderers = [.. orderers.Select(endpoint => new GrpcConnection(endpoint, this.options, this.clock))];
        if (this.orderers.IsEmpty)
        {
            throw new ArgumentException("At least one orderer is needed.", nameof(orderers));
        }

        blocks = new BlockDelivery(this.orderers, BlockDelivery.OfOrderers, this.options, this.clock);
    }

    /// <summary>The newest configuration of the channel that more than half of the orderers show, or as many as can be asked.</summary>
    /// <param name="reader">Of an organization that may read the channel.</param>
    /// <exception cref="FabricException">It could not be read, for as long as patience lasts.</exception>
    public Task<ChannelConfiguration> ReadConfigurationAsync(string channel, ISigner reader, CancellationToken cancellationToken) =>
        blocks.ReadConfigurationAsync(channel, reader, known: null, cancellationToken);

    /// <summary>The same, and its block is signed by those who make the channel's blocks, as an earlier configuration names them; where they have changed since, as those between do.</summary>
    /// <param name="known">Read before, and trusted: none that is older counts. Null where there is none, and nothing is verified.</param>
    /// <exception cref="FabricException">It could not be read, is older (<see cref="FabricErrorKind.Behind"/>), or is not to be believed (<see cref="FabricErrorKind.Untrusted"/>).</exception>
    public Task<ChannelConfiguration> ReadConfigurationAsync(string channel, ISigner reader, ChannelConfiguration? known, CancellationToken cancellationToken) =>
        blocks.ReadConfigurationAsync(channel, reader, known, cancellationToken);

    /// <summary>A block as bytes; block 0 is what a peer joins a channel with.</summary>
    /// <exception cref="FabricException">It could not be read; <see cref="FabricErrorKind.UnknownChannel"/> also when there is no such block yet.</exception>
    public Task<byte[]> ReadBlockAsync(string channel, ulong number, ISigner reader, CancellationToken cancellationToken) =>
        blocks.ReadBlockAsync(channel, number, reader, cancellationToken);

    /// <summary>A block by its hash, for telling which chain this is.</summary>
    /// <param name="number">Null for the first block that the orderers have.</param>
    /// <exception cref="FabricException">It could not be read, or is not the block that was asked for.</exception>
    public Task<BlockReference> ReadReferenceAsync(string channel, ulong? number, ISigner reader, CancellationToken cancellationToken) =>
        blocks.ReadReferenceAsync(channel, number, reader, cancellationToken);

    /// <summary>Sends a signed update. That it is taken does not mean that it takes effect: another may come first. <see cref="ConfirmAsync(PreparedUpdate, ChannelConfiguration, ISigner, CancellationToken)"/> tells.</summary>
    /// <param name="submitter">Of an organization that may write to the channel; it need not be among those whose signatures count.</param>
    /// <exception cref="FabricException">It was refused, or its fate is unknown (<see cref="FabricErrorKind.UnknownOutcome"/>).</exception>
    public async Task SubmitAsync(PreparedUpdate update, IEnumerable<UpdateSignature> signatures, ISigner submitter, CancellationToken cancellationToken)
    {
        var content = ContentOf(update, signatures);
        await Attempts.RunAsync(blocks.InTurn, options, clock, orderer => SubmitAsync(orderer, update.Channel, content, submitter, cancellationToken), cancellationToken);
    }

    /// <summary>Sends an update again that an orderer has taken and that is in no block, to each of the orderers: one that is cut off takes what nobody hears of. At most one of them takes effect.</summary>
    /// <returns>How many have taken it. What the others say is not told: the blocks will tell.</returns>
    public async Task<int> SubmitEverywhereAsync(PreparedUpdate update, IEnumerable<UpdateSignature> signatures, ISigner submitter, CancellationToken cancellationToken)
    {
        var (content, taken) = (ContentOf(update, signatures), 0);
        foreach (var orderer in orderers)
        {
            try
            {
                taken += await SubmitAsync(orderer, update.Channel, content, submitter, cancellationToken) ? 1 : 0;
            }
            catch (FabricException)
            {
                // It is down, has no leader, is behind, or has got it from another one.
            }
        }

        return taken;
    }

    /// <summary>Waits until the update is in a block, which is when it has taken effect, comparing it byte for byte.</summary>
    /// <param name="after">The configuration that the update was prepared on.</param>
    /// <returns>
    /// The configuration that the update made; or null. Then another was first, and this one is lost; or, where the channel's configuration is still the one that the
    /// update was prepared on, it is in no block yet.
    /// </returns>
    /// <exception cref="FabricException">Blocks could not be read, or the orderers are behind.</exception>
    public Task<ChannelConfiguration?> ConfirmAsync(PreparedUpdate update, ChannelConfiguration after, ISigner reader, CancellationToken cancellationToken) =>
        ConfirmAsync(update, after, after, reader, cancellationToken);

    /// <summary>The same, where the channel was seen since.</summary>
    /// <param name="known">The newest configuration that was seen and is trusted: none that is older counts.</param>
    /// <inheritdoc cref="ConfirmAsync(PreparedUpdate, ChannelConfiguration, ISigner, CancellationToken)"/>
    public async Task<ChannelConfiguration?> ConfirmAsync(
        PreparedUpdate update, ChannelConfiguration after, ChannelConfiguration known, ISigner reader, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        for (var pause = options.FirstPause; ; pause = Attempts.After(pause))
        {
            var newest = await blocks.ReadConfigurationAsync(update.Channel, reader, known, cancellationToken);
            if (newest.Sequence > after.Sequence)
            {
                return await blocks.FindMadeAsync(update, after, newest, reader, cancellationToken);
            }

            if (clock.GetElapsedTime(started) + pause > options.CommitPatience)
            {
                return null;
            }

            await Task.Delay(pause, clock, cancellationToken);
        }
    }

    public void Dispose()
    {
        foreach (var orderer in orderers)
        {
            orderer.Dispose();
        }
    }

    private static ConfigUpdateEnvelope ContentOf(PreparedUpdate update, IEnumerable<UpdateSignature> signatures)
    {
        var content = new ConfigUpdateEnvelope { ConfigUpdate = Google.Protobuf.ByteString.CopyFrom(update.Bytes.AsSpan()) };
        content.Signatures.AddRange(signatures.Select(signature => signature.ToMessage()));
        return content;
    }

    private async Task<bool> SubmitAsync(GrpcConnection orderer, string channel, ConfigUpdateEnvelope content, ISigner submitter, CancellationToken cancellationToken)
    {
        var header = new ChannelHeader { Type = HeaderType.ConfigUpdate, ChannelId = channel, TlsCertHash = orderer.TlsCertificateHash };
        return await BroadcastAsync(orderer, await Envelopes.SealAsync(submitter, header, content, clock, cancellationToken), cancellationToken);
    }

    private async Task<bool> BroadcastAsync(GrpcConnection orderer, Envelope envelope, CancellationToken cancellationToken)
    {
        using var receipt = new Receipt(options.Budget);
        try
        {
            await foreach (var answer in orderer.CallAsync(BroadcastPath, envelope, BroadcastResponse.Parser, AnswerLimit.Verdict, receipt, options.CallDeadline, cancellationToken))
            {
                return answer.Status == Status.Success ? true : throw Verdicts.OfBroadcast(answer);
            }
        }
        catch (GrpcProblem problem)
        {
            throw Verdicts.OfCall(problem, FabricStep.Submit, repeatable: false);
        }

        throw Verdicts.OfCall(new GrpcProblem(GrpcFailure.Broken, $"{orderer.Endpoint} ended without an answer."), FabricStep.Submit, repeatable: false);
    }
}

using System.Collections.Immutable;
using Guildhall.Fabric.Messages;

namespace Guildhall.Fabric;

/// <summary>The orderers of a network: reads the configuration of channels, submits changes, and sees whether they took effect.</summary>
/// <remarks>It is safe for use by several threads at once. Orderers are asked in the order given, the next when one cannot be reached.</remarks>
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

    /// <summary>The channel's configuration as the newest block has it.</summary>
    /// <param name="reader">Of an organization that may read the channel.</param>
    /// <exception cref="FabricException">It could not be read, for as long as patience lasts.</exception>
    public Task<ChannelConfiguration> ReadConfigurationAsync(string channel, ISigner reader, CancellationToken cancellationToken) =>
        blocks.ReadConfigurationAsync(channel, reader, known: null, cancellationToken);

    /// <summary>The same, and its block is signed by those who make the channel's blocks, as an earlier configuration names them; where they have changed since, as those between do.</summary>
    /// <param name="known">Read before, and trusted; null where there is none, and nothing is verified.</param>
    /// <exception cref="FabricException">It could not be read, or is not to be believed (<see cref="FabricErrorKind.Untrusted"/>).</exception>
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

    /// <summary>Sends a signed update. That it is taken does not mean that it takes effect: another may come first. <see cref="ConfirmAsync"/> tells.</summary>
    /// <param name="submitter">Of an organization that may write to the channel; it need not be among those whose signatures count.</param>
    /// <exception cref="FabricException">It was refused, or its fate is unknown (<see cref="FabricErrorKind.UnknownOutcome"/>).</exception>
    public async Task SubmitAsync(PreparedUpdate update, IEnumerable<UpdateSignature> signatures, ISigner submitter, CancellationToken cancellationToken)
    {
        var content = new ConfigUpdateEnvelope { ConfigUpdate = Google.Protobuf.ByteString.CopyFrom(update.Bytes.AsSpan()) };
        content.Signatures.AddRange(signatures.Select(signature => signature.ToMessage()));
        await Attempts.RunAsync(
            orderers,
            options,
            clock,
            async orderer =>
            {
                var header = new ChannelHeader { Type = HeaderType.ConfigUpdate, ChannelId = update.Channel, TlsCertHash = orderer.TlsCertificateHash };
                var envelope = await Envelopes.SealAsync(submitter, header, content, clock, cancellationToken);
                return await BroadcastAsync(orderer, envelope, cancellationToken);
            },
            cancellationToken);
    }

    /// <summary>Waits until the update is in a block, which is when it has taken effect, comparing it byte for byte.</summary>
    /// <param name="after">The configuration that the update was prepared on; blocks after its own are looked at.</param>
    /// <returns>The configuration that the update made; or null when it did not show up in time: then another was first, and this one is lost.</returns>
    /// <exception cref="FabricException">Blocks could not be read.</exception>
    public async Task<ChannelConfiguration?> ConfirmAsync(PreparedUpdate update, ChannelConfiguration after, ISigner reader, CancellationToken cancellationToken)
    {
        var next = (after.Block ?? 0) + 1;
        var started = clock.GetTimestamp();
        return await Attempts.RunAsync(orderers, options, clock, FindAsync, cancellationToken);

        async Task<ChannelConfiguration?> FindAsync(GrpcConnection orderer)
        {
            using var receipt = new Receipt(options.Budget);
            var left = options.CommitPatience - clock.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
            {
                return null;
            }

            try
            {
                await foreach (var block in blocks.DeliverAsync(orderer, update.Channel, BlockDelivery.At(next), BlockDelivery.At(ulong.MaxValue), reader, FabricStep.Confirm, AnswerLimit.Blocks(options.MaxBlockBytes), receipt, left, cancellationToken))
                {
                    if (block.Header?.Number != next)
                    {
                        throw new FabricException(FabricStep.Confirm, FabricErrorKind.Malformed, $"{orderer.Endpoint} delivers other blocks than were asked for.");
                    }

                    next++;
                    if (Blocks.ConfigurationIn(block, FabricStep.Confirm) is { } made && made.WasMadeBy(update))
                    {
                        return made;
                    }

                    receipt.Release();
                }
            }
            catch (FabricException problem) when (problem.Kind is FabricErrorKind.TimedOut or FabricErrorKind.AnswerTooLarge)
            {
                return null; // also where more blocks came meanwhile than are followed: the channel's configuration tells
            }

            throw new FabricException(FabricStep.Confirm, FabricErrorKind.Unreachable, $"{orderer.Endpoint} ended the delivery of blocks.");
        }
    }

    public void Dispose()
    {
        foreach (var orderer in orderers)
        {
            orderer.Dispose();
        }
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

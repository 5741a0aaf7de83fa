using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Guildhall.Fabric.Messages;

namespace Guildhall.Fabric;

/// <summary>The orderers of a network: reads the configuration of channels, submits changes, and sees whether they took effect.</summary>
/// <remarks>It is safe for use by several threads at once. Orderers are asked in the order given, the next when one cannot be reached.</remarks>
public sealed class OrderingService : IDisposable
{
    private const string BroadcastPath = "/orderer.AtomicBroadcast/Broadcast";
    private const string DeliverPath = "/orderer.AtomicBroadcast/Deliver";

    private readonly ImmutableArray<GrpcConnection> orderers;
    private readonly FabricOptions options;
    private readonly TimeProvider clock;

    public OrderingService(IEnumerable<NodeEndpoint> orderers, FabricOptions? options = null, TimeProvider? clock = null)
    {
        (this.options, this.clock) = (options ?? FabricOptions.Default, clock ?? TimeProvider.System);
        this.orderers = [.. orderers.Select(endpoint => new GrpcConnection(endpoint, this.options, this.clock))];
        if (this.orderers.IsEmpty)
        {
            throw new ArgumentException("At least one orderer is needed.", nameof(orderers));
        }
    }

    /// <summary>The channel's configuration as the newest block has it.</summary>
    /// <param name="reader">Of an organization that may read the channel.</param>
    /// <exception cref="FabricException">It could not be read, for as long as patience lasts.</exception>
    public async Task<ChannelConfiguration> ReadConfigurationAsync(string channel, ISigner reader, CancellationToken cancellationToken)
    {
        const FabricStep step = FabricStep.ReadConfiguration;
        using var receipt = new Receipt(options.Budget);
        var newest = await ReadAsync(channel, new SeekPosition { Newest = new() }, reader, step, receipt, cancellationToken);
        var at = Blocks.LastConfiguration(newest, step);
        return Blocks.ConfigurationIn(newest, step) ?? Blocks.ConfigurationIn(await ReadAsync(channel, At(at), reader, step, receipt, cancellationToken), step)
            ?? throw new FabricException(step, FabricErrorKind.Malformed, $"Block {at} of channel {channel} should hold the configuration, and does not.");
    }

    /// <summary>A block as bytes; block 0 is what a peer joins a channel with.</summary>
    /// <exception cref="FabricException">It could not be read; <see cref="FabricErrorKind.UnknownChannel"/> also when there is no such block yet.</exception>
    public async Task<byte[]> ReadBlockAsync(string channel, ulong number, ISigner reader, CancellationToken cancellationToken)
    {
        using var receipt = new Receipt(options.Budget);
        return Wire.Bytes(await ReadAsync(channel, At(number), reader, FabricStep.ReadConfiguration, receipt, cancellationToken)).ToByteArray();
    }

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
                await foreach (var block in DeliverAsync(orderer, update.Channel, At(next), At(ulong.MaxValue), reader, FabricStep.Confirm, AnswerLimit.Blocks(options.MaxBlockBytes), receipt, left, cancellationToken))
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

    private static SeekPosition At(ulong number) => new() { Specified = new() { Number = number } };

    private Task<Block> ReadAsync(string channel, SeekPosition at, ISigner reader, FabricStep step, Receipt receipt, CancellationToken cancellationToken) =>
        Attempts.RunAsync(
            orderers,
            options,
            clock,
            async orderer =>
            {
                receipt.Release(); // what an earlier attempt has left
                await foreach (var block in DeliverAsync(orderer, channel, at, at, reader, step, AnswerLimit.Single(options.MaxBlockBytes), receipt, options.CallDeadline, cancellationToken))
                {
                    return block;
                }

                throw new FabricException(step, FabricErrorKind.Malformed, $"{orderer.Endpoint} delivered no block and no reason.");
            },
            cancellationToken);

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

    private async IAsyncEnumerable<Block> DeliverAsync(
        GrpcConnection orderer,
        string channel,
        SeekPosition start,
        SeekPosition stop,
        ISigner reader,
        FabricStep step,
        AnswerLimit limit,
        Receipt receipt,
        TimeSpan deadline,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seek = new SeekInfo
        {
            Start = start,
            Stop = stop,
            Behavior = start.Equals(stop) ? SeekInfo.Types.Behavior.FailIfNotReady : SeekInfo.Types.Behavior.BlockUntilReady,
            ErrorResponse = SeekInfo.Types.ErrorResponse.BestEffort, // blocks can be read while there is no leader
        };
        var header = new ChannelHeader { Type = HeaderType.DeliverSeekInfo, ChannelId = channel, TlsCertHash = orderer.TlsCertificateHash };
        var request = await Envelopes.SealAsync(reader, header, seek, clock, cancellationToken);
        await using var answers = orderer.CallAsync(DeliverPath, request, DeliverResponse.Parser, limit, receipt, deadline, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await NextAsync())
        {
            yield return answers.Current.Block;
        }

        async Task<bool> NextAsync()
        {
            try
            {
                return await answers.MoveNextAsync()
                    && (answers.Current.TypeCase == DeliverResponse.TypeOneofCase.Block || (answers.Current.Status == Status.Success ? false : throw Verdicts.OfDeliver(answers.Current.Status, step, channel)));
            }
            catch (GrpcProblem problem)
            {
                throw Verdicts.OfCall(problem, step, repeatable: true);
            }
        }
    }
}

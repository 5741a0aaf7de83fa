using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Guildhall.Fabric.Messages;

namespace Guildhall.Fabric;

/// <summary>Reads blocks, of orderers or of peers: both deliver them by the same messages, each by a call of its own name.</summary>
/// <remarks>Nodes are asked in the order given, the next when one cannot be reached.</remarks>
internal sealed class BlockDelivery(ImmutableArray<GrpcConnection> nodes, string path, FabricOptions options, TimeProvider clock)
{
    public const string OfOrderers = "/orderer.AtomicBroadcast/Deliver";
    public const string OfPeers = "/protos.Deliver/Deliver";

    private const FabricStep Step = FabricStep.ReadConfiguration;

    /// <summary>Configurations between a known one and the newest that are gone through one by one.</summary>
    private const int MostBetween = 100;

    public static SeekPosition At(ulong number) => new() { Specified = new() { Number = number } };

    /// <summary>The channel's configuration as the newest block has it.</summary>
    /// <param name="known">An earlier one that is trusted, by which it is judged who signed the newest; null where there is none, and it is taken on trust.</param>
    public async Task<ChannelConfiguration> ReadConfigurationAsync(string channel, ISigner reader, ChannelConfiguration? known, CancellationToken cancellationToken)
    {
        using var receipt = new Receipt(options.Budget);
        var newest = await ReadAsync(channel, new SeekPosition { Newest = new() }, reader, Step, receipt, cancellationToken);
        var at = Blocks.LastConfiguration(newest, Step);
        var block = Blocks.ConfigurationIn(newest, Step) is null ? await ReadAsync(channel, At(at), reader, Step, receipt, cancellationToken) : newest;
        var found = Configuration(block, channel, at);
        if (known?.Block is not null)
        {
            await VerifyAsync(block, found, known, reader, receipt, cancellationToken);
        }

        return found;
    }

    /// <summary>Sees that a configuration's block was signed by those whom the known one names, or by whom the ones between name in turn.</summary>
    private async Task VerifyAsync(Block block, ChannelConfiguration found, ChannelConfiguration known, ISigner reader, Receipt receipt, CancellationToken cancellationToken)
    {
        if (found.Block <= known.Block)
        {
            if (found.Block == known.Block && found.Config.Equals(known.Config))
            {
                return;
            }

            throw Untrusted(found, found.Block == known.Block ? "it was another configuration when it was seen before" : $"block {known.Block} was seen before with a newer configuration");
        }

        if (BlockSignatures.WhyNotSigned(block, known, Step) is not { } why)
        {
            return;
        }

        // The ordering service itself may have changed meanwhile: each configuration is judged by the one before it, from the known one on.
        var judge = known;
        foreach (var number in await BetweenAsync(found, known, reader, receipt, cancellationToken))
        {
            var next = await ReadAsync(found.Channel, At(number), reader, Step, receipt, cancellationToken);
            if (next.Header?.Number != number || BlockSignatures.WhyNotSigned(next, judge, Step) is not null)
            {
                throw Untrusted(found, why);
            }

            judge = Configuration(next, found.Channel, number);
        }

        if (BlockSignatures.WhyNotSigned(block, judge, Step) is { } stillNot)
        {
            throw Untrusted(found, stillNot);
        }
    }

    /// <summary>The numbers of the blocks with configurations between the known one and the one that was found, the oldest first. Only numbers are kept: blocks may be large.</summary>
    private async Task<IEnumerable<ulong>> BetweenAsync(ChannelConfiguration found, ChannelConfiguration known, ISigner reader, Receipt receipt, CancellationToken cancellationToken)
    {
        var between = new Stack<ulong>();
        for (var number = found.Block!.Value; between.Count < MostBetween; between.Push(number))
        {
            var before = Blocks.LastConfiguration(await ReadAsync(found.Channel, At(number - 1), reader, Step, receipt, cancellationToken), Step);
            if (before <= known.Block || before >= number)
            {
                break;
            }

            number = before;
        }

        return between;
    }

    private static ChannelConfiguration Configuration(Block block, string channel, ulong at) =>
        Blocks.ConfigurationIn(block, Step) ?? throw new FabricException(Step, FabricErrorKind.Malformed, $"Block {at} of channel {channel} should hold the configuration, and does not.");

    private static FabricException Untrusted(ChannelConfiguration found, string why) =>
        new(Step, FabricErrorKind.Untrusted, $"Block {found.Block} of channel {found.Channel} is not to be believed: {why}.");

    public async Task<byte[]> ReadBlockAsync(string channel, ulong number, ISigner reader, CancellationToken cancellationToken)
    {
        using var receipt = new Receipt(options.Budget);
        return Wire.Bytes(await ReadAsync(channel, At(number), reader, FabricStep.ReadConfiguration, receipt, cancellationToken)).ToByteArray();
    }

    /// <param name="number">Null for the first block that the nodes have.</param>
    public async Task<BlockReference> ReadReferenceAsync(string channel, ulong? number, ISigner reader, CancellationToken cancellationToken)
    {
        const FabricStep step = FabricStep.ReadConfiguration;
        using var receipt = new Receipt(options.Budget);
        var block = await ReadAsync(channel, number is { } known ? At(known) : new SeekPosition { Oldest = new() }, reader, step, receipt, cancellationToken);
        return number is { } asked && block.Header?.Number != asked
            ? throw new FabricException(step, FabricErrorKind.Malformed, $"Block {asked} of channel {channel} was asked for, and another was delivered.")
            : Blocks.ReferenceOf(block, step);
    }

    private Task<Block> ReadAsync(string channel, SeekPosition at, ISigner reader, FabricStep step, Receipt receipt, CancellationToken cancellationToken) =>
        Attempts.RunAsync(
            nodes,
            options,
            clock,
            async node =>
            {
                receipt.Release(); // what an earlier attempt has left
                await foreach (var block in DeliverAsync(node, channel, at, at, reader, step, AnswerLimit.Single(options.MaxBlockBytes), receipt, options.CallDeadline, cancellationToken))
                {
                    return block;
                }

                throw new FabricException(step, FabricErrorKind.Malformed, $"{node.Endpoint} delivered no block and no reason.");
            },
            cancellationToken);

    public async IAsyncEnumerable<Block> DeliverAsync(
        GrpcConnection node,
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
        var header = new ChannelHeader { Type = HeaderType.DeliverSeekInfo, ChannelId = channel, TlsCertHash = node.TlsCertificateHash };
        var request = await Envelopes.SealAsync(reader, header, seek, clock, cancellationToken);
        await using var answers = node.CallAsync(path, request, DeliverResponse.Parser, limit, receipt, deadline, cancellationToken).GetAsyncEnumerator(cancellationToken);
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

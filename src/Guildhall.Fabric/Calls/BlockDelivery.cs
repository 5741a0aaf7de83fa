using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Guildhall.Fabric.Messages;

namespace Guildhall.Fabric;

/// <summary>Reads blocks, of orderers or of peers: both deliver them by the same messages, each by a call of its own name.</summary>
/// <remarks>For the configuration all of them are asked. For a block they are asked in turn, those first that have shown the newest configuration.</remarks>
internal sealed class BlockDelivery(ImmutableArray<GrpcConnection> nodes, string path, FabricOptions options, TimeProvider clock)
{
    public const string OfOrderers = "/orderer.AtomicBroadcast/Deliver";
    public const string OfPeers = "/protos.Deliver/Deliver";

    private const FabricStep Step = FabricStep.ReadConfiguration;

    /// <summary>Configurations between a known one and the newest that are gone through one by one.</summary>
    private const int MostBetween = 100;

    private static SeekPosition At(ulong number) => new() { Specified = new() { Number = number } };

    /// <summary>The nodes in the order in which they are asked for what one of them can tell.</summary>
    public IReadOnlyList<GrpcConnection> InTurn { get; private set; } = nodes;

    /// <summary>The newest configuration of the channel that more than half of the nodes show, or as many as can be asked.</summary>
    /// <param name="known">An earlier one that is trusted: none that is older counts, and by it it is judged who signed a newer one. Null where there is none, and what is newest is taken on trust.</param>
    public Task<ChannelConfiguration> ReadConfigurationAsync(string channel, ISigner reader, ChannelConfiguration? known, CancellationToken cancellationToken)
    {
        var newest = new NewestAnswer(path == OfPeers ? "peers" : "orderers", channel, known, clock, (node, enough) => ReadConfigurationAsync(node, channel, reader, known, enough));
        return Attempts.RepeatAsync(
            options,
            clock,
            async () =>
            {
                (var found, InTurn) = await newest.AskAsync(nodes, cancellationToken);
                return found;
            },
            cancellationToken);
    }

    /// <summary>The configuration that the update made, among those between the one that it was prepared on and a newer one; each is judged by the one before it.</summary>
    /// <returns>Null where none of them was made by it, or where they are too many to be gone through.</returns>
    public async Task<ChannelConfiguration?> FindMadeAsync(PreparedUpdate update, ChannelConfiguration prepared, ChannelConfiguration newest, ISigner reader, CancellationToken cancellationToken)
    {
        if (newest.WasMadeBy(update))
        {
            return newest;
        }

        using var receipt = new Receipt(options.Budget);
        var judge = prepared;
        foreach (var number in await BetweenAsync(InTurn, newest, prepared, reader, receipt, cancellationToken))
        {
            var block = await ReadAsync(InTurn, newest.Channel, At(number), reader, receipt, cancellationToken);
            if (BlockSignatures.WhyNotSigned(block, judge, Step) is not null)
            {
                return null;
            }

            judge = Configuration(block, newest.Channel, number);
            if (judge.WasMadeBy(update))
            {
                return judge;
            }
        }

        return null;
    }

    private async Task<ChannelConfiguration> ReadConfigurationAsync(GrpcConnection node, string channel, ISigner reader, ChannelConfiguration? known, CancellationToken cancellationToken)
    {
        using var receipt = new Receipt(options.Budget);
        var newest = await ReadAsync(node, channel, new SeekPosition { Newest = new() }, reader, receipt, cancellationToken);
        var at = Blocks.LastConfiguration(newest, Step);
        var block = Blocks.ConfigurationIn(newest, Step) is null ? await ReadAsync(node, channel, At(at), reader, receipt, cancellationToken) : newest;
        var found = Configuration(block, channel, at);
        if (known?.Block <= found.Block)
        {
            await VerifyAsync([node], block, found, known, reader, receipt, cancellationToken);
        }

        return found;
    }

    /// <summary>Sees that a configuration's block was signed by those whom the known one names, or by whom the ones between name in turn.</summary>
    private async Task VerifyAsync(
        IReadOnlyList<GrpcConnection> from, Block block, ChannelConfiguration found, ChannelConfiguration known, ISigner reader, Receipt receipt, CancellationToken cancellationToken)
    {
        if (found.Block == known.Block)
        {
            if (!found.Config.Equals(known.Config))
            {
                throw Untrusted(found, "it was another configuration when it was seen before");
            }

            return;
        }

        if (BlockSignatures.WhyNotSigned(block, known, Step) is not { } why)
        {
            return;
        }

        // The ordering service itself may have changed meanwhile: each configuration is judged by the one before it, from the known one on.
        var judge = known;
        foreach (var number in await BetweenAsync(from, found, known, reader, receipt, cancellationToken))
        {
            var next = await ReadAsync(from, found.Channel, At(number), reader, receipt, cancellationToken);
            if (BlockSignatures.WhyNotSigned(next, judge, Step) is not null)
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
    private async Task<IEnumerable<ulong>> BetweenAsync(
        IReadOnlyList<GrpcConnection> from, ChannelConfiguration found, ChannelConfiguration known, ISigner reader, Receipt receipt, CancellationToken cancellationToken)
    {
        var between = new Stack<ulong>();
        for (var number = found.Block!.Value; number > 0 && between.Count < MostBetween; between.Push(number))
        {
            var before = Blocks.LastConfiguration(await ReadAsync(from, found.Channel, At(number - 1), reader, receipt, cancellationToken), Step);
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
        return Wire.Bytes(await ReadAsync(InTurn, channel, At(number), reader, receipt, cancellationToken)).ToByteArray();
    }

    /// <param name="number">Null for the first block that the nodes have.</param>
    public async Task<BlockReference> ReadReferenceAsync(string channel, ulong? number, ISigner reader, CancellationToken cancellationToken)
    {
        using var receipt = new Receipt(options.Budget);
        return Blocks.ReferenceOf(await ReadAsync(InTurn, channel, number is { } known ? At(known) : new SeekPosition { Oldest = new() }, reader, receipt, cancellationToken), Step);
    }

    private Task<Block> ReadAsync(IReadOnlyList<GrpcConnection> from, string channel, SeekPosition at, ISigner reader, Receipt receipt, CancellationToken cancellationToken) =>
        Attempts.RunAsync(from, options, clock, node => ReadAsync(node, channel, at, reader, receipt, cancellationToken), cancellationToken);

    private async Task<Block> ReadAsync(GrpcConnection node, string channel, SeekPosition at, ISigner reader, Receipt receipt, CancellationToken cancellationToken)
    {
        receipt.Release(); // what was read before, or an earlier attempt has left
        await foreach (var block in DeliverAsync(node, channel, at, reader, receipt, cancellationToken))
        {
            return at.TypeCase == SeekPosition.TypeOneofCase.Specified && block.Header?.Number != at.Specified.Number
                ? throw new FabricException(Step, FabricErrorKind.Malformed, $"Block {at.Specified.Number} of channel {channel} was asked for, and another was delivered.")
                : block;
        }

        throw new FabricException(Step, FabricErrorKind.Malformed, $"{node.Endpoint} delivered no block and no reason.");
    }

    private async IAsyncEnumerable<Block> DeliverAsync(
        GrpcConnection node, string channel, SeekPosition at, ISigner reader, Receipt receipt, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seek = new SeekInfo
        {
            Start = at,
            Stop = at,
            Behavior = SeekInfo.Types.Behavior.FailIfNotReady,
            ErrorResponse = SeekInfo.Types.ErrorResponse.BestEffort, // blocks can be read while there is no leader
        };
        var header = new ChannelHeader { Type = HeaderType.DeliverSeekInfo, ChannelId = channel, TlsCertHash = node.TlsCertificateHash };
        var request = await Envelopes.SealAsync(reader, header, seek, clock, cancellationToken);
        var limit = AnswerLimit.Single(options.MaxBlockBytes);
        await using var answers = node.CallAsync(path, request, DeliverResponse.Parser, limit, receipt, options.CallDeadline, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await NextAsync())
        {
            yield return answers.Current.Block;
        }

        async Task<bool> NextAsync()
        {
            try
            {
                return await answers.MoveNextAsync()
                    && (answers.Current.TypeCase == DeliverResponse.TypeOneofCase.Block || (answers.Current.Status == Status.Success ? false : throw Verdicts.OfDeliver(answers.Current.Status, Step, channel)));
            }
            catch (GrpcProblem problem)
            {
                throw Verdicts.OfCall(problem, Step, repeatable: true);
            }
        }
    }
}

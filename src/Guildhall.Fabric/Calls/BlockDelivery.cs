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

    public static SeekPosition At(ulong number) => new() { Specified = new() { Number = number } };

    /// <summary>The channel's configuration as the newest block has it.</summary>
    public async Task<ChannelConfiguration> ReadConfigurationAsync(string channel, ISigner reader, CancellationToken cancellationToken)
    {
        const FabricStep step = FabricStep.ReadConfiguration;
        using var receipt = new Receipt(options.Budget);
        var newest = await ReadAsync(channel, new SeekPosition { Newest = new() }, reader, step, receipt, cancellationToken);
        var at = Blocks.LastConfiguration(newest, step);
        return Blocks.ConfigurationIn(newest, step) ?? Blocks.ConfigurationIn(await ReadAsync(channel, At(at), reader, step, receipt, cancellationToken), step)
            ?? throw new FabricException(step, FabricErrorKind.Malformed, $"Block {at} of channel {channel} should hold the configuration, and does not.");
    }

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

using System.Collections.Immutable;
using System.Security.Cryptography;
using Google.Protobuf;
using Guildhall.Fabric;
using Guildhall.Fabric.Messages;

namespace Guildhall.Tests.Fabric;

/// <summary>A channel as an orderer keeps it: checks an update when it comes, checks it again when its turn comes, and drops what no longer fits.</summary>
/// <param name="orderer">Signs its blocks; block 0 is nobody's.</param>
internal sealed class StandInChannel(Block first, KeySigner orderer)
{
    private readonly Lock gate = new();
    private readonly List<Envelope> waiting = [];
    private ImmutableList<Block> blocks = [first];
    private TaskCompletionSource grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool held;

    public ImmutableList<Block> Blocks
    {
        get
        {
            lock (gate)
            {
                return blocks;
            }
        }
    }

    public ChannelConfiguration Current => ConfigurationIn(Blocks);

    /// <summary>The newest configuration in the blocks.</summary>
    public static ChannelConfiguration ConfigurationIn(ImmutableList<Block> blocks) =>
        blocks.Reverse().Select(block => Guildhall.Fabric.Blocks.ConfigurationIn(block, FabricStep.ReadConfiguration)).First(one => one is not null)!;

    /// <summary>While held, what is taken waits for its turn, so that a test can bring about a race.</summary>
    public void Hold(bool hold)
    {
        lock (gate)
        {
            held = hold;
            if (!held)
            {
                Order();
            }
        }
    }

    /// <exception cref="StandInRefusal">Fabric would not take it.</exception>
    public void Take(Envelope envelope)
    {
        lock (gate)
        {
            Check(Current, envelope);
            waiting.Add(envelope);
            if (!held)
            {
                Order();
            }
        }
    }

    /// <summary>Puts a block at the end, however it came about.</summary>
    public void Append(Block block)
    {
        lock (gate)
        {
            blocks = blocks.Add(block);
        }
    }

    /// <summary>The block of this number, once it is there.</summary>
    public async Task<Block> WaitForAsync(ulong number, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task more;
            lock (gate)
            {
                if (number < (ulong)blocks.Count)
                {
                    return blocks[(int)number];
                }

                more = grown.Task;
            }

            await more.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The configuration that an update makes of the current one.</summary>
    /// <exception cref="StandInRefusal">Fabric would not take it.</exception>
    public static Config Check(ChannelConfiguration current, Envelope envelope)
    {
        StandInRules.DemandPolicy(current, "/Channel/Writers", [Signature.OfEnvelope(envelope)]);
        var update = ConfigUpdateEnvelope.Parser.ParseFrom(Payload.Parser.ParseFrom(envelope.Payload).Data);
        try
        {
            return StandInRules.Apply(current, update);
        }
        catch (StandInRefusal refusal)
        {
            throw new StandInRefusal(refusal.Status, $"error applying config update to existing channel '{current.Channel}': error authorizing update: {refusal.Message}");
        }
    }

    public static Block BlockOf(ulong number, ByteString previous, string channel, ConfigEnvelope configuration, KeySigner? orderer = null)
    {
        var payload = new Payload
        {
            Header = new Header { ChannelHeader = new ChannelHeader { Type = HeaderType.Config, ChannelId = channel }.ToByteString(), SignatureHeader = new SignatureHeader().ToByteString() },
            Data = configuration.ToByteString(),
        };
        var metadata = new Metadata { Value = new OrdererBlockMetadata { LastConfig = new LastConfig { Index = number } }.ToByteString() };
        var data = new Envelope { Payload = payload.ToByteString() }.ToByteString();
        var header = new BlockHeader { Number = number, PreviousHash = previous, DataHash = ByteString.CopyFrom(SHA256.HashData(data.Span)) };
        if (orderer is not null)
        {
            var by = new SignatureHeader { Creator = orderer.Identity.ToBytes(), Nonce = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(24)) }.ToByteString();
            byte[] signed = [.. metadata.Value.Span, .. by.Span, .. Guildhall.Fabric.Blocks.HeaderBytes(header)];
            metadata.Signatures.Add(new MetadataSignature { SignatureHeader = by, Signature = Envelopes.SignAsync(orderer, signed, default).GetAwaiter().GetResult() });
        }

        return new Block { Header = header, Data = new BlockData { Data = { data } }, Metadata = new BlockMetadata { Metadata = { metadata.ToByteString() } } };
    }

    private void Order()
    {
        foreach (var envelope in waiting)
        {
            try
            {
                var made = new ConfigEnvelope { Config = Check(Current, envelope), LastUpdate = envelope };
                blocks = blocks.Add(BlockOf((ulong)blocks.Count, ByteString.CopyFrom(SHA256.HashData(Guildhall.Fabric.Blocks.HeaderBytes(blocks[^1].Header))), Current.Channel, made, orderer));
            }
            catch (StandInRefusal)
            {
                // Dropped: only the orderer's log would tell.
            }
        }

        waiting.Clear();
        var told = grown;
        grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        told.SetResult();
    }
}

using System.Formats.Asn1;
using System.Security.Cryptography;
using Google.Protobuf;
using Guildhall.Fabric.Messages;

namespace Guildhall.Fabric;

/// <summary>Finds the configuration in blocks.</summary>
internal static class Blocks
{
    private const int SignaturesSlot = 0;
    private const int LastConfigurationSlot = 1; // where orderers before 2.0 wrote it

    /// <summary>The number of the block that holds the configuration which was in force when this one was made.</summary>
    public static ulong LastConfiguration(Block block, FabricStep step)
    {
        var slots = block.Metadata?.Metadata ?? [];
        if (slots.Count > SignaturesSlot && slots[SignaturesSlot].Length > 0)
        {
            var value = Wire.Parse(Metadata.Parser, slots[SignaturesSlot], step).Value;
            if (value.Length > 0)
            {
                return Wire.Parse(OrdererBlockMetadata.Parser, value, step).LastConfig?.Index ?? 0;
            }
        }

        return slots.Count > LastConfigurationSlot && slots[LastConfigurationSlot].Length > 0
            ? Wire.Parse(LastConfig.Parser, Wire.Parse(Metadata.Parser, slots[LastConfigurationSlot], step).Value, step).Index
            : 0;
    }

    /// <summary>What the orderers have signed with the block's header, and their signatures; empty where there are none.</summary>
    public static Metadata SignatureMetadata(Block block, FabricStep step) =>
        block.Metadata?.Metadata is { Count: > SignaturesSlot } slots ? Wire.Parse(Metadata.Parser, slots[SignaturesSlot], step) : new Metadata();

    /// <summary>Null when the block holds transactions and no configuration.</summary>
    public static ChannelConfiguration? ConfigurationIn(Block block, FabricStep step)
    {
        if (block.Data is not { Data.Count: 1 } data)
        {
            return null; // a configuration is alone in its block
        }

        var payload = Wire.Parse(Payload.Parser, Wire.Parse(Envelope.Parser, data.Data[0], step).Payload, step);
        var header = Wire.Parse(ChannelHeader.Parser, payload.Header?.ChannelHeader ?? ByteString.Empty, step);
        if (header.Type != HeaderType.Config)
        {
            return null;
        }

        var envelope = Wire.Parse(ConfigEnvelope.Parser, payload.Data, step);
        return new ChannelConfiguration(header.ChannelId, envelope.Config ?? new Config(), block.Header?.Number ?? 0, UpdateIn(envelope.LastUpdate, step));
    }

    /// <summary>The block by its header's hash.</summary>
    /// <exception cref="FabricException">Its content is not what its header says.</exception>
    public static BlockReference ReferenceOf(Block block, FabricStep step) =>
        HasItsData(block)
            ? new BlockReference(block.Header.Number, Convert.ToHexStringLower(SHA256.HashData(HeaderBytes(block.Header))))
            : throw new FabricException(step, FabricErrorKind.Malformed, $"Block {block.Header?.Number ?? 0} has other content than its header says.");

    /// <summary>Whether the header names what is in the block.</summary>
    public static bool HasItsData(Block block)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var one in block.Data?.Data ?? [])
        {
            hash.AppendData(one.Span);
        }

        return block.Header?.DataHash.Span.SequenceEqual(hash.GetHashAndReset()) == true;
    }

    /// <summary>The header as it is hashed and signed: a sequence of the number and the two hashes, in DER.</summary>
    public static byte[] HeaderBytes(BlockHeader header)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(header.Number);
            writer.WriteOctetString(header.PreviousHash.Span);
            writer.WriteOctetString(header.DataHash.Span);
        }

        return writer.Encode();
    }

    private static ByteString UpdateIn(Envelope? last, FabricStep step) =>
        last is null || last.Payload.IsEmpty
            ? ByteString.Empty
            : Wire.Parse(ConfigUpdateEnvelope.Parser, Wire.Parse(Payload.Parser, last.Payload, step).Data, step).ConfigUpdate;
}

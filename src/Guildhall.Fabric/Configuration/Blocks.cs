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

    private static ByteString UpdateIn(Envelope? last, FabricStep step) =>
        last is null || last.Payload.IsEmpty
            ? ByteString.Empty
            : Wire.Parse(ConfigUpdateEnvelope.Parser, Wire.Parse(Payload.Parser, last.Payload, step).Data, step).ConfigUpdate;
}

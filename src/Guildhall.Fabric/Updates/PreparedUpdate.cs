using System.Collections.Immutable;
using System.Security.Cryptography;
using Google.Protobuf;
using Guildhall.Fabric.Messages;

namespace Guildhall.Fabric;

/// <summary>An update of a channel's configuration, ready to be signed.</summary>
/// <remarks>
/// Everyone signs the same <see cref="Bytes"/>. They are made once and kept: the same update written again may come out in another order.
/// </remarks>
public sealed class PreparedUpdate
{
    private PreparedUpdate(ConfigUpdate message, ImmutableArray<byte> bytes)
    {
        (Message, Bytes) = (message, bytes);
        HiddenParts.Refuse(message, bytes.AsSpan());
    }

    public string Channel => Message.ChannelId;

    /// <summary>Fabric's common.ConfigUpdate, which is what its tools call an unsigned update.</summary>
    public ImmutableArray<byte> Bytes { get; }

    /// <summary>SHA-256 of the bytes in hex, by which people can see that they sign the same thing.</summary>
    public string Digest => Convert.ToHexStringLower(SHA256.HashData(Bytes.AsSpan()));

    internal ConfigUpdate Message { get; }

    /// <summary>The update that makes the change true, or null when the channel is so already.</summary>
    /// <exception cref="FabricException">It would write over an organization that is on the channel, or who has to sign it could not be shown all that it has.</exception>
    public static PreparedUpdate? For(ChannelConfiguration current, ChannelChange change) =>
        ConfigDifference.Between(current, change.ApplyTo(current)) is { } update ? new(update, [.. update.ToByteArray()]) : null;

    /// <summary>Whether it is the same update as another, element by element and at the same versions; their bytes may still be in another order.</summary>
    public bool IsSameAs(PreparedUpdate? other) => Message.Equals(other?.Message);

    /// <summary>Whether the change would be prepared as this very update: the channel then has all that it read at the versions at which it read it, and Fabric takes it.</summary>
    public bool IsStillFor(ChannelConfiguration current, ChannelChange change) => change.TakenOn(current).IsEmpty && IsSameAs(For(current, change));

    /// <summary>Takes up kept bytes.</summary>
    /// <exception cref="FabricException">They are no update, or whoever signs it could not be shown all that it has.</exception>
    public static PreparedUpdate FromBytes(ReadOnlySpan<byte> bytes)
    {
        var message = Wire.Parse(ConfigUpdate.Parser, bytes, FabricStep.Prepare);
        ChannelConfiguration.RefuseDepth(message.ReadSet, FabricStep.Prepare);
        ChannelConfiguration.RefuseDepth(message.WriteSet, FabricStep.Prepare);
        HiddenParts.RefuseNames(message.ReadSet);
        HiddenParts.RefuseNames(message.WriteSet);
        return new(message, [.. bytes]);
    }

    /// <summary>What the update changes, element by element, each as Fabric names it in its errors.</summary>
    public ImmutableArray<string> Changes(ChannelConfiguration current) => [.. ChangedElements.Of(this, current).Select(element => element.Name)];
}

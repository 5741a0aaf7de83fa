using System.Collections.Immutable;
using System.Security.Cryptography;
using Guildhall.Fabric.Messages;

namespace Guildhall.Fabric;

/// <summary>An organization as a channel's configuration has it.</summary>
/// <param name="Name">Its key in the configuration, which is usually its MSP id.</param>
/// <param name="Policies">The names of the policies that it defines; complete are Readers, Writers, Admins and Endorsement.</param>
/// <param name="MspDigest">SHA-256 of its MSP definition, in hex: changes when anything of it does.</param>
public sealed record ChannelOrganization(
    string Name, MspDefinition Msp, ImmutableArray<AnchorPeer> AnchorPeers, ImmutableArray<string> Policies, string MspDigest)
{
    public string MspId => Msp.MspId;

    /// <summary>Whether the groups share the bytes of their MSP, as clones do.</summary>
    internal static bool HasMspOf(ConfigGroup group, ConfigGroup other) =>
        group.Values.TryGetValue("MSP", out var value) && other.Values.TryGetValue("MSP", out var its) && ReferenceEquals(value.Value, its.Value);

    /// <param name="sameMsp">An organization of the same MSP that has been read.</param>
    internal static ChannelOrganization Read(string name, ConfigGroup group, ChannelOrganization? sameMsp = null)
    {
        const FabricStep step = FabricStep.ReadConfiguration;
        var msp = group.Values.TryGetValue("MSP", out var value) ? value.Value : Google.Protobuf.ByteString.Empty;
        var anchors = group.Values.TryGetValue("AnchorPeers", out var set) ? Wire.Parse(Messages.AnchorPeers.Parser, set.Value, step).AnchorPeers_ : [];
        return new ChannelOrganization(
            name,
            sameMsp?.Msp ?? new MspDefinition(Wire.Parse(FabricMSPConfig.Parser, Wire.Parse(MSPConfig.Parser, msp, step).Config, step)),
            [.. anchors.Select(anchor => new AnchorPeer(anchor.Host, anchor.Port))],
            [.. group.Policies.Keys.Order(StringComparer.Ordinal)],
            sameMsp?.MspDigest ?? Convert.ToHexStringLower(SHA256.HashData(msp.Span)));
    }
}

/// <summary>A peer through which the peers of other organizations find those of its own.</summary>
public readonly record struct AnchorPeer(string Host, int Port)
{
    public override string ToString() => $"{Host}:{Port}";
}

using System.Collections.Immutable;
using Google.Protobuf;
using Guildhall.Fabric.Messages;
using Kind = Guildhall.Fabric.Messages.Policy.Types.Kind;

namespace Guildhall.Fabric;

/// <summary>An organization that is to join a channel. Its policies are the four that Fabric's own generator writes.</summary>
/// <param name="Msp">Its MSP id is also the name under which it stands in the channel.</param>
public sealed record OrganizationDefinition(MspDefinition Msp, ImmutableArray<AnchorPeer> AnchorPeers)
{
    internal const string ModPolicy = "Admins";

    public string Name => Msp.MspId;

    internal static ConfigValue AnchorPeersValue(IEnumerable<AnchorPeer> anchors)
    {
        var value = new AnchorPeers();
        value.AnchorPeers_.AddRange(anchors.Select(one => new Messages.AnchorPeer { Host = one.Host, Port = one.Port }));
        return new ConfigValue { Value = Wire.Bytes(value), ModPolicy = ModPolicy };
    }

    internal ConfigGroup ToGroup()
    {
        var group = new ConfigGroup { ModPolicy = ModPolicy };
        group.Values["MSP"] = new ConfigValue { Value = Wire.Bytes(new MSPConfig { Config = Wire.Bytes(Msp.Message) }), ModPolicy = ModPolicy };
        if (!AnchorPeers.IsDefaultOrEmpty)
        {
            group.Values["AnchorPeers"] = AnchorPeersValue(AnchorPeers);
        }

        // Without node OUs, Fabric cannot tell clients from peers: any member may then do what clients and peers may.
        group.Policies["Readers"] = Msp.NodeOusEnabled ? AnyOf(MspRole.Admin, MspRole.Peer, MspRole.Client) : AnyOf(MspRole.Member);
        group.Policies["Writers"] = Msp.NodeOusEnabled ? AnyOf(MspRole.Admin, MspRole.Client) : AnyOf(MspRole.Member);
        group.Policies["Admins"] = AnyOf(MspRole.Admin);
        group.Policies["Endorsement"] = Msp.NodeOusEnabled ? AnyOf(MspRole.Peer) : AnyOf(MspRole.Member);
        return group;
    }

    private ConfigPolicy AnyOf(params ReadOnlySpan<MspRole> roles)
    {
        var rule = new SignaturePolicyEnvelope { Rule = new SignaturePolicy { NOutOf = new SignaturePolicy.Types.NOutOf { N = 1 } } };
        foreach (var role in roles)
        {
            rule.Rule.NOutOf.Rules.Add(new SignaturePolicy { SignedBy = rule.Identities.Count });
            rule.Identities.Add(new MSPPrincipal { Principal = Principal(role) });
        }

        return new ConfigPolicy { ModPolicy = ModPolicy, Policy = new Messages.Policy { Type = Kind.Signature, Value = Wire.Bytes(rule) } };
    }

    private ByteString Principal(MspRole role) => Wire.Bytes(new MSPRole { MspIdentifier = Msp.MspId, Role = (MSPRole.Types.Role)role });
}

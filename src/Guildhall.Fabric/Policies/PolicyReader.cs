using Guildhall.Fabric.Messages;
using Classification = Guildhall.Fabric.Messages.MSPPrincipal.Types.Classification;
using Kind = Guildhall.Fabric.Messages.Policy.Types.Kind;

namespace Guildhall.Fabric;

/// <summary>Resolves the policies of a channel's configuration.</summary>
internal static class PolicyReader
{
    private const FabricStep Step = FabricStep.ReadConfiguration;

    /// <param name="path">Absolute, such as /Channel/Application/Admins.</param>
    public static PolicyRule Read(ChannelConfiguration channel, string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var group = channel.Root;
        foreach (var name in parts.Skip(1).SkipLast(1))
        {
            if (!group.Groups.TryGetValue(name, out group!))
            {
                return new NeverRule($"{path}, which is not there");
            }
        }

        return Read(channel, group, path);
    }

    /// <summary>Null when the policy is not an implicit one: those count what others decide, as MAJORITY Admins does.</summary>
    public static ImplicitMetaPolicy? ReadImplicit(ConfigPolicy policy) =>
        policy.Policy is { Type: Kind.ImplicitMeta } found ? Wire.Parse(ImplicitMetaPolicy.Parser, found.Value, Step) : null;

    private static PolicyRule Read(ChannelConfiguration channel, ConfigGroup group, string path)
    {
        if (!group.Policies.TryGetValue(path[(path.LastIndexOf('/') + 1)..], out var policy))
        {
            return new NeverRule($"{path}, which is not there");
        }

        return policy.Policy?.Type switch
        {
            Kind.ImplicitMeta => Implicit(channel, group, path[..path.LastIndexOf('/')], ReadImplicit(policy)!),
            Kind.Signature => Signature(channel, Wire.Parse(SignaturePolicyEnvelope.Parser, policy.Policy.Value, Step)),
            _ => new NeverRule($"{path}, which is of an unknown kind"),
        };
    }

    private static CountRule Implicit(ChannelConfiguration channel, ConfigGroup group, string path, ImplicitMetaPolicy policy)
    {
        var below = group.Groups.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => Read(channel, one.Value, $"{path}/{one.Key}/{policy.SubPolicy}"));
        return new CountRule(Needed(policy.Rule, group.Groups.Count), [.. below.Select(Simple)], OneEach: true);
    }

    public static int Needed(ImplicitMetaPolicy.Types.Rule rule, int of) => (rule, of) switch
    {
        (_, 0) => 0, // Fabric counts no organizations at all as agreement
        (ImplicitMetaPolicy.Types.Rule.All, _) => of,
        (ImplicitMetaPolicy.Types.Rule.Majority, _) => (of / 2) + 1,
        _ => 1,
    };

    private static PolicyRule Signature(ChannelConfiguration channel, SignaturePolicyEnvelope policy) => Simple(Signature(channel, policy, policy.Rule));

    private static PolicyRule Signature(ChannelConfiguration channel, SignaturePolicyEnvelope policy, SignaturePolicy? rule) => rule switch
    {
        { TypeCase: SignaturePolicy.TypeOneofCase.SignedBy } when rule.SignedBy >= 0 && rule.SignedBy < policy.Identities.Count => Principal(channel, policy.Identities[rule.SignedBy]),
        { TypeCase: SignaturePolicy.TypeOneofCase.NOutOf } => new CountRule(rule.NOutOf.N, [.. rule.NOutOf.Rules.Select(one => Signature(channel, policy, one))], OneEach: false),
        _ => new NeverRule("a rule that cannot be read"),
    };

    private static PolicyRule Principal(ChannelConfiguration channel, MSPPrincipal principal)
    {
        switch (principal.PrincipalClassification)
        {
            case Classification.Role:
                var role = Wire.Parse(MSPRole.Parser, principal.Principal, Step);
                return new PrincipalRule(role.MspIdentifier, (MspRole)role.Role, null, null, channel.Msp(role.MspIdentifier) is not null);
            case Classification.OrganizationUnit:
                var unit = Wire.Parse(OrganizationUnit.Parser, principal.Principal, Step);
                return new PrincipalRule(unit.MspIdentifier, MspRole.Member, unit.OrganizationalUnitIdentifier, null, channel.Msp(unit.MspIdentifier) is not null);
            case Classification.Identity:
                var identity = Wire.Parse(SerializedIdentity.Parser, principal.Principal, Step);
                return new PrincipalRule(identity.Mspid, MspRole.Member, null, identity.IdBytes.ToStringUtf8(), channel.Msp(identity.Mspid) is not null);
            default:
                return new NeverRule("a principal of a kind that this library does not know");
        }
    }

    /// <summary>One of one is the thing itself.</summary>
    private static PolicyRule Simple(PolicyRule rule) => rule is CountRule { Count: 1, Of.Length: 1 } one ? one.Of[0] : rule;
}

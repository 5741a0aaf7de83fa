using System.Collections.Immutable;
using Google.Protobuf;
using Guildhall.Fabric.Messages;
using Classification = Guildhall.Fabric.Messages.MSPPrincipal.Types.Classification;
using Kind = Guildhall.Fabric.Messages.Policy.Types.Kind;

namespace Guildhall.Fabric;

/// <summary>Resolves the policies of a channel's configuration, each once. Safe for concurrent use.</summary>
internal sealed class PolicyReader(ChannelConfiguration channel)
{
    /// <summary>The most rules that all the policies which are asked for may have together. Five thousand organizations with eight policies each have fewer.</summary>
    public const int MaxRules = 100_000;

    /// <summary>The most bytes of all of them together: reading takes a multiple of it.</summary>
    public const int MaxBytes = 4 << 20;

    private const FabricStep Step = FabricStep.ReadConfiguration;

    private readonly Lock gate = new();
    private readonly Dictionary<(ConfigGroup Group, string Name), PolicyRule> read = new(ByReference.Instance);
    private readonly Dictionary<(ConfigGroup Group, string Name), ImmutableArray<PolicyRule>> below = new(ByReference.Instance);
    private int rules;
    private int bytes;

    /// <param name="path">Absolute, such as /Channel/Application/Admins.</param>
    /// <exception cref="FabricException">A policy cannot be read, or together they are larger than anybody's.</exception>
    public PolicyRule Read(string path)
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

        lock (gate)
        {
            return Read(group, path);
        }
    }

    /// <summary>Null when the policy is not an implicit one: those count what others decide, as MAJORITY Admins does.</summary>
    public static ImplicitMetaPolicy? ReadImplicit(ConfigPolicy policy) =>
        policy.Policy is { Type: Kind.ImplicitMeta } found ? Wire.Parse(ImplicitMetaPolicy.Parser, found.Value, Step) : null;

    public static int Needed(ImplicitMetaPolicy.Types.Rule rule, int of) => (rule, of) switch
    {
        (_, 0) => 0, // Fabric counts no organizations at all as agreement
        (ImplicitMetaPolicy.Types.Rule.All, _) => of,
        (ImplicitMetaPolicy.Types.Rule.Majority, _) => (of / 2) + 1,
        _ => 1,
    };

    private PolicyRule Read(ConfigGroup group, string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        if (!read.TryGetValue((group, name), out var found))
        {
            found = group.Policies.TryGetValue(name, out var policy) ? Resolve(group, path, policy) : new NeverRule($"{path}, which is not there");
            read[(group, name)] = found;
        }

        return found;
    }

    private PolicyRule Resolve(ConfigGroup group, string path, ConfigPolicy policy)
    {
        Count(ref bytes, policy.Policy?.Value.Length ?? 0, MaxBytes, "bytes");
        return policy.Policy?.Type switch
        {
            Kind.ImplicitMeta => Implicit(group, path[..path.LastIndexOf('/')], ReadImplicit(policy)!),
            Kind.Signature => Signature(Wire.Parse(SignaturePolicyEnvelope.Parser, policy.Policy.Value, Step)),
            _ => new NeverRule($"{path}, which is of an unknown kind"),
        };
    }

    private PolicyRule Implicit(ConfigGroup group, string path, ImplicitMetaPolicy policy)
    {
        if (!Enum.IsDefined(policy.Rule))
        {
            return new NeverRule($"a policy of {path} that counts in a way that this library does not know");
        }

        if (!below.TryGetValue((group, policy.SubPolicy), out var of))
        {
            Count(ref rules, group.Groups.Count, MaxRules, "rules");
            of = [.. group.Groups.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => Simple(Read(one.Value, $"{path}/{one.Key}/{policy.SubPolicy}")))];
            below[(group, policy.SubPolicy)] = of;
        }

        return new CountRule(Needed(policy.Rule, of.Length), of, OneEach: true);
    }

    private PolicyRule Signature(SignaturePolicyEnvelope policy)
    {
        if (policy.Version != 0)
        {
            return new NeverRule($"a policy of version {policy.Version}, which Fabric does not know");
        }

        var principals = new PolicyRule?[policy.Identities.Count];
        return Simple(Rule(policy.Rule));

        PolicyRule Rule(SignaturePolicy? rule)
        {
            Count(ref rules, 1, MaxRules, "rules");
            return rule switch
            {
                { TypeCase: SignaturePolicy.TypeOneofCase.SignedBy } when rule.SignedBy >= 0 && rule.SignedBy < principals.Length =>
                    principals[rule.SignedBy] ??= Principal(policy.Identities[rule.SignedBy]),
                { TypeCase: SignaturePolicy.TypeOneofCase.NOutOf } => new CountRule(rule.NOutOf.N, [.. rule.NOutOf.Rules.Select(Rule)], OneEach: false),
                _ => new NeverRule("a rule that cannot be read"),
            };
        }
    }

    /// <summary>A principal that cannot be read is one that nobody is, as it is to Fabric.</summary>
    private PolicyRule Principal(MSPPrincipal principal)
    {
        try
        {
            switch (principal.PrincipalClassification)
            {
                case Classification.Role when MSPRole.Parser.ParseFrom(principal.Principal) is var role:
                    return Enum.IsDefined((MspRole)role.Role)
                        ? new PrincipalRule(role.MspIdentifier, (MspRole)role.Role, null, null, IsOnChannel(role.MspIdentifier))
                        : new NeverRule($"a role of {role.MspIdentifier} that this library does not know");
                case Classification.OrganizationUnit when OrganizationUnit.Parser.ParseFrom(principal.Principal) is var unit:
                    return new PrincipalRule(unit.MspIdentifier, MspRole.Member, unit.OrganizationalUnitIdentifier, null, IsOnChannel(unit.MspIdentifier));
                case Classification.Identity when SerializedIdentity.Parser.ParseFrom(principal.Principal) is var identity:
                    return new PrincipalRule(identity.Mspid, MspRole.Member, null, identity.IdBytes.ToStringUtf8(), IsOnChannel(identity.Mspid));
                default:
                    return new NeverRule("a principal of a kind that this library does not know");
            }
        }
        catch (InvalidProtocolBufferException)
        {
            return new NeverRule("a principal that cannot be read");
        }
    }

    private bool IsOnChannel(string mspId) => channel.Msp(mspId) is not null;

    private void Count(ref int counted, int more, int most, string what)
    {
        counted = counted > most - more ? most + 1 : counted + more;
        if (counted > most)
        {
            throw new FabricException(
                Step, FabricErrorKind.TooLarge, $"The policies of channel {channel.Channel} have more than {most} {what}: who would have to sign is not worked out for that many.");
        }
    }

    /// <summary>One of one is the thing itself.</summary>
    private static PolicyRule Simple(PolicyRule rule) => rule is CountRule { Count: 1, Of.Length: 1 } one ? one.Of[0] : rule;

    /// <summary>Groups are compared by which they are: what they hold may be large, and is not looked at.</summary>
    private sealed class ByReference : IEqualityComparer<(ConfigGroup Group, string Name)>
    {
        public static readonly ByReference Instance = new();

        public bool Equals((ConfigGroup Group, string Name) one, (ConfigGroup Group, string Name) other) => ReferenceEquals(one.Group, other.Group) && one.Name == other.Name;

        public int GetHashCode((ConfigGroup Group, string Name) key) =>
            HashCode.Combine(System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(key.Group), string.GetHashCode(key.Name, StringComparison.Ordinal));
    }
}

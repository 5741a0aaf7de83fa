using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf.Collections;
using Guildhall.Fabric.Messages;
using Classification = Guildhall.Fabric.Messages.MSPPrincipal.Types.Classification;
using Kind = Guildhall.Fabric.Messages.Policy.Types.Kind;

namespace Guildhall.Fabric;

/// <summary>All of an element that an update writes, in sentences; what there are no words for as JSON, and called that.</summary>
/// <remarks>Nothing is left out or shortened, unlike in <see cref="PolicyWords"/>: it is what people go by when they sign.</remarks>
internal static class ElementWords
{
    private const FabricStep Step = FabricStep.Prepare;

    public static IEnumerable<string> Of(WrittenElement element, ChannelConfiguration? current)
    {
        var rule = element.Policy?.Policy is { } policy ? RuleOf(policy) : null;
        yield return Head(element, current) + (rule is null ? "." : $", and asks for {rule}.");
        foreach (var sentence in element switch
        {
            { Group: { } group } => OfGroup(element, group, current),
            { Value: { } value } => OfValue(element, value),
            _ => rule is null ? [AsJson(element.Path, ElementJson.Of(element.Policy!))] : [],
        })
        {
            yield return sentence;
        }
    }

    internal static string AsJson(string what, JsonNode json) => $"{what}, as JSON, because Guildhall has no words for it: {json.ToJsonString()}";

    private static string Head(WrittenElement element, ChannelConfiguration? current)
    {
        var (name, changedBy) = ($"The {element.Kind} {element.Path}", element.ModPolicy.Length == 0 ? "nobody, for it names no policy" : element.ModPolicy);
        var before = current is null ? null : element.PolicyIn(current);
        return element.IsNew && before is null ? $"{name} is new, and changed by {changedBy}"
            : string.Create(CultureInfo.InvariantCulture, $"{name} is written at version {element.Version}, and ")
                + (before is null ? $"from now on changed by {changedBy}"
                    : before == element.ModPolicy ? $"changed by {changedBy} as before"
                    : $"from now on changed by {changedBy}, until now by {(before.Length == 0 ? "nobody" : before)}");
    }

    /// <summary>Of a group that the channel has, Fabric drops whatever is not listed. What a new one has is told element by element.</summary>
    private static IEnumerable<string> OfGroup(WrittenElement element, ConfigGroup group, ChannelConfiguration? current)
    {
        var before = current is null ? null : element.GroupIn(current);
        if (element.IsNew && before is null)
        {
            yield break;
        }

        yield return $"The group {element.Path} then has exactly the values {Names(group.Values)}, the policies {Names(group.Policies)} and the groups {Names(group.Groups)}"
            + (before is null ? ": what else it has now goes away." : ".");
        foreach (var gone in Gone("value", before?.Values, group.Values).Concat(Gone("policy", before?.Policies, group.Policies)).Concat(Gone("group", before?.Groups, group.Groups)))
        {
            yield return $"The {gone.Kind} {element.Path}/{gone.Name} goes away.";
        }
    }

    private static string Names<T>(MapField<string, T> members) => members.Count == 0 ? "(none)" : string.Join(", ", members.Keys.Order(StringComparer.Ordinal));

    private static IEnumerable<(string Kind, string Name)> Gone<T>(string kind, MapField<string, T>? before, MapField<string, T> after) =>
        (before?.Keys ?? Enumerable.Empty<string>()).Where(name => !after.ContainsKey(name)).Order(StringComparer.Ordinal).Select(name => (kind, name));

    private static IEnumerable<string> OfValue(WrittenElement element, ConfigValue value) => element.Name switch
    {
        "MSP" when Wire.Parse(MSPConfig.Parser, value.Value, Step) is { Type: 0 } msp => MspWords.Of(element.Path, Wire.Parse(FabricMSPConfig.Parser, msp.Config, Step)),
        "AnchorPeers" => [$"{element.Path} has the anchor peers {List(Wire.Parse(AnchorPeers.Parser, value.Value, Step).AnchorPeers_.Select(one => $"{Quotation.Of(one.Host)}:{one.Port}"))}."],
        "Endpoints" or "OrdererAddresses" => [$"{element.Path} has the orderers {List(Wire.Parse(OrdererAddresses.Parser, value.Value, Step).Addresses.Select(Address))}."],
        _ => [AsJson(element.Path, ElementJson.Of(element.Name, value))],
    };

    /// <summary>Orderers are named with their port, in one text.</summary>
    private static string Address(string text) =>
        text.LastIndexOf(':') is > 0 and var colon && text[(colon + 1)..].All(char.IsAsciiDigit) ? $"{Quotation.Of(text[..colon])}{text[colon..]}" : Quotation.Of(text);

    private static string List(IEnumerable<string> items) => string.Join(", ", items) is { Length: > 0 } listed ? listed : "(none)";

    /// <summary>Null where the rule has something that there are no words for.</summary>
    private static string? RuleOf(Messages.Policy policy)
    {
        switch (policy.Type)
        {
            case Kind.ImplicitMeta:
                var meta = Wire.Parse(ImplicitMetaPolicy.Parser, policy.Value, Step);
                return Enum.IsDefined(meta.Rule) ? $"{meta.Rule.ToString().ToUpperInvariant()} of {Quotation.Of(meta.SubPolicy)} of the groups below" : null;
            case Kind.Signature:
                var signature = Wire.Parse(SignaturePolicyEnvelope.Parser, policy.Value, Step);
                var named = new bool[signature.Identities.Count];
                return signature is { Version: 0, Rule: { } rule } && RuleOf(rule, signature.Identities, named) is { } words && named.All(one => one) ? words : null;
            default:
                return null;
        }
    }

    private static string? RuleOf(SignaturePolicy rule, RepeatedField<MSPPrincipal> identities, bool[] named)
    {
        switch (rule.TypeCase)
        {
            case SignaturePolicy.TypeOneofCase.SignedBy when rule.SignedBy >= 0 && rule.SignedBy < named.Length:
                named[rule.SignedBy] = true;
                return PrincipalOf(identities[rule.SignedBy]);
            case SignaturePolicy.TypeOneofCase.NOutOf when rule.NOutOf is { N: > 0, Rules.Count: > 0 } some && some.N <= some.Rules.Count:
                var parts = some.Rules.Select(one => RuleOf(one, identities, named) is { } part ? one.NOutOf is { Rules.Count: > 1 } ? $"({part})" : part : null).ToArray();
                return parts.Contains(null) ? null
                    : parts.Length == some.N ? string.Join(" and ", parts)
                    : string.Create(CultureInfo.InvariantCulture, $"any {some.N} of {string.Join(", ", parts)}");
            default:
                return null;
        }
    }

    private static string? PrincipalOf(MSPPrincipal principal) =>
        principal.PrincipalClassification == Classification.Role && Wire.Parse(MSPRole.Parser, principal.Principal, Step) is var role && Enum.IsDefined(role.Role)
            ? $"{Quotation.Of(role.MspIdentifier)} ({role.Role.ToString().ToLowerInvariant()})"
            : null;
}

using System.Collections.Immutable;

namespace Guildhall.Fabric;

/// <summary>What can be told of rules of any size, at the cost of going through them once.</summary>
internal static class Size
{
    /// <summary>How many places for signers they have.</summary>
    public static int Of(IEnumerable<PolicyRule> rules, Budget budget)
    {
        var seen = new HashSet<PolicyRule>(ReferenceEqualityComparer.Instance);
        return rules.Sum(rule => Of(rule, seen, budget));
    }

    /// <summary>Whether the organizations of the channel could meet the rule all together, were no signer asked for twice.</summary>
    public static bool CanBeMet(PolicyRule rule) => rule switch
    {
        PrincipalRule principal => principal.IsOnChannel,
        CountRule count => count.Of.Count(CanBeMet) >= count.Count,
        _ => false,
    };

    /// <summary>The organizations of the channel that they name.</summary>
    public static ImmutableArray<string> Organizations(IEnumerable<PolicyRule> rules)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var rule in rules)
        {
            Add(rule, found);
        }

        return [.. found];
    }

    private static void Add(PolicyRule rule, SortedSet<string> found)
    {
        if (rule is PrincipalRule { IsOnChannel: true } principal)
        {
            found.Add(principal.MspId);
        }

        foreach (var one in rule is CountRule count ? count.Of : [])
        {
            Add(one, found);
        }
    }

    private static int Of(PolicyRule rule, HashSet<PolicyRule> seen, Budget budget)
    {
        budget.Spend();
        if (rule is not CountRule count)
        {
            return 1;
        }

        return count.OneEach && !seen.Add(rule) ? 0 : count.Of.Sum(one => Of(one, seen, budget));
    }
}

using System.Runtime.InteropServices;

namespace Guildhall.Fabric;

/// <summary>How many signers a rule takes at least, whoever they are.</summary>
/// <remarks>
/// Places of one signature policy take a signer each. Of what organizations decide, parts that name no organization in common add up; of the others
/// one signer may serve several, so that they count as the dearest alone.
/// </remarks>
internal static class LowerBound
{
    /// <summary>More than anybody can have.</summary>
    private const int Never = 1 << 28;

    public static int Of(PolicyRule rule, IReadOnlyList<Signer> present, Budget budget) => Of(rule, present, budget, []);

    private static int Of(PolicyRule rule, IReadOnlyList<Signer> present, Budget budget, HashSet<string> organizations)
    {
        budget.Spend();
        switch (rule)
        {
            case PrincipalRule { IsOnChannel: true } principal:
                organizations.Add(principal.MspId);
                budget.Spend(present.Count);
                return present.Any(principal.Fits) ? 0 : 1;
            case CountRule { OneEach: false } count:
                return Sum([.. count.Of.Select(one => Of(one, present, budget, organizations))], count.Count);
            case CountRule count:
                return OfShared(count, present, budget, organizations);
            default:
                return Never;
        }
    }

    private static int OfShared(CountRule rule, IReadOnlyList<Signer> present, Budget budget, HashSet<string> organizations)
    {
        var parts = new List<(int Cost, HashSet<string> Organizations)>();
        var naming = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var one in rule.Of)
        {
            var its = new HashSet<string>(StringComparer.Ordinal);
            parts.Add((Of(one, present, budget, its), its));
            budget.Spend(its.Count);
            foreach (var organization in its)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(naming, organization, out _)++;
            }

            organizations.UnionWith(its);
        }

        var byKind = parts.ToLookup(part => part.Organizations.All(organization => naming[organization] == 1), part => part.Cost);
        int[] apart = [.. byKind[true].Order()];
        int[] together = [.. byKind[false].Order()];
        var sums = new long[apart.Length + 1];
        for (var i = 0; i < apart.Length; i++)
        {
            sums[i + 1] = sums[i] + apart[i];
        }

        var least = rule.Count <= 0 ? 0L : Never;
        for (var shared = 0; shared <= Math.Min(together.Length, rule.Count); shared++)
        {
            if (rule.Count - shared <= apart.Length)
            {
                least = Math.Min(least, sums[rule.Count - shared] + (shared == 0 ? 0 : together[shared - 1]));
            }
        }

        return (int)Math.Min(least, Never);
    }

    private static int Sum(int[] costs, int needed)
    {
        if (needed > costs.Length)
        {
            return Never;
        }

        Array.Sort(costs);
        return (int)Math.Min(costs.Take(Math.Max(needed, 0)).Sum(cost => (long)cost), Never);
    }
}

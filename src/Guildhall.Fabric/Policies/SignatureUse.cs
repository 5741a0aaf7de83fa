using System.Runtime.InteropServices;

namespace Guildhall.Fabric;

/// <summary>What one signature policy names.</summary>
internal sealed class SignatureUse
{
    private SignatureUse(IReadOnlyCollection<int> principals) => Principals = principals;

    /// <summary>The numbers of the principals that it names. Those of organizations that the channel does not have are left out.</summary>
    public IReadOnlyCollection<int> Principals { get; }

    /// <summary>Whether a signer could be taken by two places of the policy, so that the order of its rules matters.</summary>
    public bool IsEntangled { get; private set; }

    public Node? Node { get; set; }

    public static SignatureUse Of(PolicyRule rule, Principals principals, ILookup<string, Signer> present, Budget budget)
    {
        if (rule is PrincipalRule alone)
        {
            return new SignatureUse(alone.IsOnChannel ? [principals.NumberOf(alone)] : []);
        }

        var parents = new Dictionary<int, PolicyRule>();
        var isSplit = false;
        Visit((CountRule)rule, parents, ref isSplit, principals, budget);
        var use = new SignatureUse(parents.Keys) { IsEntangled = isSplit };
        foreach (var organization in parents.Keys.GroupBy(number => principals[number].MspId, StringComparer.Ordinal).Where(group => group.Skip(1).Any()))
        {
            budget.Spend(organization.Count());
            use.IsEntangled |= organization.Any(number => principals[number].IsAnyMember) || present[organization.Key].Any(signer => FitsTwo(signer, organization, principals, budget));
        }

        return use;
    }

    /// <summary>The organizations that it names.</summary>
    public IEnumerable<string> Organizations(Principals principals) => Principals.Select(number => principals[number].MspId).Distinct(StringComparer.Ordinal);

    private static bool FitsTwo(Signer signer, IEnumerable<int> named, Principals principals, Budget budget)
    {
        var fitting = 0;
        foreach (var number in named)
        {
            budget.Spend();
            fitting += principals[number].Fits(signer) ? 1 : 0;
        }

        return fitting > 1;
    }

    /// <summary>Several places for one principal do no harm side by side: as many are met as there are signers.</summary>
    private static void Visit(CountRule rule, Dictionary<int, PolicyRule> parents, ref bool isSplit, Principals principals, Budget budget)
    {
        foreach (var one in rule.Of)
        {
            budget.Spend();
            if (one is CountRule count)
            {
                Visit(count, parents, ref isSplit, principals, budget);
            }
            else if (one is PrincipalRule { IsOnChannel: true } principal)
            {
                ref var parent = ref CollectionsMarshal.GetValueRefOrAddDefault(parents, principals.NumberOf(principal), out var exists);
                isSplit |= exists && !ReferenceEquals(parent, rule);
                parent ??= rule;
            }
        }
    }
}

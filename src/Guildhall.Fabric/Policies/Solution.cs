using System.Numerics;
using System.Runtime.InteropServices;

namespace Guildhall.Fabric;

/// <summary>Whose signatures would meet a rule: sets of principals, by their number in <see cref="Principals"/>, of which none is too many.</summary>
/// <param name="Cost">How many signers the first set has.</param>
/// <param name="IsSmallest">Whether no set has fewer.</param>
/// <param name="Count">How many sets there are; null where that is not known.</param>
/// <param name="IsTight">Whether none is too many in any of the sets. Where several signers of a principal are asked for in different ways, some may be.</param>
/// <param name="Sets">The sets, each made when it is asked for; one of the smallest known first. A set may come twice.</param>
internal sealed record Solution(int Cost, bool IsSmallest, BigInteger? Count, bool IsTight, IEnumerable<int[]> Sets);

/// <summary>The principals that a question is about, each with a number.</summary>
internal sealed class Principals
{
    private readonly List<PrincipalRule> all = [];
    private readonly Dictionary<PrincipalRule, int> numbers = [];
    private readonly Dictionary<PrincipalRule, int> known = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, List<int>> byOrganization = new(StringComparer.Ordinal);

    public int Count => all.Count;

    public PrincipalRule this[int number] => all[number];

    /// <summary>Those of an organization that the rules name.</summary>
    public IReadOnlyList<int> Of(string mspId) => byOrganization.GetValueOrDefault(mspId) ?? [];

    public int NumberOf(PrincipalRule principal)
    {
        if (!known.TryGetValue(principal, out var number))
        {
            if (!numbers.TryGetValue(principal, out number))
            {
                numbers[principal] = number = all.Count;
                all.Add(principal);
                ref var its = ref CollectionsMarshal.GetValueRefOrAddDefault(byOrganization, principal.MspId, out _);
                (its ??= new List<int>(1)).Add(number);
            }

            known[principal] = number;
        }

        return number;
    }
}

using System.Runtime.InteropServices;

namespace Guildhall.Fabric;

/// <summary>Whether signers meet rules, decided as Fabric decides it.</summary>
/// <remarks>
/// Within one signature policy a signature counts once: its rules are gone through in order, all of them, each taking the first signer that fits and
/// is not taken yet, and one that fails gives back what it took. A policy that counts what organizations decide asks each of them with all signers.
/// Signers that are not there yet are known by a principal alone; they come behind those that are, members without a role first.
/// </remarks>
internal sealed class Evaluation
{
    /// <summary>Enough for every policy that <see cref="PolicyReader"/> reads and that people have written.</summary>
    public const int MaxSteps = 5_000_000;

    private static readonly List<int> Nobody = [];
    private readonly Budget budget;
    private readonly List<(Signer? Present, PrincipalRule? Added)> signers = [];
    private readonly List<int> left = [];
    private readonly Dictionary<string, List<int>> byOrganization = new(StringComparer.Ordinal);
    private readonly Dictionary<PrincipalRule, List<int>> known = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<PolicyRule, bool> decided = new(ReferenceEqualityComparer.Instance);
    private readonly Stack<int> taken = [];
    private readonly int[] added;

    public Evaluation(IReadOnlyList<Signer> present, IReadOnlyList<(PrincipalRule Who, int Count)> added, Budget budget)
    {
        this.budget = budget;
        foreach (var signer in present)
        {
            Add(signer.MspId, 1, (signer, null));
        }

        this.added = new int[added.Count];
        foreach (var at in Enumerable.Range(0, added.Count).OrderBy(at => added[at].Who.IsAnyMember ? 0 : 1))
        {
            this.added[at] = left.Count;
            Add(added[at].Who.MspId, added[at].Count, (null, added[at].Who));
        }
    }

    /// <summary>Asks once more, with other numbers of the signers that are not there yet.</summary>
    public void Reset(ReadOnlySpan<int> counts)
    {
        for (var at = 0; at < counts.Length; at++)
        {
            left[added[at]] = counts[at];
        }

        decided.Clear();
    }

    public bool Meets(PolicyRule rule)
    {
        if (rule is not CountRule { OneEach: true } count)
        {
            var isMet = Takes(rule);
            GiveBack(0);
            return isMet;
        }

        if (!decided.TryGetValue(count, out var found))
        {
            found = count.Of.Count(Meets) >= count.Count;
            decided[count] = found;
        }

        return found;
    }

    /// <summary>The rule without what is met already; null when all of it is.</summary>
    public PolicyRule? Rest(PolicyRule rule)
    {
        if (rule is CountRule { OneEach: true } count)
        {
            return Rest(count, Rest);
        }

        var rest = TakesBut(rule);
        GiveBack(0);
        return rest;
    }

    private static PolicyRule? Rest(CountRule rule, Func<PolicyRule, PolicyRule?> restOf)
    {
        var open = (List<PolicyRule>?)null; // as long as every part is as it was, nothing is copied
        for (var i = 0; i < rule.Of.Length; i++)
        {
            var rest = restOf(rule.Of[i]);
            if (open is null && !ReferenceEquals(rest, rule.Of[i]))
            {
                open = [.. rule.Of.AsSpan(0, i)];
            }

            if (open is not null && rest is not null)
            {
                open.Add(rest);
            }
        }

        var missing = rule.Count - (open is null ? 0 : rule.Of.Length - open.Count);
        return missing <= 0 ? null
            : open is null ? rule
            : missing == 1 && open.Count == 1 ? open[0]
            : rule with { Count = missing, Of = [.. open] };
    }

    private PolicyRule? TakesBut(PolicyRule rule) => rule switch
    {
        CountRule count => Rest(count, one =>
        {
            var mark = taken.Count;
            var rest = TakesBut(one);
            if (rest is not null)
            {
                GiveBack(mark);
            }

            return rest;
        }),
        _ => Takes(rule) ? null : rule,
    };

    private bool Takes(PolicyRule rule)
    {
        switch (rule)
        {
            case PrincipalRule principal:
                return Takes(principal);
            case CountRule count:
                var met = 0;
                foreach (var one in count.Of)
                {
                    var mark = taken.Count;
                    if (Takes(one))
                    {
                        met++;
                    }
                    else
                    {
                        GiveBack(mark);
                    }
                }

                return met >= count.Count;
            default:
                return false;
        }
    }

    private bool Takes(PrincipalRule principal)
    {
        budget.Spend();
        foreach (var signer in SignersFor(principal))
        {
            budget.Spend();
            if (left[signer] > 0)
            {
                left[signer]--;
                taken.Push(signer);
                return true;
            }
        }

        return false;
    }

    private List<int> SignersFor(PrincipalRule principal)
    {
        if (byOrganization.Count == 0)
        {
            return Nobody;
        }

        ref var found = ref CollectionsMarshal.GetValueRefOrAddDefault(known, principal, out _);
        if (found is null)
        {
            var members = principal.IsOnChannel ? byOrganization.GetValueOrDefault(principal.MspId) ?? Nobody : Nobody;
            budget.Spend(members.Count);
            found = members.Count == 1 && Fits(members[0], principal) ? members : members.FindAll(signer => Fits(signer, principal));
        }

        return found;
    }

    private void GiveBack(int mark)
    {
        while (taken.Count > mark)
        {
            left[taken.Pop()]++;
        }
    }

    private bool Fits(int signer, PrincipalRule principal) =>
        signers[signer] is (_, { } added) ? principal.Includes(added) : principal.Fits(signers[signer].Present!);

    private void Add(string mspId, int count, (Signer? Present, PrincipalRule? Added) signer)
    {
        ref var members = ref CollectionsMarshal.GetValueRefOrAddDefault(byOrganization, mspId, out _);
        (members ??= new List<int>(1)).Add(left.Count);
        left.Add(count);
        signers.Add(signer);
    }
}

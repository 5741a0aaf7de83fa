using System.Collections.Immutable;

namespace Guildhall.Fabric;

/// <summary>Whose signature would help, and how many such.</summary>
public readonly record struct NeededSigner(PrincipalRule Who, int Count)
{
    public override string ToString() => Count == 1 ? Who.Words : $"{Count} of {Who.Words}";
}

/// <summary>What policies still ask for.</summary>
/// <param name="Words">Such as "any one of Org2, Org3"; "nobody" when all is there.</param>
/// <param name="SmallestSets">Each set that would finish it and of which none is too many. Empty when all is there, or when it cannot be met.</param>
/// <param name="AreAllListed">False when there are more sets than anybody reads; the words still say it all.</param>
public sealed record MissingSignatures(bool IsComplete, bool CanBeMet, string Words, ImmutableArray<ImmutableArray<NeededSigner>> SmallestSets, bool AreAllListed);

/// <summary>Works out what is missing of rules that must all be met.</summary>
internal static class Missing
{
    private const int MaxSets = 200;

    public static MissingSignatures Of(IEnumerable<PolicyRule> rules, IReadOnlyList<Signer> signers)
    {
        PolicyRule[] open = [.. rules.Distinct().Where(rule => !rule.IsMetBy(signers)).Select(rule => Rest(rule, signers)).Distinct()];
        if (open.Length == 0)
        {
            return new MissingSignatures(IsComplete: true, CanBeMet: true, "nobody", [], AreAllListed: true);
        }

        var all = true;
        var sets = Together(open, shared: true, ref all);
        return new MissingSignatures(
            IsComplete: false,
            CanBeMet: !sets.IsEmpty,
            string.Join("; and ", open.Select(rule => rule.Words)),
            [.. sets.Select(set => set.Select(one => new NeededSigner(one.Key, one.Value)).OrderBy(one => one.ToString(), StringComparer.Ordinal).ToImmutableArray())
                .OrderBy(set => set.Length).ThenBy(set => string.Join(',', set), StringComparer.Ordinal)],
            all);
    }

    /// <summary>The rule without what the signers have met already.</summary>
    private static PolicyRule Rest(PolicyRule rule, IReadOnlyList<Signer> signers)
    {
        if (rule is not CountRule count)
        {
            return rule;
        }

        var (met, used) = (0, new bool[signers.Count]);
        var open = ImmutableArray.CreateBuilder<PolicyRule>();
        foreach (var one in count.Of)
        {
            var taken = count.OneEach ? new bool[signers.Count] : (bool[])used.Clone();
            if (one.IsMetBy(signers, taken))
            {
                (met, used) = (met + 1, taken);
            }
            else
            {
                open.Add(Rest(one, signers));
            }
        }

        var left = count with { Count = count.Count - met, Of = open.ToImmutable() };
        return left is { Count: 1, Of.Length: 1 } ? left.Of[0] : left;
    }

    private static ImmutableList<ImmutableDictionary<PrincipalRule, int>> SetsOf(PolicyRule rule, ref bool all) => rule switch
    {
        PrincipalRule { IsOnChannel: true } principal => [ImmutableDictionary<PrincipalRule, int>.Empty.Add(principal, 1)],
        CountRule { Count: <= 0 } => [ImmutableDictionary<PrincipalRule, int>.Empty],
        CountRule count => Choices(count, ref all),
        _ => [],
    };

    private static ImmutableList<ImmutableDictionary<PrincipalRule, int>> Choices(CountRule rule, ref bool all)
    {
        var found = ImmutableList<ImmutableDictionary<PrincipalRule, int>>.Empty;
        foreach (var choice in Choose(rule.Of, rule.Count))
        {
            found = found.AddRange(Together(choice, rule.OneEach, ref all));
            if (found.Count > MaxSets)
            {
                all = false;
                break;
            }
        }

        return Smallest(found);
    }

    private static IEnumerable<ImmutableArray<PolicyRule>> Choose(ImmutableArray<PolicyRule> of, int count) =>
        count == 0 ? [[]]
        : count > of.Length ? []
        : Choose(of[1..], count - 1).Select(rest => rest.Insert(0, of[0])).Concat(Choose(of[1..], count));

    /// <summary>Sets that meet all of the rules. Where signatures are shared one may serve several rules; otherwise each needs its own.</summary>
    private static ImmutableList<ImmutableDictionary<PrincipalRule, int>> Together(IEnumerable<PolicyRule> rules, bool shared, ref bool all)
    {
        var sets = ImmutableList.Create(ImmutableDictionary<PrincipalRule, int>.Empty);
        foreach (var rule in rules)
        {
            var more = SetsOf(rule, ref all);
            sets = Smallest([.. sets.SelectMany(set => more.Select(other => Joined(set, other, shared)))]);
            if (sets.Count > MaxSets)
            {
                (sets, all) = (sets.GetRange(0, MaxSets), false);
            }
        }

        return sets;
    }

    private static ImmutableDictionary<PrincipalRule, int> Joined(ImmutableDictionary<PrincipalRule, int> one, ImmutableDictionary<PrincipalRule, int> other, bool shared)
    {
        var joined = shared ? WithoutServed(one, other) : one;
        foreach (var (who, count) in shared ? WithoutServed(other, one) : other)
        {
            var have = joined.GetValueOrDefault(who);
            joined = joined.SetItem(who, shared ? Math.Max(have, count) : have + count);
        }

        return joined;
    }

    /// <summary>Without the members that the others' signers serve as: an administrator of an organization is a member of it as well.</summary>
    private static ImmutableDictionary<PrincipalRule, int> WithoutServed(ImmutableDictionary<PrincipalRule, int> set, ImmutableDictionary<PrincipalRule, int> others) =>
        set.RemoveRange(set.Where(one =>
            one.Key is { Role: MspRole.Member, Unit: null, CertificatePem: null }
            && set.Keys.Count(who => who.MspId == one.Key.MspId) == 1
            && others.Any(other => other.Key != one.Key && other.Key.MspId == one.Key.MspId && other.Value >= one.Value)).Select(one => one.Key));

    /// <summary>Without those that hold all of another and more.</summary>
    private static ImmutableList<ImmutableDictionary<PrincipalRule, int>> Smallest(ImmutableList<ImmutableDictionary<PrincipalRule, int>> sets)
    {
        var kept = new List<ImmutableDictionary<PrincipalRule, int>>();
        foreach (var set in sets.OrderBy(set => set.Values.Sum()))
        {
            if (!kept.Exists(smaller => smaller.All(one => set.GetValueOrDefault(one.Key) >= one.Value)))
            {
                kept.Add(set);
            }
        }

        return [.. kept];
    }
}

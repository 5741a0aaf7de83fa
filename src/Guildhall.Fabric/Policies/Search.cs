using System.Runtime.InteropServices;

namespace Guildhall.Fabric;

/// <summary>Finds signers by trying, for rules that go through their signers in an order that matters, or share them in too many ways.</summary>
/// <remarks>
/// Where few principals are named, every set is tried. Where many are, everybody is taken and whoever is not needed is left out again: a set of which none
/// is too many, though there may be a smaller one. How few signers could do at all is known beside it.
/// </remarks>
internal sealed class Search
{
    /// <summary>The most sets that are tried one by one.</summary>
    private const int MaxTried = 4096;

    private const int MaxReducing = 1_500_000;

    private readonly IReadOnlyCollection<PolicyRule> rules;
    private readonly IReadOnlyList<Signer> present;
    private readonly Budget budget;
    private readonly PrincipalRule[] who;
    private readonly int[] numbers;
    private readonly int[] most;
    private readonly int[] uses;
    private readonly Evaluation evaluation;

    public Search(IReadOnlyCollection<PolicyRule> rules, IReadOnlyList<Signer> present, Principals principals, Budget budget)
    {
        (this.rules, this.present, this.budget) = (rules, present, budget);
        var places = Places.Of(rules, present, budget);
        who = [.. places.Keys];
        numbers = [.. who.Select(principals.NumberOf)];
        most = [.. who.Select(one => places[one].Most)];
        uses = [.. who.Select(one => places[one].Policies)];
        evaluation = new Evaluation(present, [.. who.Select(one => (one, 0))], budget);
    }

    private Search(Search other, Budget budget)
    {
        (rules, present, this.budget) = (other.rules, other.present, budget);
        (who, numbers, most, uses) = (other.who, other.numbers, other.most, other.uses);
        evaluation = new Evaluation(present, [.. who.Select(one => (one, 0))], budget);
    }

    /// <summary>Whether the rules could be met by these signers and whoever else is allowed to sign.</summary>
    public static bool CanBeMet(IReadOnlyCollection<PolicyRule> rules, IReadOnlyList<Signer> present, Func<PrincipalRule, bool> isAllowed, Budget budget)
    {
        var places = Places.Of(rules, present, budget);
        var asked = new Evaluation(present, [.. places.Where(one => isAllowed(one.Key)).Select(one => (one.Key, one.Value.Most))], budget);
        return rules.All(asked.Meets);
    }

    /// <summary>Null when nobody could meet the rules.</summary>
    /// <exception cref="BudgetSpentException">They are too large for a single try.</exception>
    public Solution? Find()
    {
        var sets = most.Aggregate(1L, (product, count) => Math.Min(product * (count + 1), MaxTried + 1));
        if (sets <= MaxTried)
        {
            try
            {
                return TryAll((int)sets);
            }
            catch (BudgetSpentException)
            {
                // Each try costs much. One set is found with fewer.
            }
        }

        return new Search(this, budget.Anew(MaxReducing)).Reduce();
    }

    private bool Meets(int[] counts)
    {
        budget.Spend(counts.Length + 8);
        evaluation.Reset(counts);
        return rules.All(evaluation.Meets);
    }

    private Solution? TryAll(int sets)
    {
        var meets = new bool[sets];
        var steps = new int[most.Length];
        var all = new int[sets][];
        var step = 1;
        for (var at = 0; at < most.Length; step *= most[at] + 1, at++)
        {
            steps[at] = step;
        }

        for (var number = 0; number < sets; number++)
        {
            all[number] = [.. steps.Select((one, at) => number / one % (most[at] + 1))];
            meets[number] = Meets(all[number]);
        }

        int[][] found = [.. Enumerable.Range(0, sets).Where(number => meets[number] && !CanBeLess(number, all[number], steps, meets)).Select(number => all[number]).OrderBy(one => one.Sum())];
        return found.Length == 0 ? null : new Solution(found[0].Sum(), IsSmallest: true, found.Length, IsTight: true, found.Select(Numbers));
    }

    /// <summary>Whether the rules would still be met without one of the signers, or with a member in place of somebody with a role.</summary>
    private bool CanBeLess(int number, int[] counts, int[] steps, bool[] meets)
    {
        for (var at = 0; at < counts.Length; at++)
        {
            if (counts[at] == 0)
            {
                continue;
            }

            if (meets[number - steps[at]])
            {
                return true;
            }

            var member = who[at].IsAnyMember ? -1 : Array.FindIndex(who, one => one.IsAnyMember && one.MspId == who[at].MspId);
            if (member >= 0 && counts[member] < most[member] && meets[number - steps[at] + steps[member]])
            {
                return true;
            }
        }

        return false;
    }

    private Solution? Reduce()
    {
        int[] units = [.. Enumerable.Range(0, most.Length).SelectMany(at => Enumerable.Range(0, most[at]).Select(copy => (At: at, Copy: copy)))
            .OrderByDescending(one => uses[one.At]).ThenBy(one => one.Copy).Select(one => one.At)];
        var counts = (int[])most.Clone();
        if (!Meets(counts))
        {
            return null;
        }

        var least = Math.Max(1, rules.Max(rule => LowerBound.Of(rule, present, budget)));
        try
        {
            var kept = Prefix(units);
            Set(counts, units, kept);
            LeaveOut(counts, [.. units.Take(kept)], 0, kept, least);
        }
        catch (BudgetSpentException)
        {
            // What was found so far meets the rules.
        }

        return new Solution(counts.Sum(), counts.Sum() == least, null, IsTight: true, [Numbers(counts)]);
    }

    /// <summary>About how many of the most useful are enough.</summary>
    private int Prefix(int[] units)
    {
        var (tooFew, enough) = (0, units.Length);
        var counts = new int[most.Length];
        while (enough - tooFew > 1)
        {
            var middle = (tooFew + enough) / 2;
            Set(counts, units, middle);
            (tooFew, enough) = Meets(counts) ? (tooFew, middle) : (middle, enough);
        }

        return enough;
    }

    private static void Set(int[] counts, int[] units, int kept)
    {
        Array.Clear(counts);
        foreach (var at in units.AsSpan(0, kept))
        {
            counts[at]++;
        }
    }

    /// <summary>Leaves out of a stretch whoever is not needed, the least useful first, many at once where none of them is.</summary>
    private void LeaveOut(int[] counts, int[] units, int from, int until, int least)
    {
        if (from >= until || counts.Sum() <= least)
        {
            return;
        }

        for (var i = from; i < until; i++)
        {
            counts[units[i]]--;
        }

        var isMet = false;
        try
        {
            isMet = Meets(counts);
        }
        finally
        {
            for (var i = from; !isMet && i < until; i++)
            {
                counts[units[i]]++;
            }
        }

        if (!isMet && until - from > 1)
        {
            var middle = (from + until) / 2;
            LeaveOut(counts, units, middle, until, least);
            LeaveOut(counts, units, from, middle, least);
        }
    }

    private int[] Numbers(int[] counts) => [.. counts.SelectMany((count, at) => Enumerable.Repeat(numbers[at], count))];
}

/// <summary>How often signature policies name a principal.</summary>
internal static class Places
{
    /// <returns>By principal: the most places within one policy, which is how many signers could be of use, and the number of policies.</returns>
    public static Dictionary<PrincipalRule, (int Most, int Policies)> Of(IEnumerable<PolicyRule> rules, IReadOnlyList<Signer> present, Budget budget)
    {
        var found = new Dictionary<PrincipalRule, (int Most, int Policies)>();
        var seen = new HashSet<PolicyRule>(ReferenceEqualityComparer.Instance);
        foreach (var rule in rules)
        {
            Visit(rule, found, seen, budget);
        }

        foreach (var (principal, _) in found.Where(one => one.Key.CertificatePem is not null).ToArray())
        {
            CollectionsMarshal.GetValueRefOrNullRef(found, principal).Most = present.Any(principal.Fits) ? 0 : 1;
        }

        return found;
    }

    private static void Visit(PolicyRule rule, Dictionary<PrincipalRule, (int Most, int Policies)> found, HashSet<PolicyRule> seen, Budget budget)
    {
        budget.Spend();
        if (rule is CountRule { OneEach: true } shared)
        {
            foreach (var one in seen.Add(rule) ? shared.Of : [])
            {
                Visit(one, found, seen, budget);
            }

            return;
        }

        var own = new Dictionary<PrincipalRule, int>(ReferenceEqualityComparer.Instance);
        Count(rule, own, budget);
        foreach (var group in own.GroupBy(one => one.Key, one => one.Value))
        {
            ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(found, group.Key, out _);
            place = (Math.Max(place.Most, group.Sum()), place.Policies + 1);
        }
    }

    private static void Count(PolicyRule rule, Dictionary<PrincipalRule, int> own, Budget budget)
    {
        budget.Spend();
        if (rule is PrincipalRule { IsOnChannel: true } principal)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(own, principal, out _)++;
        }

        foreach (var one in rule is CountRule count ? count.Of : [])
        {
            Count(one, own, budget);
        }
    }
}

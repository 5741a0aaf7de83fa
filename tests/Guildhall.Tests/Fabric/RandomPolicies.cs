using Guildhall.Fabric;
using Guildhall.Tests.Hosting;

namespace Guildhall.Tests.Fabric;

/// <summary>Small policies of every shape, by a seed, and what is true of them by trying everything.</summary>
internal static class RandomPolicies
{
    private static readonly PrincipalRule[] All =
    [
        Of("A"), Of("A", MspRole.Member), Of("A", MspRole.Client), Of("B"), Of("B", MspRole.Member), Of("B", MspRole.Member, certificate: "one"),
        Of("C"), Of("C", MspRole.Member, unit: "u"), Of("D"), Of("E"), Of("X") with { IsOnChannel = false },
    ];

    public static PrincipalRule Of(string mspId, MspRole role = MspRole.Admin, string? unit = null, string? certificate = null) => new(mspId, role, unit, certificate, IsOnChannel: true);

    /// <summary>Up to two policies over up to six principals, and up to two signers who are there.</summary>
    public static (PolicyRule[] Rules, Signer[] Present) Make(int seed)
    {
        var dice = new Dice(seed);
        var pool = All.OrderBy(_ => dice.Throw(0, int.MaxValue)).Take(dice.Throw(1, 7)).ToArray();
        var rules = Enumerable.Range(0, dice.Throw(1, 3)).Select(_ => Meta(dice, pool, 2)).ToArray();
        var present = Enumerable.Range(0, dice.Throw(0, 3)).Select(number => (Who: pool[dice.Throw(0, pool.Length)], Number: number, Unit: dice.Throw(0, 3) == 0 ? "u" : null))
            .Where(one => one.Who.IsOnChannel).Select(one => SignerFor(one.Who, $"present {one.Number}", one.Unit));
        return (rules, [.. present.DistinctBy(signer => (signer.MspId, signer.CertificatePem))]);
    }

    /// <summary>Every set of new signers that meets the rules and would not without one of them, or with a member in place of somebody with a role.</summary>
    public static List<Dictionary<PrincipalRule, int>> SetsByTrying(PolicyRule[] rules, Signer[] present)
    {
        var places = new Dictionary<PrincipalRule, int>();
        foreach (var rule in rules)
        {
            CountPlaces(rule, places);
        }

        PrincipalRule[] who = [.. places.Keys.OrderBy(one => one.IsAnyMember ? 0 : 1)];
        int[] most = [.. who.Select(one => one.CertificatePem is null ? places[one] : present.Any(one.Fits) ? 0 : 1)];
        return [.. Counts(most, 0).Where(set => Meets(set) && !CanBeLess(set)).OrderBy(set => set.Sum()).Select(Named)];

        bool Meets(int[] set) => FabricEvaluator.Meets(
            rules, [.. present, .. who.SelectMany((one, at) => Enumerable.Range(0, set[at]).Select(number => SignerFor(one, $"new {number}")))]);

        bool CanBeLess(int[] set) => Enumerable.Range(0, set.Length).Any(at => set[at] > 0 && (Meets(Changed(set, at, -1)) || CanBeMember(set, at)));

        bool CanBeMember(int[] set, int at)
        {
            var member = Array.FindIndex(who, one => one.IsAnyMember && one.MspId == who[at].MspId);
            return member >= 0 && member != at && set[member] < most[member] && Meets(Changed(Changed(set, at, -1), member, 1));
        }

        Dictionary<PrincipalRule, int> Named(int[] set) => Enumerable.Range(0, set.Length).Where(at => set[at] > 0).ToDictionary(at => who[at], at => set[at]);
    }

    private static Signer SignerFor(PrincipalRule who, string name, string? unit = null) =>
        new(who.MspId, [MspRole.Member, who.Role], (who.Unit ?? unit) is { } its ? [its] : [], who.CertificatePem ?? $"{who.Words}, {name}");

    private static int[] Changed(int[] set, int at, int by)
    {
        int[] changed = [.. set];
        changed[at] += by;
        return changed;
    }

    private static IEnumerable<int[]> Counts(int[] most, int at) =>
        at == most.Length ? [new int[most.Length]] : Counts(most, at + 1).SelectMany(set => Enumerable.Range(0, most[at] + 1).Select(count => Changed(set, at, count)));

    private static void CountPlaces(PolicyRule rule, Dictionary<PrincipalRule, int> places)
    {
        foreach (var one in rule is CountRule { OneEach: true } meta ? meta.Of : [])
        {
            CountPlaces(one, places);
        }

        foreach (var group in (rule is CountRule { OneEach: true } ? [] : Leaves(rule)).GroupBy(one => one))
        {
            places[group.Key] = Math.Max(places.GetValueOrDefault(group.Key), group.Count());
        }
    }

    private static IEnumerable<PrincipalRule> Leaves(PolicyRule rule) => rule switch
    {
        PrincipalRule { IsOnChannel: true } principal => [principal],
        CountRule count => count.Of.SelectMany(Leaves),
        _ => [],
    };

    private static PolicyRule Meta(Dice dice, PrincipalRule[] pool, int depth) =>
        depth == 0 || dice.Throw(0, 3) == 0 ? Signature(dice, pool, 2) : Count(dice, () => Meta(dice, pool, depth - 1), oneEach: true);

    private static PolicyRule Signature(Dice dice, PrincipalRule[] pool, int depth) =>
        depth == 0 || dice.Throw(0, 3) == 0 ? pool[dice.Throw(0, pool.Length)] : Count(dice, () => Signature(dice, pool, depth - 1), oneEach: false);

    /// <summary>Now and then none is needed, or one more than there are.</summary>
    private static CountRule Count(Dice dice, Func<PolicyRule> part, bool oneEach)
    {
        var parts = dice.Throw(1, 4);
        var needed = dice.Throw(dice.Throw(0, 8) == 0 ? 0 : 1, parts + (dice.Throw(0, 6) == 0 ? 2 : 1));
        return new CountRule(needed, [.. Enumerable.Range(0, parts).Select(_ => part())], oneEach);
    }
}

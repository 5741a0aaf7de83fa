using System.Numerics;
using Guildhall.Fabric;
using Guildhall.Tests.Hosting;
using static Guildhall.Tests.Fabric.RandomPolicies;

namespace Guildhall.Tests.Fabric;

/// <summary>Whether the sets of signers that are named are the right ones, and as many as there are.</summary>
public sealed class SignerSetsTests
{
    private const int Seeds = 3000;

    /// <summary>How often the number of sets is known, of a hundred small policies that can be met. It is not where more are there than are listed and they overlap.</summary>
    private const int KnownOfHundred = 95;

    [Fact]
    public void Of_small_policies_everything_is_as_trying_all_sets_has_it()
    {
        var (open, counted) = (0, 0);
        foreach (var seed in Enumerable.Range(0, Seeds))
        {
            var (rules, present) = Make(seed);
            var missing = Missing.Of(rules, present, CancellationToken.None);

            Assert.True(FabricEvaluator.Meets(rules, present) == missing.IsComplete, $"Seed {seed}: whether it is complete.");
            if (missing.IsComplete)
            {
                continue;
            }

            var sets = SetsByTrying(rules, present);
            Assert.True((sets.Count > 0) == missing.CanBeMet, $"Seed {seed}: whether it can be met.");
            if (sets.Count == 0)
            {
                continue;
            }

            open++;
            var all = sets.Select(set => KeyOf(set.Select(one => (one.Key, one.Value)))).ToHashSet(StringComparer.Ordinal);
            var listed = missing.SmallestSets.Select(set => KeyOf(set.Select(one => (one.Who, one.Count)))).ToArray();
            Assert.True(missing.SmallestSets.Min(set => set.Sum(one => one.Count)) == sets[0].Values.Sum() && missing.IsSmallest, $"Seed {seed}: the smallest set.");
            Assert.True(listed.All(all.Contains) && listed.Distinct(StringComparer.Ordinal).Count() == listed.Length, $"Seed {seed}: a listed set.");
            Assert.True(!missing.AreAllListed || listed.Length == all.Count, $"Seed {seed}: whether all are listed.");
            if (missing.SetCount is { } count)
            {
                counted++;
                Assert.True(count == all.Count, $"Seed {seed}: {count} sets, and there are {all.Count}.");
            }
        }

        Assert.True(counted * 100 > open * KnownOfHundred, $"The number of sets is known of {counted} of {open}.");
    }

    [Fact]
    public void Signers_meet_rules_exactly_when_Fabric_says_so()
    {
        foreach (var seed in Enumerable.Range(0, Seeds))
        {
            var ((rules, present), dice) = (Make(seed), new Dice(seed));
            var signers = Enumerable.Range(1, 3).SelectMany(other => Make(seed + other).Present).Concat(present).OrderBy(_ => dice.Throw(0, int.MaxValue)).ToArray();

            Assert.All(rules, rule => Assert.True(FabricEvaluator.Meets([rule], signers) == rule.IsMetBy(signers), $"Seed {seed}."));
        }
    }

    /// <summary>Rules, the smallest number of signers, and how many sets there are; ? where it is not known. <c>~</c> marks what organizations decide with all signatures.</summary>
    public static TheoryData<string, PolicyRule[], int, string> Counted => new()
    {
        { "MAJORITY of 5", [Meta(3, Members(5))], 3, "10" },
        { "MAJORITY of 300", [Meta(151, Members(300))], 151, Binomial(300, 151).ToString() },
        { "MAJORITY of 300 of which each has two who may sign", [Meta(151, [.. Range(300).Select(n => Gate(1, Of($"O{n}"), Of($"O{n}", MspRole.Client)))])], 151, (Binomial(300, 151) * BigInteger.Pow(2, 151)).ToString() },
        { "nested gates of different organizations", [Gate(2, Gate(2, Members(3)), Gate(1, Members(2, "P")), Of("Q"))], 2, (2 + 3 + (3 * 2)).ToString() },
        { "one principal a thousand times", [Gate(500, [.. Enumerable.Repeat(Of("A"), 1000)])], 500, "1" },
        { "any two of A, A, B", [Gate(2, Of("A"), Of("A"), Of("B"))], 2, "2" },
        { "the same organizations in two groups that must both agree", [Meta(2, Meta(3, Members(4)), Meta(2, Members(4)))], 3, "4" },
        { "two groups with half of their organizations in common", [Meta(3, Members(4)), Meta(3, [.. Members(6).Skip(2)])], 4, "?" },
        { "a policy that several groups repeat", [Meta(2, Of("A"), Of("A"), Of("B"))], 1, "1" },
        { "members and administrators, in policies of their own", [Meta(2, Of("A", MspRole.Member), Of("B", MspRole.Member)), Meta(2, Of("A"), Of("B"))], 2, "1" },
        { "a member and an administrator, in one", [Gate(2, Of("A", MspRole.Member), Of("A"))], 2, "1" },
        { "no rule of an OR that is met takes nothing back", [Gate(2, Gate(1, Of("A"), Of("B")), Of("A"))], 2, "1" },
        { "one who would be taken twice", [Gate(3, Gate(1, Of("B"), Gate(2, Of("D"), Of("C"))), Of("D"), Of("C"))], 4, "1" },
        { "one exact certificate, asked for twice", [Gate(2, Of("A", MspRole.Member, certificate: "one"), Of("A", MspRole.Member, certificate: "one"), Of("B"))], 2, "1" },
    };

    [Theory]
    [MemberData(nameof(Counted))]
    public void The_smallest_set_and_the_number_of_sets_are_told(string what, PolicyRule[] rules, int smallest, string count)
    {
        var missing = Missing.Of(rules, [], CancellationToken.None);

        Assert.Equal((what, smallest, true), (what, missing.SmallestSets[0].Sum(one => one.Count), missing.IsSmallest));
        Assert.True(count == "?" || missing.SetCount.ToString() == count, $"{what}: {missing.SetCount}");
        Assert.True(missing.SmallestSets.Length <= Missing.MaxSets);
    }

    [Fact]
    public void What_has_been_signed_is_not_asked_for_again()
    {
        Signer[] present = [.. Range(100).Select(number => new Signer($"O{number}", [MspRole.Member, MspRole.Admin], [], $"{number}"))];
        var missing = Missing.Of([Meta(151, Members(300))], present, CancellationToken.None);

        Assert.Equal((51, true, Binomial(200, 51)), (missing.SmallestSets[0].Length, missing.IsSmallest, missing.SetCount));
        Assert.DoesNotContain(missing.SmallestSets.SelectMany(set => set), one => present.Any(one.Who.Fits));
        Assert.Equal(200, missing.MspIds.Length);
    }

    [Fact]
    public void A_smallest_set_that_would_take_too_long_to_prove_is_not_called_one()
    {
        var dice = new Dice(1);
        var missing = Missing.Of(
            [Meta(100, [.. Range(300).Select(_ => Gate(1, [.. Enumerable.Range(0, 3).Select(_ => Of($"O{dice.Throw(0, 300)}")).Distinct()]))])], [], CancellationToken.None);

        Assert.Equal((true, false, false, null), (missing.CanBeMet, missing.IsSmallest, missing.AreAllListed, missing.SetCount));
        Assert.InRange(Assert.Single(missing.SmallestSets).Length, 1, 100);
    }

    private static IEnumerable<int> Range(int count) => Enumerable.Range(1, count);

    private static PolicyRule[] Members(int count, string prefix = "O") => [.. Range(count).Select(number => Of($"{prefix}{number}"))];

    private static CountRule Meta(int needed, params PolicyRule[] of) => new(needed, [.. of], OneEach: true);

    private static CountRule Gate(int needed, params PolicyRule[] of) => new(needed, [.. of], OneEach: false);

    private static BigInteger Binomial(int of, int take) => Range(take).Aggregate(BigInteger.One, (ways, n) => ways * (of - n + 1) / n);

    private static string KeyOf(IEnumerable<(PrincipalRule Who, int Count)> set) =>
        string.Join(" + ", set.Select(one => $"{one.Count} {one.Who.Words}").Order(StringComparer.Ordinal));
}

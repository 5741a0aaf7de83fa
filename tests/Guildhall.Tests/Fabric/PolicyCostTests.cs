using Guildhall.Fabric;
using Guildhall.Tests.Hosting;
using static Guildhall.Tests.Fabric.RandomPolicies;

namespace Guildhall.Tests.Fabric;

/// <summary>What working out signers costs, with policies that were made to cost much. Memory is counted, which is the same on every machine; time is a guard against hanging.</summary>
public sealed class PolicyCostTests
{
    private const long MaxBytes = 20_000_000;
    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(1);

    public static TheoryData<string> Names => [.. Policies.Keys];

    private static Dictionary<string, Func<PolicyRule[]>> Policies => new(StringComparer.Ordinal)
    {
        ["MAJORITY of 24"] = () => [Meta(13, Members(24))],
        ["MAJORITY of 50"] = () => [Meta(26, Members(50))],
        ["MAJORITY of 300"] = () => [Meta(151, Members(300))],
        ["MAJORITY of 5000"] = () => [Meta(2501, Members(5000))],
        ["30 of 60 that are absent"] = () => [Gate(30, [.. Members(60).Cast<PrincipalRule>().Select(one => one with { IsOnChannel = false })])],
        ["30 of 60 that are there"] = () => [Gate(30, Members(60))],
        ["two groups of 300 with half in common"] = () => [Meta(2, Meta(151, Members(300)), Meta(151, [.. Members(450).Skip(150)]))],
        ["administrators and members of 300"] = () => [Meta(151, Members(300)), Meta(151, [.. Members(300).Cast<PrincipalRule>().Select(one => one with { Role = MspRole.Member })])],
        ["30 of 60, twice in one"] = () => [Gate(2, Gate(30, Members(60)), Gate(30, Members(60)))],
        ["one principal a thousand times"] = () => [Gate(500, [.. Enumerable.Repeat(Of("A"), 1000)])],
        ["49,000 of 99,000 units of one organization"] = () => [Gate(49_000, [.. Enumerable.Range(0, 99_000).Select(n => Of("A", MspRole.Member, unit: $"{n}"))])],
        ["as deep as can be read"] = () => [Enumerable.Range(0, 48).Aggregate((PolicyRule)Of("A"), (inner, _) => Gate(1, inner, Of("A"), Of("B")))],
        ["as deep, and wide"] = () => [Enumerable.Range(0, 48).Aggregate((PolicyRule)Of("A"), (inner, depth) => Gate(1001, [inner, .. Members(2000, $"O{depth}x")]))],
        ["three hundred that share at random"] = () => Sharing(300, 300, 3),
        ["five thousand that share at random"] = () => Sharing(5000, 3000, 15),
        ["a thousand policies"] = () => [.. Enumerable.Range(0, 1000).Select(number => Meta(40, [.. Members(90).Where((_, at) => ((at * 7) + number) % 11 != 0)]))],
        ["needs more than there are"] = () => [Gate(int.MaxValue, Members(5000))],
        ["needs less than none"] = () => [Gate(int.MinValue, Members(5000)), Of("A")],
    };

    [Theory]
    [MemberData(nameof(Names))]
    public async Task No_policy_costs_more_than_it_is_worth(string name)
    {
        var rules = Policies[name]();
        var working = Task.Run(() =>
        {
            Missing.Of(rules, [], CancellationToken.None); // what is made once is not counted
            var before = GC.GetAllocatedBytesForCurrentThread();
            Missing.Of(rules, [], CancellationToken.None);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        });

        Assert.InRange(await working.WaitAsync(Hang), 0, MaxBytes);
    }

    [Fact]
    public void Nothing_is_worked_out_for_those_who_have_gone() =>
        Assert.ThrowsAny<OperationCanceledException>(() => Missing.Of([Meta(2501, Members(5000))], [], new CancellationToken(canceled: true)));

    [Fact]
    public void The_words_of_a_rule_have_an_end()
    {
        var deep = Enumerable.Range(0, 40).Aggregate((PolicyRule)Of(new string('x', 100_000)), (inner, depth) => Gate(1, [inner, .. Members(200, $"{new string('y', 200)}{depth}x")]));

        Assert.InRange(Missing.Of([deep], [], CancellationToken.None).Words.Length, 1, 5000);
        Assert.EndsWith("O50 and 250 more", Gate(151, Members(300)).Words, StringComparison.Ordinal);
    }

    private static PolicyRule[] Sharing(int policies, int organizations, int each)
    {
        var dice = new Dice(1);
        return [Meta(policies / 3, [.. Enumerable.Range(0, policies).Select(_ => Gate(each / 2, [.. Enumerable.Range(0, each).Select(_ => Of($"O{dice.Throw(0, organizations)}")).Distinct()]))])];
    }

    private static PolicyRule[] Members(int count, string prefix = "O") => [.. Enumerable.Range(1, count).Select(number => Of($"{prefix}{number}"))];

    private static CountRule Meta(int needed, params PolicyRule[] of) => new(needed, [.. of], OneEach: true);

    private static CountRule Gate(int needed, params PolicyRule[] of) => new(needed, [.. of], OneEach: false);
}

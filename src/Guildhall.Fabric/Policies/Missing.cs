using System.Collections.Immutable;
using System.Numerics;

namespace Guildhall.Fabric;

/// <summary>Whose signature would help, and how many such.</summary>
public readonly record struct NeededSigner(PrincipalRule Who, int Count)
{
    public override string ToString() => Count == 1 ? Who.Words : $"{Count} of {Who.Words}";
}

/// <summary>What policies still ask for.</summary>
/// <param name="Words">Such as "any one of Org2, Org3"; "nobody" when all is there.</param>
/// <param name="SmallestSets">Sets that would finish it and of which none is too many; a few where there are many. Empty when all is there, or when it cannot be met.</param>
/// <param name="AreAllListed">False when there are more sets than anybody reads; the words still say it all.</param>
public sealed record MissingSignatures(bool IsComplete, bool CanBeMet, string Words, ImmutableArray<ImmutableArray<NeededSigner>> SmallestSets, bool AreAllListed)
{
    /// <summary>How many such sets there are; null where that is not known, or more than 10^300.</summary>
    public BigInteger? SetCount { get; init; }

    /// <summary>Whether no set has fewer signers than the first that is listed. False where that would have taken too long to tell.</summary>
    public bool IsSmallest { get; init; } = true;

    /// <summary>The organizations whose signatures could be of use.</summary>
    public ImmutableArray<string> MspIds { get; init; } = [];
}

/// <summary>Works out what is missing of rules that must all be met.</summary>
internal static class Missing
{
    /// <summary>The most sets that are listed.</summary>
    public const int MaxSets = 20;

    /// <summary>The most signers that all listed sets have together; the first set is listed however many it has.</summary>
    private const int MaxListed = 2000;

    /// <summary>The most sets that are looked at for those: some come twice.</summary>
    private const int MaxTried = 400;

    private const int MaxSteps = 3_000_000;

    private const int MaxSearching = 1_500_000;

    /// <summary>Beyond so many places for signers no sets are worked out: what is missing is told in words.</summary>
    private const int MaxPlaces = 10_000;

    public static MissingSignatures Of(IReadOnlyCollection<PolicyRule> rules, IReadOnlyList<Signer> present, CancellationToken cancellationToken)
    {
        var budget = new Budget(Evaluation.MaxSteps, cancellationToken);
        var evaluation = new Evaluation(present, [], budget);
        PolicyRule[] open = [.. rules.Distinct().Select(evaluation.Rest).OfType<PolicyRule>().Distinct()];
        return open.Length == 0
            ? new MissingSignatures(IsComplete: true, CanBeMet: true, "nobody", [], AreAllListed: true) { SetCount = BigInteger.Zero }
            : Size.Of(rules, budget) > MaxPlaces ? TooLarge(rules, PolicyWords.Of(open))
            : new Question([.. rules.Distinct()], present, budget).Answer(PolicyWords.Of(open));
    }

    private static MissingSignatures TooLarge(IReadOnlyCollection<PolicyRule> rules, string words) =>
        new(IsComplete: false, CanBeMet: rules.All(Size.CanBeMet), words, [], AreAllListed: false) { IsSmallest = false, MspIds = Size.Organizations(rules) };

    /// <summary>Rules that are not met yet.</summary>
    private sealed class Question(PolicyRule[] rules, IReadOnlyList<Signer> present, Budget budget)
    {
        private static readonly MissingSignatures Impossible = new(IsComplete: false, CanBeMet: false, "", [], AreAllListed: true) { SetCount = BigInteger.Zero };

        public MissingSignatures Answer(string words)
        {
            var formula = new Formula(rules, present, budget.Anew(MaxSteps));
            if (formula.Root == Node.Never)
            {
                return Impossible with { Words = words };
            }

            if (formula.IsExact && formula.Root != Node.Met && WorkedOut(formula) is { } answer)
            {
                return answer with { Words = words };
            }

            return Tried(formula) with { Words = words };
        }

        /// <summary>Null where the signers are shared in too many ways.</summary>
        private MissingSignatures? WorkedOut(Formula formula)
        {
            try
            {
                var solution = new Solver(formula, present, budget).Solve(formula.Root);
                var answer = Listed(solution, formula, formula.HasStandIns || !solution.IsTight);
                return answer.SmallestSets.IsEmpty ? null : answer;
            }
            catch (BudgetSpentException)
            {
                return null;
            }
        }

        private MissingSignatures Tried(Formula formula)
        {
            try
            {
                return new Search(rules, present, formula.Principals, budget.Anew(MaxSearching)).Find() is { } found ? Listed(found, formula, isLoose: false) : Impossible;
            }
            catch (BudgetSpentException)
            {
                return Impossible with { CanBeMet = true, AreAllListed = false, SetCount = null, IsSmallest = false, MspIds = MspIds(formula, formula.Useful) };
            }
        }

        /// <param name="isLoose">Whether somebody may be too many in some of the sets, which are then left out.</param>
        private MissingSignatures Listed(Solution solution, Formula formula, bool isLoose)
        {
            var trying = budget.Anew(MaxSteps);
            var most = Math.Clamp(MaxListed / Math.Max(1, solution.Cost), 1, MaxSets);
            var (sets, seen, tried) = (new List<int[]>(), new HashSet<string>(StringComparer.Ordinal), 0);
            var areAll = true;
            foreach (var found in solution.Sets)
            {
                if (sets.Count == most || tried == MaxTried)
                {
                    areAll = false;
                    break;
                }

                tried++;
                int[] set = [.. found.Order()];
                try
                {
                    if (seen.Add(string.Join(',', set)) && Finishes(set, formula, trying) && !(isLoose && CanBeLess(set, formula, trying)))
                    {
                        sets.Add(set);
                    }
                }
                catch (BudgetSpentException)
                {
                    areAll = false;
                    break;
                }
            }

            var words = new Dictionary<int, string>();
            var listed = sets.Select(set => Needed(set, formula, words));
            return new MissingSignatures(
                IsComplete: false,
                CanBeMet: true,
                "",
                [.. areAll ? listed.OrderBy(set => set.Length).ThenBy(set => string.Join(',', set), StringComparer.Ordinal) : listed],
                areAll && solution.Count is not null)
            {
                SetCount = areAll && solution.Count is not null ? sets.Count : isLoose ? null : solution.Count,
                IsSmallest = solution.IsSmallest,
                MspIds = MspIds(formula, areAll && solution.Count is not null ? sets.SelectMany(set => set) : formula.Useful),
            };
        }

        /// <summary>The last word: the signers would meet every rule, as Fabric goes through them.</summary>
        private bool Finishes(IReadOnlyList<int> set, Formula formula, Budget trying)
        {
            trying.Spend(set.Count);
            var evaluation = new Evaluation(present, [.. set.CountBy(one => one).Select(one => (formula.Principals[one.Key], one.Value))], trying);
            return rules.All(evaluation.Meets);
        }

        /// <summary>Whether members would do in place of somebody with a role, or nobody.</summary>
        private bool CanBeLess(int[] set, Formula formula, Budget trying)
        {
            foreach (var one in set.Distinct())
            {
                var others = set.ToList();
                others.Remove(one);
                var who = formula.Principals[one];
                if (Finishes(others, formula, trying) || (!who.IsAnyMember && formula.MemberOf(who) is { } member && Finishes([.. others, member], formula, trying)))
                {
                    return true;
                }
            }

            return false;
        }

        private static ImmutableArray<NeededSigner> Needed(int[] set, Formula formula, Dictionary<int, string> words)
        {
            var needed = set.CountBy(one => one).Select(one => (Who: one.Key, Signer: new NeededSigner(formula.Principals[one.Key], one.Value)));
            return [.. needed.OrderBy(one => one.Signer.Count == 1 ? WordsOf(one.Who) : one.Signer.ToString(), StringComparer.Ordinal).Select(one => one.Signer)];

            string WordsOf(int who) => words.TryGetValue(who, out var known) ? known : words[who] = formula.Principals[who].Words;
        }

        private static ImmutableArray<string> MspIds(Formula formula, IEnumerable<int> principals) =>
            [.. principals.Select(one => formula.Principals[one].MspId).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }
}

using System.Numerics;

namespace Guildhall.Fabric;

/// <summary>Works out a formula, module by module.</summary>
internal sealed class Solver
{
    public const int MaxCounting = 1_000_000;
    private const int MaxSteps = 1_500_000;
    private const int MaxSearching = 1_000_000;

    private readonly Formula formula;
    private readonly IReadOnlyList<Signer> present;
    private readonly Budget budget;
    private readonly Dictionary<Node, Solution> solved = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<int> repeated;

    public Solver(Formula formula, IReadOnlyList<Signer> present, Budget budget)
    {
        (this.formula, this.present, this.budget) = (formula, present, budget.Anew(MaxSteps));
        repeated = [.. formula.Repeated];
    }

    /// <exception cref="BudgetSpentException">The formula shares its signers in too many ways.</exception>
    public Solution Solve(Node node)
    {
        if (!solved.TryGetValue(node, out var found))
        {
            solved[node] = found = node.Principal >= 0 ? new Solution(1, IsSmallest: true, BigInteger.One, IsTight: true, [[node.Principal]])
                : node.Policy is { } policy ? Tried(policy)
                : new Region(node, this, budget).Solve();
        }

        return found;
    }

    /// <summary>Whether several signers of the principal are asked for anywhere.</summary>
    public bool Repeats(int principal) => repeated.Contains(principal);

    private Solution Tried(PolicyRule policy) =>
        new Search([policy], present, formula.Principals, budget.Anew(MaxSearching)).Find() ?? throw new BudgetSpentException();
}

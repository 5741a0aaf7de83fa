using System.Numerics;
using System.Runtime.InteropServices;

namespace Guildhall.Fabric;

/// <summary>
/// Works out a node that stands by itself from the modules in it. Modules that are parts of the same nodes are interchangeable, so that it is counted how
/// many of each class are needed, and not which: a majority of three hundred organizations is one number.
/// </summary>
internal sealed class Region
{
    /// <summary>The most numbers that all the choices which are looked at have together: four bytes each.</summary>
    private const int MaxRoom = 400_000;

    private readonly Solver solver;
    private readonly Budget budget;
    private readonly Budget room;
    private readonly List<Node> cores = [];
    private readonly Dictionary<Node, int> numberOf = new(ReferenceEqualityComparer.Instance);
    private readonly List<ModuleClass> classes = [];
    private readonly List<List<(int Class, int Weight)>> classesOf = [];
    private readonly Dictionary<int, List<int[]>> least = [];

    public Region(Node root, Solver solver, Budget budget)
    {
        (this.solver, this.budget, room) = (solver, budget, budget.Anew(MaxRoom));
        var shared = new Dictionary<Node, List<(int Core, int Weight)>>(ReferenceEqualityComparer.Instance);
        var alone = new Dictionary<(int Core, int Weight), ModuleClass>();
        Add(root);
        for (var core = 0; core < cores.Count; core++) // grows on the way
        {
            foreach (var (part, weight) in cores[core].Of)
            {
                budget.Spend();
                if (!part.IsModule)
                {
                    Add(part);
                }
                else if (part.Parents == 1)
                {
                    ref var its = ref CollectionsMarshal.GetValueRefOrAddDefault(alone, (core, weight), out _);
                    (its ??= NewClass([(core, weight)])).Add(part);
                }
                else
                {
                    ref var parents = ref CollectionsMarshal.GetValueRefOrAddDefault(shared, part, out _);
                    (parents ??= []).Add((core, weight));
                }
            }
        }

        var alike = new Dictionary<string, ModuleClass>(StringComparer.Ordinal);
        foreach (var (part, parents) in shared)
        {
            budget.Spend(parents.Count * 4);
            ref var its = ref CollectionsMarshal.GetValueRefOrAddDefault(alike, string.Join(' ', parents), out _);
            (its ??= NewClass(parents)).Add(part);
        }
    }

    public Solution Solve()
    {
        foreach (var one in classes)
        {
            one.Complete(solver);
        }

        var vectors = LeastOf(0);
        vectors.Sort((one, other) => CostOf(one).CompareTo(CostOf(other)));
        var isSplit = classes.SelectMany(one => one.Repeated).GroupBy(principal => principal).Any(group => group.Skip(1).Any());
        return new Solution(
            CostOf(vectors[0]),
            classes.TrueForAll(one => one.IsExact),
            isSplit ? null : Count(vectors),
            !isSplit && classes.TrueForAll(one => one.IsTight),
            vectors.SelectMany(vector => Combinations.Product([.. classes.Select((one, at) => (Class: one, Count: vector[at])).Where(one => one.Count > 0).Select(one => one.Class.Sets(one.Count))])));
    }

    private void Add(Node core)
    {
        if (numberOf.TryAdd(core, cores.Count))
        {
            cores.Add(core);
            classesOf.Add([]);
        }
    }

    private ModuleClass NewClass(List<(int Core, int Weight)> parents)
    {
        foreach (var (core, weight) in parents)
        {
            classesOf[core].Add((classes.Count, weight));
        }

        var made = new ModuleClass();
        classes.Add(made);
        return made;
    }

    private int CostOf(int[] vector) => vector.Select((count, at) => count == 0 ? 0 : classes[at].CostOf(count)).Sum();

    /// <summary>Of which numbers of each class none is too many.</summary>
    private List<int[]> LeastOf(int core)
    {
        if (least.TryGetValue(core, out var found))
        {
            return found;
        }

        var (needed, of) = (cores[core].Needed, classesOf[core]);
        var behind = new int[of.Count + 1]; // how much the classes from one on could add
        for (var at = of.Count - 1; at >= 0; at--)
        {
            behind[at] = behind[at + 1] + (of[at].Weight * classes[of[at].Class].Size);
        }

        List<int[]> chosen = [new int[classes.Count]];
        (int Core, int Weight)[] below = [.. cores[core].Of.Where(part => !part.Node.IsModule).Select(part => (numberOf[part.Node], part.Weight))];
        var weights = new List<int> { 0 };
        var more = below.Sum(one => one.Weight) + behind[0];
        foreach (var (part, weight) in below)
        {
            more -= weight;
            (chosen, weights) = With(LeastOf(part), weight, chosen, weights, needed, more);
        }

        var complete = new List<int[]>();
        for (var i = 0; i < chosen.Count; i++)
        {
            Fill(chosen[i], weights[i] + of.Sum(one => one.Weight * chosen[i][one.Class]), needed, of, 0, behind, complete);
        }

        return least[core] = LeastOf(complete);
    }

    /// <summary>Each choice without the part, as far as enough is left, and with each way to meet the part. What serves two parts is counted once.</summary>
    private (List<int[]> Chosen, List<int> Weights) With(List<int[]> ways, int weight, List<int[]> chosen, List<int> weights, int needed, int more)
    {
        var (next, nextWeights) = (new List<int[]>(), new List<int>());
        for (var i = 0; i < chosen.Count; i++)
        {
            if (weights[i] + more >= needed)
            {
                next.Add(chosen[i]);
                nextWeights.Add(weights[i]);
            }

            foreach (var way in weights[i] < needed ? ways : [])
            {
                room.Spend(way.Length + 8);
                var both = new int[way.Length];
                for (var at = 0; at < both.Length; at++)
                {
                    both[at] = Math.Max(way[at], chosen[i][at]);
                }

                next.Add(both);
                nextWeights.Add(weights[i] + weight);
            }
        }

        return (next, nextWeights);
    }

    /// <summary>Adds of each class as many as are needed, in every way.</summary>
    private void Fill(int[] vector, int weight, int needed, List<(int Class, int Weight)> of, int at, int[] behind, List<int[]> complete)
    {
        budget.Spend(4);
        if (weight >= needed)
        {
            room.Spend(vector.Length + 8);
            complete.Add([.. vector]);
            return;
        }

        if (weight + behind[at] < needed)
        {
            return;
        }

        var (number, each) = of[at];
        var before = vector[number];
        var enough = before + ((needed - weight + each - 1) / each);
        var first = at == of.Count - 1 ? enough : before; // the last class has to do the rest
        for (var count = first; count <= Math.Min(enough, classes[number].Size); count++)
        {
            vector[number] = count;
            Fill(vector, weight + ((count - before) * each), needed, of, at + 1, behind, complete);
        }

        vector[number] = before;
    }

    private List<int[]> LeastOf(List<int[]> vectors)
    {
        var (kept, newest) = (new List<int[]>(), (int[]?)null);
        foreach (var vector in vectors.Count > 1 ? vectors.OrderBy(vector => vector.Sum()) : vectors.AsEnumerable())
        {
            if (newest is not null && IsWithin(newest, vector))
            {
                continue; // alike ones come behind each other
            }

            if (kept.Find(smaller => IsWithin(smaller, vector)) is { } within)
            {
                newest = within;
            }
            else
            {
                kept.Add(vector);
            }
        }

        return kept;
    }

    private bool IsWithin(int[] smaller, int[] vector)
    {
        for (var at = 0; at < vector.Length; at++)
        {
            if (smaller[at] > vector[at])
            {
                budget.Spend(at + 1);
                return false;
            }
        }

        budget.Spend(vector.Length);
        return true;
    }

    private BigInteger? Count(List<int[]> vectors)
    {
        if (!classes.TrueForAll(one => one.IsCounted))
        {
            return null;
        }

        try
        {
            var counting = budget.Anew(Solver.MaxCounting);
            var total = BigInteger.Zero;
            foreach (var vector in vectors)
            {
                var ways = BigInteger.One;
                for (var at = 0; at < vector.Length; at++)
                {
                    counting.Spend();
                    if (vector[at] > 0)
                    {
                        if (classes[at].CountOf(vector[at], counting) is not { } its || (ways *= its) > Combinations.MaxCount)
                        {
                            return null;
                        }
                    }
                }

                total += ways;
            }

            return total > Combinations.MaxCount ? null : total;
        }
        catch (BudgetSpentException)
        {
            return null;
        }
    }
}

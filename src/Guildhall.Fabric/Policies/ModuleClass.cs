using System.Numerics;
using System.Runtime.InteropServices;

namespace Guildhall.Fabric;

/// <summary>Modules that are parts of the same nodes: where one is needed, any is as good.</summary>
internal sealed class ModuleClass
{
    private readonly List<Node> modules = [];
    private Item[] items = [];
    private int[] costs = [];
    private (int Things, BigInteger Ways, bool AreAlike)[] groups = [];

    public int Size => modules.Count;

    /// <summary>Whether the cost of each is known to be the least.</summary>
    public bool IsExact { get; private set; }

    /// <summary>Whether it is known for each in how many ways it can be met.</summary>
    public bool IsCounted { get; private set; }

    /// <summary>Whether none is too many in any of their sets.</summary>
    public bool IsTight { get; private set; }

    /// <summary>Principals of which several signers are asked for, here or in another class.</summary>
    public IEnumerable<int> Repeated => items.Where(item => item.Repeats).Select(item => item.Principal);

    public void Add(Node module) => modules.Add(module);

    public void Complete(Solver solver)
    {
        var alike = new Dictionary<int, Item>();
        var made = new List<Item>(modules.Count);
        (IsExact, IsCounted, IsTight) = (true, true, true);
        foreach (var module in modules)
        {
            if (module.Principal < 0)
            {
                var solution = solver.Solve(module);
                made.Add(new Item { Cost = solution.Cost, Ways = solution.Count ?? BigInteger.Zero, Sets = solution.Sets, Available = 1 });
                IsExact &= solution.IsSmallest;
                IsCounted &= solution.Count is not null;
                IsTight &= solution.IsTight;
                continue;
            }

            var repeats = solver.Repeats(module.Principal);
            if (repeats)
            {
                ref var item = ref CollectionsMarshal.GetValueRefOrAddDefault(alike, module.Principal, out var exists);
                if (exists)
                {
                    item!.Available++;
                    continue;
                }

                item = new Item { Principal = module.Principal, Cost = 1, Ways = BigInteger.One, Available = 1, Repeats = true };
                made.Add(item);
                continue;
            }

            made.Add(new Item { Principal = module.Principal, Cost = 1, Ways = BigInteger.One, Available = 1 });
        }

        items = [.. made.OrderBy(item => item.Cost)];
        costs = new int[modules.Count + 1];
        var at = 0;
        foreach (var item in items)
        {
            for (var n = 0; n < item.Available; n++, at++)
            {
                costs[at + 1] = (int)Math.Min((long)costs[at] + item.Cost, int.MaxValue);
            }
        }

        groups =
        [
            .. items.Where(item => item.Available > 1).Select(item => (item.Available, item.Ways, true)),
            .. items.Where(item => item.Available == 1).GroupBy(item => item.Ways).Select(group => (group.Count(), group.Key, false)),
        ];
    }

    /// <summary>How many signers so many of them take, at least.</summary>
    public int CostOf(int count) => costs[count];

    public BigInteger? CountOf(int count, Budget budget) => Combinations.Count(groups, count, budget);

    /// <summary>Sets of signers for so many of them, the cheapest first.</summary>
    public IEnumerable<int[]> Sets(int count)
    {
        int[] available = [.. items.Select(item => item.Available)];
        foreach (var chosen in Combinations.Choose(available, count))
        {
            var signers = new List<int>();
            var parts = new List<IEnumerable<int[]>>();
            for (var i = 0; i < chosen.Length; i++)
            {
                if (chosen[i] > 0 && items[i].Sets is { } sets)
                {
                    parts.Add(sets);
                }
                else if (chosen[i] > 0)
                {
                    signers.AddRange(Enumerable.Repeat(items[i].Principal, chosen[i]));
                }
            }

            if (parts.Count == 0)
            {
                yield return [.. signers];
                continue;
            }

            parts.Add([[.. signers]]);
            foreach (var set in Combinations.Product(parts))
            {
                yield return set;
            }
        }
    }

    private sealed class Item
    {
        public int Principal { get; init; } = -1;
        public int Cost { get; init; }
        public BigInteger Ways { get; init; }
        public IEnumerable<int[]>? Sets { get; init; }
        public int Available { get; set; }
        public bool Repeats { get; init; }
    }
}

using System.Runtime.InteropServices;

namespace Guildhall.Fabric;

/// <summary>A part of a question about signers: a signer who is needed, a signature policy by itself, or so many of other parts.</summary>
internal sealed class Node
{
    public static readonly Node Met = new();
    public static readonly Node Never = new();

    /// <summary>The principal's number; -1 where it is none.</summary>
    public int Principal { get; init; } = -1;

    /// <summary>The how manieth signer of the principal it is, from 1.</summary>
    public int Copy { get; init; }

    /// <summary>A signature policy that only trying tells about, and whose organizations no other one names.</summary>
    public PolicyRule? Policy { get; init; }

    /// <summary>How much of the parts is needed, by their weights.</summary>
    public int Needed { get; init; }

    public (Node Node, int Weight)[] Of { get; init; } = [];

    /// <summary>How many other nodes it is a part of.</summary>
    public int Parents { get; set; }

    /// <summary>Whether nothing in it is a part of something outside it. Such a node can be worked out by itself.</summary>
    public bool IsModule { get; set; }

    public bool IsLeaf => Principal >= 0 || Policy is not null;
}

/// <summary>Rules that must all be met, as one formula over signers who are not there yet. Parts that are the same are one node.</summary>
/// <remarks>
/// Where <see cref="IsExact"/>, a set of new signers meets the formula exactly when it meets the rules: no signer, new or present, can be taken by two
/// places of one signature policy. Such policies go through their signers in order and greedily, and what comes of that only trying tells.
/// </remarks>
internal sealed class Formula
{
    private readonly IReadOnlyList<Signer> present;
    private readonly Budget budget;
    private readonly ILookup<string, Signer> presentByOrganization;
    private readonly Dictionary<PolicyRule, SignatureUse> uses = [];
    private readonly Dictionary<PolicyRule, Node> built = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<(int Principal, int Copy), Node> leaves = [];
    private readonly Dictionary<string, int> policiesNaming = new(StringComparer.Ordinal);
    private readonly Dictionary<int, int> presentOf = [];
    private readonly HashSet<Node> thresholds = new(SameParts.Instance);

    public Formula(IReadOnlyCollection<PolicyRule> rules, IReadOnlyList<Signer> present, Budget budget)
    {
        (this.present, this.budget) = (present, budget);
        presentByOrganization = present.ToLookup(signer => signer.MspId, StringComparer.Ordinal);
        var seen = new HashSet<PolicyRule>(ReferenceEqualityComparer.Instance);
        foreach (var rule in rules)
        {
            Collect(rule, seen);
        }

        Root = Threshold(rules.Count, rules.Select(Build));
        if (!Root.IsLeaf)
        {
            CountParents(Root, []);
            FindModules(Root, new Dictionary<Node, Dictionary<Node, int>?>());
            Root.IsModule = true;
        }
    }

    public Principals Principals { get; } = new();

    public Node Root { get; }

    public bool IsExact { get; private set; } = true;

    /// <summary>Whether somebody with a role may stand for a member who needs none: sets that differ in nothing else are no different sets.</summary>
    public bool HasStandIns { get; private set; }

    /// <summary>Principals of which several signers are asked for.</summary>
    public IEnumerable<int> Repeated => leaves.Keys.Where(leaf => leaf.Copy > 1).Select(leaf => leaf.Principal).Distinct();

    /// <summary>The principal that every member of the other's organization is, where the rules name it.</summary>
    public int? MemberOf(PrincipalRule other)
    {
        foreach (var one in Principals.Of(other.MspId))
        {
            if (Principals[one].IsAnyMember)
            {
                return one;
            }
        }

        return null;
    }

    /// <summary>Principals whose signatures could be of use.</summary>
    public IEnumerable<int> Useful
    {
        get
        {
            var found = new HashSet<int>();
            AddUseful(Root, found, new HashSet<Node>(ReferenceEqualityComparer.Instance));
            return found;
        }
    }

    private void AddUseful(Node node, HashSet<int> found, HashSet<Node> seen)
    {
        if (!seen.Add(node))
        {
            return;
        }

        if (node.Principal >= 0)
        {
            found.Add(node.Principal);
        }
        else if (node.Policy is { } policy)
        {
            found.UnionWith(uses[policy].Principals);
        }

        foreach (var (part, _) in node.Of)
        {
            AddUseful(part, found, seen);
        }
    }

    private void Collect(PolicyRule rule, HashSet<PolicyRule> seen)
    {
        budget.Spend();
        if (!seen.Add(rule))
        {
            return;
        }

        if (rule is CountRule { OneEach: true } count)
        {
            foreach (var one in count.Of)
            {
                Collect(one, seen);
            }
        }
        else if (rule is not NeverRule)
        {
            ref var use = ref CollectionsMarshal.GetValueRefOrAddDefault(uses, rule, out var exists);
            if (!exists)
            {
                use = SignatureUse.Of(rule, Principals, presentByOrganization, budget);
                foreach (var organization in use.Organizations(Principals))
                {
                    CollectionsMarshal.GetValueRefOrAddDefault(policiesNaming, organization, out _)++;
                }
            }
        }
    }

    private Node Build(PolicyRule rule)
    {
        if (rule is NeverRule)
        {
            return Node.Never;
        }

        if (!built.TryGetValue(rule, out var node))
        {
            node = rule is CountRule { OneEach: true } count ? Threshold(count.Count, count.Of.Select(Build)) : Signature(rule);
            built[rule] = node;
        }

        return node;
    }

    private Node Signature(PolicyRule rule)
    {
        var use = uses[rule];
        if (use.Node is { } known)
        {
            return known;
        }

        if (use.IsEntangled && use.Organizations(Principals).All(organization => policiesNaming[organization] == 1))
        {
            return use.Node = Search.CanBeMet([rule], present, _ => true, budget) ? new Node { Policy = rule } : Node.Never;
        }

        IsExact &= !use.IsEntangled;
        return use.Node = Place(rule, use, rule is PrincipalRule ? null : new Dictionary<int, int>());
    }

    private Node Place(PolicyRule rule, SignatureUse use, Dictionary<int, int>? copies)
    {
        budget.Spend();
        switch (rule)
        {
            case PrincipalRule { IsOnChannel: true } principal:
                var number = Principals.NumberOf(principal);
                var isOnce = copies is null || (use.IsEntangled && principal.CertificatePem is not null);
                return Leaf(principal, number, isOnce ? 1 : ++CollectionsMarshal.GetValueRefOrAddDefault(copies!, number, out _));
            case CountRule count:
                return Threshold(count.Count, count.Of.Select(one => Place(one, use, copies)));
            default:
                return Node.Never;
        }
    }

    private Node Leaf(PrincipalRule principal, int number, int copy)
    {
        if (copy <= PresentOf(principal, number))
        {
            return Node.Met;
        }

        if (principal.CertificatePem is not null && copy > 1)
        {
            return Node.Never; // nobody can sign twice
        }

        if (!principal.IsAnyMember || Principals.Of(principal.MspId).Count == 1)
        {
            return Signer(number, copy);
        }

        if (copy > 1)
        {
            IsExact = false; // how many of the others serve as members too is not told by parts that count by themselves
            return Signer(number, copy);
        }

        HasStandIns = true;
        return Threshold(1, Principals.Of(principal.MspId).Select(one => Signer(one, 1)));
    }

    private Node Signer(int principal, int copy)
    {
        ref var node = ref CollectionsMarshal.GetValueRefOrAddDefault(leaves, (principal, copy), out _);
        return node ??= new Node { Principal = principal, Copy = copy, IsModule = true };
    }

    private int PresentOf(PrincipalRule principal, int number)
    {
        if (present.Count == 0)
        {
            return 0;
        }

        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(presentOf, number, out var exists);
        return exists ? count : count = presentByOrganization[principal.MspId].Count(principal.Fits);
    }

    private Node Threshold(int needed, IEnumerable<Node> of)
    {
        var weights = new Dictionary<Node, int>(ReferenceEqualityComparer.Instance);
        foreach (var one in of)
        {
            budget.Spend();
            if (one == Node.Met)
            {
                needed--;
            }
            else if (one != Node.Never)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(weights, one, out _)++;
            }
        }

        if (needed <= 0)
        {
            return Node.Met;
        }

        if (weights.Values.Sum() < needed)
        {
            return Node.Never;
        }

        if (weights.Count == 1)
        {
            return weights.Keys.Single();
        }

        var node = new Node { Needed = needed, Of = [.. weights.Select(one => (one.Key, Math.Min(one.Value, needed)))] };
        if (thresholds.TryGetValue(node, out var same))
        {
            return same;
        }

        thresholds.Add(node);
        return node;
    }

    private static void CountParents(Node node, HashSet<Node> seen)
    {
        foreach (var (part, _) in node.Of)
        {
            part.Parents++;
            if (part.Of.Length > 0 && seen.Add(part))
            {
                CountParents(part, seen);
            }
        }
    }

    /// <returns>The modules in it that are also parts of something outside, each with the number of those; null where that cannot be told.</returns>
    private Dictionary<Node, int>? FindModules(Node node, Dictionary<Node, Dictionary<Node, int>?> found)
    {
        if (found.TryGetValue(node, out var known))
        {
            return known;
        }

        var open = new Dictionary<Node, int>(ReferenceEqualityComparer.Instance);
        var canTell = true;
        foreach (var (part, _) in node.Of)
        {
            budget.Spend();
            var within = part.IsLeaf ? [] : FindModules(part, found);
            part.IsModule |= part.IsLeaf;
            if (part.IsModule)
            {
                Cover(open, part, 1);
                continue;
            }

            canTell &= part.Parents == 1 && within is not null;
            foreach (var (one, outside) in canTell ? within! : [])
            {
                budget.Spend();
                Cover(open, one, one.Parents - outside);
            }
        }

        node.IsModule = canTell && open.Count == 0;
        return found[node] = canTell ? open : null;
    }

    private static void Cover(Dictionary<Node, int> open, Node module, int edges)
    {
        if (!open.TryGetValue(module, out var left))
        {
            left = module.Parents;
        }

        if (left == edges)
        {
            open.Remove(module);
        }
        else
        {
            open[module] = left - edges;
        }
    }

    /// <summary>Thresholds are the same that need as much of the same parts.</summary>
    private sealed class SameParts : IEqualityComparer<Node>
    {
        public static readonly SameParts Instance = new();

        public bool Equals(Node? one, Node? other) => one!.Needed == other!.Needed && one.Of.AsSpan().SequenceEqual(other.Of);

        public int GetHashCode(Node node)
        {
            var hash = new HashCode();
            hash.Add(node.Needed);
            hash.Add(node.Of.Length);
            foreach (var (part, weight) in node.Of.AsSpan(0, Math.Min(node.Of.Length, 8)))
            {
                hash.Add(System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(part));
                hash.Add(weight);
            }

            return hash.ToHashCode();
        }
    }
}

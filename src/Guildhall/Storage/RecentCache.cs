using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Guildhall.Storage;

/// <summary>Remembers what was used lately, within a budget. Safe for concurrent use.</summary>
/// <remarks>
/// Two generations: when the young one has used half of the budget, the old one is forgotten and the young one becomes it. What is asked for in the
/// old one moves to the young one. So there is no list to keep in order, and a look costs no lock.
/// </remarks>
/// <param name="budget">In the unit of the weights.</param>
internal sealed class RecentCache<TKey, TValue>(long budget)
    where TKey : notnull
{
    private readonly Lock gate = new();
    private volatile Generations generations = new([], []);
    private long used;

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        var (young, old) = generations;
        if (young.TryGetValue(key, out var found))
        {
            value = found.Value;
            return true;
        }

        if (old.TryGetValue(key, out found))
        {
            value = found.Value;
            Set(key, found.Value, found.Weight);
            return true;
        }

        value = default;
        return false;
    }

    /// <summary>Remembers the value, unless it would take more than half of the budget by itself.</summary>
    public void Set(TKey key, TValue value, long weight = 1)
    {
        if (weight > budget / 2)
        {
            return;
        }

        if (Interlocked.Add(ref used, weight) > budget / 2)
        {
            lock (gate)
            {
                if (used > budget / 2)
                {
                    generations = new Generations([], generations.Young);
                    used = weight;
                }
            }
        }

        generations.Young[key] = (value, weight);
    }

    private sealed record Generations(
        ConcurrentDictionary<TKey, (TValue Value, long Weight)> Young, ConcurrentDictionary<TKey, (TValue Value, long Weight)> Old);
}

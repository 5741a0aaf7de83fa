namespace Guildhall.Identity;

/// <summary>
/// A queue in which takes turns who waits: first by the first part of its path, among those with the same first part by the second, and so on.
/// Whoever puts in a thousand items is served as often as whoever puts in one. Not safe for concurrent use.
/// </summary>
internal sealed class FairQueue<TKey, T>
    where TKey : notnull
{
    private readonly Dictionary<TKey, LinkedListNode<Part>> parts = [];
    private readonly LinkedList<Part> turns = new();
    private readonly LinkedList<T> items = new();

    /// <summary>All that waits, however deep.</summary>
    public int Count { get; private set; }

    /// <summary>What waits below the path.</summary>
    public int CountBelow(params ReadOnlySpan<TKey> path) =>
        path.IsEmpty ? Count : parts.TryGetValue(path[0], out var part) ? part.Value.Queue.CountBelow(path[1..]) : 0;

    /// <summary>Puts the item last among those with its whole path.</summary>
    /// <returns>Its place, to be <see cref="Remove"/>d from.</returns>
    public LinkedListNode<T> Add(T item, params ReadOnlySpan<TKey> path)
    {
        Count++;
        if (path.IsEmpty)
        {
            return items.AddLast(item);
        }

        if (!parts.TryGetValue(path[0], out var part))
        {
            part = turns.AddLast(new Part(path[0], new FairQueue<TKey, T>()));
            parts.Add(path[0], part);
        }

        return part.Value.Queue.Add(item, path[1..]);
    }

    public void Remove(LinkedListNode<T> place, params ReadOnlySpan<TKey> path)
    {
        Count--;
        if (path.IsEmpty)
        {
            items.Remove(place);
            return;
        }

        var part = parts[path[0]];
        part.Value.Queue.Remove(place, path[1..]);
        ForgetEmpty(part);
    }

    /// <summary>Takes out whose turn it is. Something must wait.</summary>
    public T Take()
    {
        Count--;
        if (turns.First is not { } part)
        {
            var first = items.First!;
            items.RemoveFirst();
            return first.Value;
        }

        turns.RemoveFirst();
        turns.AddLast(part);
        var item = part.Value.Queue.Take();
        ForgetEmpty(part);
        return item;
    }

    /// <summary>How much waits below the first part of a path below which most does.</summary>
    public int Most() => turns.Count == 0 ? 0 : turns.Max(part => part.Queue.Count);

    /// <summary>Takes out what came last of those of whom most wait. Something must wait.</summary>
    public T TakeFromMost()
    {
        Count--;
        if (turns.Count == 0)
        {
            var last = items.Last!;
            items.RemoveLast();
            return last.Value;
        }

        var part = parts[turns.MaxBy(one => one.Queue.Count)!.Key];
        var item = part.Value.Queue.TakeFromMost();
        ForgetEmpty(part);
        return item;
    }

    private void ForgetEmpty(LinkedListNode<Part> part)
    {
        if (part.Value.Queue.Count == 0)
        {
            parts.Remove(part.Value.Key);
            turns.Remove(part);
        }
    }

    private sealed record Part(TKey Key, FairQueue<TKey, T> Queue);
}

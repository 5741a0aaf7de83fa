using System.Runtime.InteropServices;

namespace Guildhall.Identity;

/// <summary>Failures per key, forgotten after an hour without one. Nothing is forgotten earlier, whatever else fails. Not safe for concurrent use.</summary>
/// <remarks>
/// Where the table is full, further keys share cells that are chosen by chance: they may be counted with others then, and are never counted too
/// low. Cells hold nobody up for long.
/// </remarks>
internal sealed class FailureCounts(int capacity)
{
    private const int Cells = 16 * 1024;

    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);
    private static readonly TimeSpan BetweenTidyings = TimeSpan.FromMinutes(1);

    private readonly Dictionary<(NetworkPrefix From, ulong Name), Count> counts = [];
    private Count[]? shared;
    private DateTimeOffset tidiedAt;

    /// <summary>The key's failures as they count now.</summary>
    public Count Find(NetworkPrefix from, ulong name, DateTimeOffset now)
    {
        if (counts.TryGetValue((from, name), out var count))
        {
            return Forget(count, now);
        }

        return shared is null ? default : Forget(shared[CellOf(from, name)], now);
    }

    public void Add(NetworkPrefix from, ulong name, DateTimeOffset now) => Set(from, name, Find(from, name, now).Failures + 1, now);

    /// <summary>Has the key count at least as many failures, the last of them now.</summary>
    public void Raise(NetworkPrefix from, ulong name, int failures, DateTimeOffset now) =>
        Set(from, name, Math.Max(failures, Find(from, name, now).Failures), now);

    public void Clear(NetworkPrefix from, ulong name) => counts.Remove((from, name));

    private static Count Forget(Count count, DateTimeOffset now) => now - count.LastAt < Memory ? count : default;

    private static int CellOf(NetworkPrefix from, ulong name) => (HashCode.Combine(from, name) & int.MaxValue) % Cells;

    private void Set(NetworkPrefix from, ulong name, int failures, DateTimeOffset now)
    {
        var count = new Count(failures, now, IsShared: false);
        if (counts.ContainsKey((from, name)) || HasRoom(now))
        {
            counts[(from, name)] = count;
        }
        else
        {
            (shared ??= new Count[Cells])[CellOf(from, name)] = count with { IsShared = true };
        }
    }

    private bool HasRoom(DateTimeOffset now)
    {
        if (counts.Count < capacity)
        {
            return true;
        }

        if ((now - tidiedAt).Duration() < BetweenTidyings)
        {
            return false;
        }

        tidiedAt = now;
        foreach (var (key, count) in counts)
        {
            if (now - count.LastAt >= Memory)
            {
                counts.Remove(key);
            }
        }

        return counts.Count < capacity;
    }

    /// <param name="IsShared">Perhaps not of this key alone.</param>
    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Count(int Failures, DateTimeOffset LastAt, bool IsShared)
    {
        /// <summary>What both keys count, as if it were one.</summary>
        public Count Plus(Count other) => new(
            Failures + other.Failures, LastAt > other.LastAt ? LastAt : other.LastAt, IsShared || other.IsShared);
    }
}

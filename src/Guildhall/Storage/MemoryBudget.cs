namespace Guildhall.Storage;

/// <summary>How the memory that the process may use is shared out among what would grow with its callers otherwise.</summary>
/// <param name="Limit">What there is, in bytes: for the runtime's heap, where a limit is set for the process; otherwise the machine's.</param>
public sealed record MemoryBudget(long Limit)
{
    private const long Megabyte = 1024 * 1024;

    /// <summary>This process's.</summary>
    public static MemoryBudget OfProcess { get; } = new(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    /// <summary>For bodies of lists that are remembered; as much again for those that are being made or read.</summary>
    public long Lists => Math.Clamp(Limit / 12, 2 * Megabyte, 64 * Megabyte);

    /// <summary>For the pages that all connections for reading keep of a SQLite file, which the runtime does not see.</summary>
    public long ReaderPages => Math.Clamp(Limit / 16, 8 * Megabyte, 64 * Megabyte);

    /// <summary>For all that SQLite keeps in memory. It makes do with it, and goes beyond only where it must.</summary>
    public long Sqlite => Math.Clamp(Limit / 6, 32 * Megabyte, 256 * Megabyte);
}

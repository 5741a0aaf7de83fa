namespace Guildhall.Storage;

/// <summary>The marks that shared transactions leave, so that one whose commit nobody heard of can be asked after.</summary>
internal static class CommitRows
{
    private const int RowsPerPruning = 1000;

    private const string Add = "INSERT INTO commits (id) VALUES (@id) ON CONFLICT (id) DO NOTHING";

    /// <summary>How long a mark is kept: much longer than anyone asks after it.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);

    /// <summary>A new mark. Marks are in the order of their time.</summary>
    public static string NewId(DateTimeOffset now) => $"{Time(now)}-{Guid.NewGuid():n}";

    /// <summary>Leaves the mark with the transaction.</summary>
    public static void Queue(IStatements statements, string id) => _ = statements.QueueAsync(Add, [[("id", id)]], default);

    /// <summary>Leaves the mark in the place of the transaction; false when the transaction has left it. Waits for one that is still on its way.</summary>
    public static async Task<bool> TryAddAsync(Session session, string id) => await session.ExecuteAsync(Add, [("id", id)]) == 1;

    /// <summary>Drops old marks, a thousand at most.</summary>
    public static void QueuePruning(IStatements statements, DateTimeOffset now) => _ = statements.QueueAsync(
        $"DELETE FROM commits WHERE id IN (SELECT id FROM commits WHERE id < @old ORDER BY id LIMIT {RowsPerPruning})", [[("old", Time(now - Kept))]], default);

    private static string Time(DateTimeOffset time) => $"{time.ToUnixTimeMilliseconds():x12}";
}

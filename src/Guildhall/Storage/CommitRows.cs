namespace Guildhall.Storage;

/// <summary>The marks that shared transactions leave, so that one whose commit nobody heard of can be asked after.</summary>
internal static class CommitRows
{
    private const int RowsPerPruning = 1000;

    /// <summary>How long a mark is kept: much longer than anyone asks after it.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);

    /// <summary>A new mark. Marks are in the order of their time.</summary>
    public static string NewId(DateTimeOffset now) => $"{Time(now)}-{Guid.NewGuid():n}";

    /// <summary>Leaves the mark with the transaction.</summary>
    public static void Queue(IStatements statements, string id) => _ = statements.QueueAsync("INSERT INTO commits (id) VALUES (@id)", [[("id", id)]], default);

    /// <summary>Whether the transaction has left the mark. Leaves it in its place where not, and waits for one that is still on its way.</summary>
    /// <remarks>
    /// It writes the row in any case: a commit is only waited for where something is written, and this one cannot be on a standby before the one that left
    /// the mark. A row that was there before has an <c>xmax</c>.
    /// </remarks>
    public static Task<bool> ConfirmAsync(Session session, string id) => session.FindAsync(
        "INSERT INTO commits (id) VALUES (@id) ON CONFLICT (id) DO UPDATE SET id = excluded.id RETURNING xmax <> 0", row => row.GetBoolean(0), [("id", id)]);

    /// <summary>Drops old marks, a thousand at most.</summary>
    public static void QueuePruning(IStatements statements, DateTimeOffset now) => _ = statements.QueueAsync(
        $"DELETE FROM commits WHERE id IN (SELECT id FROM commits WHERE id < @old ORDER BY id LIMIT {RowsPerPruning})", [[("old", Time(now - Kept))]], default);

    private static string Time(DateTimeOffset time) => $"{time.ToUnixTimeMilliseconds():x12}";
}

namespace Guildhall.Storage;

/// <summary>Keyed requests, and what they were answered. Keys are a project's; those of forms for what belongs to no project are a user's, whose id is kept in its place.</summary>
internal static class RequestRows
{
    private const int RowsPerPruning = 500;

    /// <summary>Remembers the answer; false when the key was used within the last day.</summary>
    public static Task<bool> TryAddAsync(
        this Transaction transaction, string accountId, string keysOf, KeyedRequest request, string answer, CancellationToken cancellationToken) =>
        transaction.TryChangeAsync(
            """
            INSERT INTO requests (project_id, key, fingerprint, answer, at, account_id) VALUES (@project, @key, @fingerprint, @answer, @at, @account)
            ON CONFLICT (project_id, key) DO UPDATE SET fingerprint = excluded.fingerprint, answer = excluded.answer, at = excluded.at
            WHERE requests.at <= @forgotten
            """,
            [
                ("project", keysOf), ("key", request.Key), ("fingerprint", request.Fingerprint), ("answer", answer), ("at", request.At),
                ("forgotten", request.Forgotten), ("account", accountId),
            ],
            cancellationToken);

    /// <summary>When the first of the account's newest so many keys was used, of those of the last day; null where it has not so many.</summary>
    public static Task<DateTimeOffset?> FindOldestKeyAsync(
        this Session session, string accountId, int newest, KeyedRequest request, CancellationToken cancellationToken) =>
        session.FindAsync<DateTimeOffset?>(
            "SELECT at FROM requests WHERE account_id = @account AND at > @forgotten ORDER BY at DESC LIMIT 1 OFFSET @others",
            row => row.Time(0),
            [("account", accountId), ("forgotten", request.Forgotten), ("others", newest - 1)],
            cancellationToken);

    /// <summary>Whether the key was used within the last day.</summary>
    public static async Task<bool> IsTakenAsync(this Session session, string keysOf, KeyedRequest request, CancellationToken cancellationToken) =>
        await session.CountAsync(
            "SELECT count(*) FROM requests WHERE project_id = @project AND key = @key AND at > @forgotten",
            [("project", keysOf), ("key", request.Key), ("forgotten", request.Forgotten)],
            cancellationToken) > 0;

    /// <summary>What was sent with the key within the last day, and the answer to it.</summary>
    /// <remarks>
    /// It writes the row as it is: a commit is only waited for where something is written, and this one cannot be on a standby before the one
    /// that recorded the answer.
    /// </remarks>
    public static Task<(string Fingerprint, string Answer)?> ConfirmAnswerAsync(
        this Transaction transaction, string keysOf, KeyedRequest request, CancellationToken cancellationToken) =>
        transaction.FindAsync<(string, string)?>(
            """
            UPDATE requests SET answer = answer WHERE project_id = @project AND key = @key AND at > @forgotten
            RETURNING fingerprint, answer
            """,
            row => (row.Text(0), row.Text(1)),
            [("project", keysOf), ("key", request.Key), ("forgotten", request.Forgotten)],
            cancellationToken);

    /// <summary>Drops requests of this time and before, the oldest first, five hundred at most.</summary>
    public static Task PruneRequestsAsync(this Transaction transaction, DateTimeOffset forgotten, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            $"""
            DELETE FROM requests WHERE (project_id, key) IN
                (SELECT project_id, key FROM requests WHERE at <= @forgotten ORDER BY at LIMIT {RowsPerPruning})
            """,
            [("forgotten", forgotten)],
            cancellationToken);
}

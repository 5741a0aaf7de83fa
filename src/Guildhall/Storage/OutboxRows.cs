using System.Data.Common;
using Guildhall.Memberships;
using Guildhall.Operations;
using Guildhall.Outbox;

namespace Guildhall.Storage;

internal static class OutboxRows
{
    private const string Columns = "id, inviter_service_id, membership_id, operation_project, operation_id, work, attempt, due_at";

    /// <summary>Leaves work for the worker, in the transaction of the change that asks for it.</summary>
    public static Task EnqueueAsync(
        this Transaction transaction, WorkKind kind, Membership membership, Operation operation, DateTimeOffset now, CancellationToken cancellationToken)
    {
        transaction.LeavesWork = true;
        return transaction.ExecuteAsync(
            $"INSERT INTO outbox ({Columns}) VALUES (@id, @service, @membership, @project, @operation, @work, 0, @due)",
            [
                ("id", Guid.CreateVersion7(now).ToString()), ("service", membership.Inviter.ServiceId), ("membership", membership.Id),
                ("project", operation.ProjectId), ("operation", operation.Id), ("work", Text(kind)), ("due", now),
            ],
            cancellationToken);
    }

    /// <summary>Work whose time has come, longest due first.</summary>
    public static Task<List<QueuedWork>> ListDueAsync(this Session session, DateTimeOffset now, int limit, CancellationToken cancellationToken) =>
        session.QueryAsync(
            $"SELECT {Columns} FROM outbox WHERE due_at <= @now ORDER BY due_at, id LIMIT @limit",
            Read,
            [("now", now), ("limit", limit)],
            cancellationToken);

    /// <summary>When the next piece of work is due; null when there is none.</summary>
    public static Task<DateTimeOffset?> FindNextDueAsync(this Session session, CancellationToken cancellationToken) =>
        session.FindAsync("SELECT min(due_at) FROM outbox", row => row.TimeOrNull(0), cancellationToken: cancellationToken);

    public static Task<QueuedWork?> FindWorkAsync(this Session session, Membership membership, CancellationToken cancellationToken) =>
        session.FindAsync(
            $"SELECT {Columns} FROM outbox WHERE inviter_service_id = @service AND membership_id = @membership",
            Read,
            [("service", membership.Inviter.ServiceId), ("membership", membership.Id)],
            cancellationToken);

    /// <summary>Makes all work due now, also what waits after a failure: the network has changed.</summary>
    public static Task MakeDueAsync(this Transaction transaction, DateTimeOffset now, CancellationToken cancellationToken)
    {
        transaction.LeavesWork = true;
        return transaction.ExecuteAsync("UPDATE outbox SET due_at = @now", [("now", now)], cancellationToken);
    }

    /// <summary>Puts the work off; false when it was taken back, or made due anew, meanwhile.</summary>
    public static async Task<bool> PutOffAsync(
        this Transaction transaction, QueuedWork work, int attempt, DateTimeOffset due, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            "UPDATE outbox SET attempt = @attempt, due_at = @due WHERE id = @id AND due_at = @was",
            [("attempt", attempt), ("due", due), ("id", work.Id), ("was", work.DueAt)],
            cancellationToken) == 1;

    /// <summary>Takes the work out of the queue; false when it was taken back meanwhile.</summary>
    public static async Task<bool> SettleAsync(this Transaction transaction, QueuedWork work, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("DELETE FROM outbox WHERE id = @id", [("id", work.Id)], cancellationToken) == 1;

    private static string Text(WorkKind kind) => kind.ToString().ToLowerInvariant();

    private static QueuedWork Read(DbDataReader row) => new(
        row.Text(0),
        row.Text(1),
        row.Text(2),
        row.Text(3),
        row.Text(4),
        Enum.Parse<WorkKind>(row.Text(5), ignoreCase: true),
        (int)row.GetInt64(6),
        row.Time(7));
}

using System.Data.Common;
using Guildhall.Memberships;
using Guildhall.Operations;
using Guildhall.Outbox;

namespace Guildhall.Storage;

internal static class OutboxRows
{
    private const string Columns =
        "id, inviter_service_id, membership_id, operation_project, operation_id, work, attempt, due_at, claimed_by, claimed_until";

    /// <summary>Leaves work for the worker, in the transaction of the change that asks for it.</summary>
    public static Task EnqueueAsync(
        this Transaction transaction, WorkKind kind, Membership membership, Operation operation, DateTimeOffset now, CancellationToken cancellationToken)
    {
        transaction.LeavesWork = true;
        return transaction.QueueAsync(
            $"INSERT INTO outbox ({Columns}) VALUES (@id, @service, @membership, @project, @operation, @work, 0, @due, '', 0)",
            [[
                ("id", Guid.CreateVersion7(now).ToString()), ("service", membership.Inviter.ServiceId), ("membership", membership.Id),
                ("project", operation.ProjectId), ("operation", operation.Id), ("work", Text(kind)), ("due", now),
            ]],
            cancellationToken);
    }

    /// <summary>Work whose time has come and that no worker holds, longest due first.</summary>
    /// <param name="busy">Whose work is left alone for now.</param>
    public static Task<List<QueuedWork>> ListDueAsync(this Session session, DateTimeOffset now, int limit, BusyOwners busy, CancellationToken cancellationToken)
    {
        List<(string Name, object? Value)> parameters = [("now", now), ("limit", limit)];
        var notTheirs = busy.Services.Count == 0 ? "" : $" AND inviter_service_id NOT IN ({Session.In("service", busy.Services, parameters)})";
        notTheirs += busy.Projects.Count == 0 ? "" : $" AND operation_project NOT IN ({Session.In("project", busy.Projects, parameters)})";
        return session.QueryAsync(
            $"SELECT {Columns} FROM outbox WHERE due_at <= @now AND claimed_until <= @now{notTheirs} ORDER BY due_at, id LIMIT @limit",
            Read,
            [.. parameters],
            cancellationToken);
    }

    /// <summary>Claims what of the work is still due and held by no worker; whoever claims second gets what is left.</summary>
    public static async Task<List<QueuedWork>> ClaimAsync(
        this Transaction transaction, IReadOnlyList<QueuedWork> due, string claim, DateTimeOffset now, CancellationToken cancellationToken)
    {
        List<(string Name, object? Value)> parameters = [("claim", claim), ("now", now), ("until", now + Lease.Length)];
        var ids = Session.In("id", [.. due.Select(work => work.Id)], parameters);
        var claimed = await transaction.QueryAsync(
            $"""
            UPDATE outbox SET claimed_by = @claim, claimed_until = @until
            WHERE  id IN ({ids}) AND due_at <= @now AND claimed_until <= @now
            RETURNING {Columns}
            """,
            Read,
            [.. parameters],
            cancellationToken);
        claimed.Sort((one, other) => (one.DueAt, one.Id).CompareTo((other.DueAt, other.Id)));
        return claimed;
    }

    /// <summary>When the next piece of work after that time is due; null when there is none.</summary>
    public static Task<DateTimeOffset?> FindNextDueAsync(this Session session, DateTimeOffset after, CancellationToken cancellationToken) =>
        session.FindAsync("SELECT min(due_at) FROM outbox WHERE due_at > @after", row => row.TimeOrNull(0), [("after", after)], cancellationToken);

    public static Task<QueuedWork?> FindWorkAsync(this Session session, Membership membership, CancellationToken cancellationToken) =>
        session.FindAsync(
            $"SELECT {Columns} FROM outbox WHERE inviter_service_id = @service AND membership_id = @membership",
            Read,
            [("service", membership.Inviter.ServiceId), ("membership", membership.Id)],
            cancellationToken);

    /// <summary>All work on memberships of the inviter's service.</summary>
    public static Task<List<QueuedWork>> ListWorkAsync(this Session session, string inviterServiceId, CancellationToken cancellationToken) =>
        session.QueryAsync($"SELECT {Columns} FROM outbox WHERE inviter_service_id = @service", Read, [("service", inviterServiceId)], cancellationToken);

    /// <summary>Makes all work due now, also what waits after a failure or is being worked on: the network has changed.</summary>
    public static Task MakeDueAsync(this Transaction transaction, DateTimeOffset now, CancellationToken cancellationToken)
    {
        transaction.LeavesWork = true;
        return transaction.ChangeAllAsync("UPDATE outbox SET due_at = @now, claimed_by = '', claimed_until = 0", [[("now", now)]], cancellationToken);
    }

    /// <summary>Makes the operation's work due now: what it waits for has come. An attempt that is being made does not put it off any more.</summary>
    /// <remarks>Work that is due already gets another time all the same, by which <see cref="PutOffAsync"/> sees it.</remarks>
    public static Task MakeDueAsync(this Transaction transaction, string inviterServiceId, string operationId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        transaction.LeavesWork = true;
        return transaction.ChangeAllAsync(
            "UPDATE outbox SET due_at = CASE WHEN due_at <= @now THEN due_at - 1 ELSE @now END WHERE inviter_service_id = @service AND operation_id = @operation",
            [[("now", now), ("service", inviterServiceId), ("operation", operationId)]],
            cancellationToken);
    }

    /// <summary>Sees to it that the operation's work is not taken back before the transaction ends; false when it was already, and nobody asks for the change any more.</summary>
    public static Task<bool> TryHoldWorkAsync(this Transaction transaction, string inviterServiceId, string operationId, CancellationToken cancellationToken) =>
        transaction.TryChangeAsync(
            "UPDATE outbox SET attempt = attempt WHERE inviter_service_id = @service AND operation_id = @operation",
            [("service", inviterServiceId), ("operation", operationId)],
            cancellationToken);

    /// <summary>Holds the work for another lease; false when the claim on it is lost.</summary>
    public static Task<bool> RenewAsync(this Transaction transaction, QueuedWork work, DateTimeOffset now, CancellationToken cancellationToken) =>
        transaction.TryChangeAsync(
            "UPDATE outbox SET claimed_until = @until WHERE id = @id AND claimed_by = @claim",
            [("until", now + Lease.Length), ("id", work.Id), ("claim", work.ClaimedBy)],
            cancellationToken);

    /// <summary>Goes on with the work after a success, and holds it for another lease; false when the claim on it is lost.</summary>
    public static Task<bool> GoOnAsync(this Transaction transaction, QueuedWork work, DateTimeOffset now, CancellationToken cancellationToken) =>
        transaction.TryChangeAsync(
            "UPDATE outbox SET attempt = 0, claimed_until = @until WHERE id = @id AND claimed_by = @claim",
            [("until", now + Lease.Length), ("id", work.Id), ("claim", work.ClaimedBy)],
            cancellationToken);

    /// <summary>Puts the work off, for whichever worker comes then, unless it was made due meanwhile; false when the claim on it is lost.</summary>
    public static Task<bool> PutOffAsync(
        this Transaction transaction, QueuedWork work, int attempt, DateTimeOffset due, CancellationToken cancellationToken)
    {
        transaction.LeavesWork = true; // whoever made it due has woken the workers while nobody could take it
        return transaction.TryChangeAsync(
            """
            UPDATE outbox SET attempt = @attempt, due_at = CASE WHEN due_at = @claimed THEN @due ELSE due_at END, claimed_by = '', claimed_until = 0
            WHERE  id = @id AND claimed_by = @claim
            """,
            [("attempt", attempt), ("claimed", work.DueAt), ("due", due), ("id", work.Id), ("claim", work.ClaimedBy)],
            cancellationToken);
    }

    /// <summary>Leaves the work to others, as it is; false when the claim on it is lost, so that they have it already.</summary>
    public static Task<bool> ReleaseAsync(this Transaction transaction, QueuedWork work, CancellationToken cancellationToken) =>
        transaction.TryChangeAsync(
            "UPDATE outbox SET claimed_by = '', claimed_until = 0 WHERE id = @id AND claimed_by = @claim",
            [("id", work.Id), ("claim", work.ClaimedBy)],
            cancellationToken);

    /// <summary>Drops every claim. Only whoever has the store alone may: then those that are left are of workers that are gone.</summary>
    public static Task ReleaseAllAsync(this Transaction transaction, CancellationToken cancellationToken) =>
        transaction.ChangeAllAsync("UPDATE outbox SET claimed_by = '', claimed_until = 0 WHERE claimed_by <> ''", [[]], cancellationToken);

    /// <summary>Takes the work out of the queue; false when it was taken out, or claimed by another, meanwhile.</summary>
    public static Task<bool> SettleAsync(this Transaction transaction, QueuedWork work, CancellationToken cancellationToken) =>
        transaction.TryChangeAsync("DELETE FROM outbox WHERE id = @id AND claimed_by = @claim", [("id", work.Id), ("claim", work.ClaimedBy)], cancellationToken);

    /// <summary>Takes the work back from whoever is at it: what it works on goes away. A worker notices, because its next write finds nothing of its own.</summary>
    /// <exception cref="StaleRowException">Some of it is done meanwhile.</exception>
    public static Task TakeBackAsync(this Transaction transaction, IReadOnlyCollection<QueuedWork> all, CancellationToken cancellationToken) =>
        transaction.ChangeEachAsync("DELETE FROM outbox WHERE id = @id", [.. all.Select(work => ((string, object?)[])[("id", work.Id)])], cancellationToken);

    private static string Text(WorkKind kind) => kind.ToString().ToLowerInvariant();

    private static QueuedWork Read(DbDataReader row) => new(
        row.Text(0),
        row.Text(1),
        row.Text(2),
        row.Text(3),
        row.Text(4),
        Enum.Parse<WorkKind>(row.Text(5), ignoreCase: true),
        (int)row.GetInt64(6),
        row.Time(7),
        row.Text(8),
        row.Time(9));
}

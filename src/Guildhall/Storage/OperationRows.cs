using System.Data.Common;
using System.Text.Json;
using Guildhall.Operations;

namespace Guildhall.Storage;

/// <summary>Which operations a list shows; null means all.</summary>
public sealed record OperationFilter(string? ServiceId = null, OperationStatus? Status = null, OperationType? Type = null, string? Id = null)
{
    /// <summary>Whether it may leave out most of what it looks at.</summary>
    internal bool IsNarrow => ServiceId is not null || Status is not null || Type is not null || Id is not null;
}

/// <summary>An operation's place in the order of its project's. It never changes.</summary>
public sealed record OperationPlace(DateTimeOffset RecordedAt, string Id);

internal static class OperationRows
{
    private const string Columns = "id, type, account_id, project_id, service_id, service_name, cluster_type, status, description, steps, recorded_at";

    /// <summary>The ids' numbers tell apart what was recorded within a millisecond. An index has this order.</summary>
    private const string Order = "recorded_at, substr(id, 13), id";

    private const string Descending = "recorded_at DESC, substr(id, 13) DESC, id DESC";

    private const string AfterPlace = "(recorded_at, substr(id, 13), id) > (@afterTime, substr(@afterId, 13), @afterId)";

    private const string UpToPlace = "(recorded_at, substr(id, 13), id) <= (@upToTime, substr(@upToId, 13), @upToId)";

    private const string FromPlace = "(recorded_at, substr(id, 13), id) >= (@fromTime, substr(@fromId, 13), @fromId)";

    /// <summary>The operation's place; null where the project has none of that id.</summary>
    public static async Task<OperationPlace?> FindOperationPlaceAsync(this Session session, string projectId, string id, CancellationToken cancellationToken) =>
        await session.FindOperationAsync(projectId, id, cancellationToken) is { } operation ? PlaceOf(operation) : null;

    /// <summary>The next of the project's operations, oldest first.</summary>
    /// <param name="after">The place of the last one that was seen; null to begin.</param>
    /// <param name="limit">At most this many.</param>
    public static async Task<Piece<Operation, OperationPlace>> ReadOperationsAsync(
        this Session session, string projectId, OperationFilter filter, OperationPlace? after, int limit, CancellationToken cancellationToken)
    {
        var reached = filter is { IsNarrow: true, Id: null } ? await session.FindPlaceAsync(projectId, after, Order, Reach.Rows - 1, cancellationToken) : null;
        var conditions = Narrow(projectId, filter);
        AddPlace(conditions, AfterPlace, "after", after);
        AddPlace(conditions, UpToPlace, "upTo", reached);
        var found = await session.QueryAsync(
            $"""
            SELECT {Columns}
            FROM   operations
            WHERE  project_id = @project{conditions.Sql}
            ORDER BY {Order} LIMIT @limit
            """,
            Read,
            [.. conditions.Parameters, ("limit", limit + 1)],
            cancellationToken);
        return Piece<Operation, OperationPlace>.Cut(found, limit, PlaceOf, reached);
    }

    /// <summary>A page of the project's newest operations, newest first; those beyond <see cref="Reach"/> are on no page.</summary>
    /// <param name="from">The oldest that is looked at; null for all.</param>
    public static Task<List<Operation>> ListNewestOperationsAsync(
        this Session session, string projectId, OperationFilter filter, OperationPlace? from, int skip, int limit, CancellationToken cancellationToken)
    {
        var conditions = Narrow(projectId, filter);
        AddPlace(conditions, FromPlace, "from", from);
        return session.QueryAsync(
            $"""
            SELECT {Columns}
            FROM   operations
            WHERE  project_id = @project{conditions.Sql}
            ORDER BY {Descending} LIMIT @limit OFFSET @skip
            """,
            Read,
            [.. conditions.Parameters, ("limit", limit), ("skip", skip)],
            cancellationToken);
    }

    /// <summary>The place of the oldest operation that is within <see cref="Reach"/> of the newest; null where all are.</summary>
    public static Task<OperationPlace?> FindOldestInReachAsync(this Session session, string projectId, CancellationToken cancellationToken) =>
        session.FindPlaceAsync(projectId, null, Descending, Reach.Rows, cancellationToken);

    /// <summary>How many operations the filter shows of the project's oldest, as far as <see cref="Reach"/> goes; and whether these are all there are.</summary>
    public static async Task<Counted> CountOperationsAsync(this Session session, string projectId, OperationFilter filter, CancellationToken cancellationToken)
    {
        var reached = filter is { IsNarrow: true, Id: null } ? await session.FindPlaceAsync(projectId, null, Order, Reach.Rows - 1, cancellationToken) : null;
        var conditions = Narrow(projectId, filter);
        AddPlace(conditions, UpToPlace, "upTo", reached);
        return await session.CountAsync(conditions, reached is not null, cancellationToken);
    }

    /// <summary>The same of the project's newest.</summary>
    /// <param name="from">The oldest that is looked at; null for all.</param>
    public static Task<Counted> CountNewestOperationsAsync(
        this Session session, string projectId, OperationFilter filter, OperationPlace? from, CancellationToken cancellationToken)
    {
        var conditions = Narrow(projectId, filter);
        AddPlace(conditions, FromPlace, "from", from);
        return session.CountAsync(conditions, from is not null, cancellationToken);
    }

    private static async Task<Counted> CountAsync(this Session session, Conditions conditions, bool isCutOff, CancellationToken cancellationToken)
    {
        var count = await session.CountAsync(
            $"SELECT count(*) FROM (SELECT 1 FROM operations WHERE project_id = @project{conditions.Sql} LIMIT @limit) AS counted",
            [.. conditions.Parameters, ("limit", Reach.Rows + 1)],
            cancellationToken);
        return Counted.Of(count, isCutOff);
    }

    /// <summary>The place so many rows further on in the order; null where there are not so many.</summary>
    private static Task<OperationPlace?> FindPlaceAsync(
        this Session session, string projectId, OperationPlace? after, string order, int further, CancellationToken cancellationToken)
    {
        var conditions = new Conditions(("project", projectId));
        AddPlace(conditions, AfterPlace, "after", after);
        return session.FindAsync(
            $"SELECT recorded_at, id FROM operations WHERE project_id = @project{conditions.Sql} ORDER BY {order} LIMIT 1 OFFSET @further",
            row => new OperationPlace(row.Time(0), row.Text(1)),
            [.. conditions.Parameters, ("further", further)],
            cancellationToken);
    }

    private static Conditions Narrow(string projectId, OperationFilter filter)
    {
        var conditions = new Conditions(("project", projectId));
        conditions.Add("service", "service_id = @service", filter.ServiceId);
        conditions.Add("status", "status = @status", filter.Status is { } status ? Text(status) : null);
        conditions.Add("type", "type = @type", filter.Type is { } type ? OperationIds.CodeOf(type) : null);
        conditions.Add("id", "id = @id", filter.Id);
        return conditions;
    }

    private static void AddPlace(Conditions conditions, string condition, string name, OperationPlace? place)
    {
        if (place is not null)
        {
            conditions.Add(condition, (name + "Time", place.RecordedAt), (name + "Id", place.Id));
        }
    }

    private static OperationPlace PlaceOf(Operation operation) => new(operation.RecordedAt, operation.Id);

    public static Task<Operation?> FindOperationAsync(this Session session, string projectId, string id, CancellationToken cancellationToken) =>
        session.FindAsync(
            $"SELECT {Columns} FROM operations WHERE project_id = @project AND id = @id", Read, [("project", projectId), ("id", id)], cancellationToken);

    public static Task<List<Operation>> FindOperationsAsync(
        this Session session, IReadOnlyCollection<(string ProjectId, string Id)> which, CancellationToken cancellationToken) =>
        session.QueryEachAsync(
            $"SELECT {Columns} FROM operations WHERE project_id = @project AND id = @id",
            Read,
            [.. which.Select(one => ((string, object?)[])[("project", one.ProjectId), ("id", one.Id)])],
            cancellationToken);

    /// <summary>The id with the highest number, so that ids go on rising after a restart. Of each type the last is looked up: an id begins with its type.</summary>
    public static async Task<string?> FindLastOperationIdAsync(this Session session, CancellationToken cancellationToken)
    {
        var last = await session.QueryEachAsync(
            "SELECT id FROM operations WHERE id > @first AND id < @end ORDER BY id DESC LIMIT 1",
            row => row.Text(0),
            [.. Enum.GetValues<OperationType>().Select(OperationIds.PrefixOf).Select(prefix => ((string, object?)[])[("first", prefix), ("end", prefix + ":")])], // behind the digits
            cancellationToken);
        return last.MaxBy(OperationIds.NumberOf);
    }

    public static Task AddAsync(this Transaction transaction, Operation operation, CancellationToken cancellationToken) =>
        transaction.QueueAsync(
            $"""
            INSERT INTO operations ({Columns})
            VALUES (@id, @type, @account, @project, @service, @serviceName, @clusterType, @status, @description, @steps, @recorded)
            """,
            [[
                ("id", operation.Id), ("type", OperationIds.CodeOf(operation.Type)), ("account", operation.AccountId), ("project", operation.ProjectId),
                ("service", operation.ServiceId), ("serviceName", operation.ServiceName), ("clusterType", operation.ClusterType),
                ("status", Text(operation.Status)), ("description", operation.Description), ("steps", Steps(operation)), ("recorded", operation.RecordedAt),
            ]],
            cancellationToken);

    public static Task SaveAsync(this Transaction transaction, Operation operation, CancellationToken cancellationToken) =>
        transaction.QueueAsync(
            "UPDATE operations SET status = @status, steps = @steps WHERE project_id = @project AND id = @id",
            [[("status", Text(operation.Status)), ("steps", Steps(operation)), ("project", operation.ProjectId), ("id", operation.Id)]],
            cancellationToken);

    private static string Text(OperationStatus status) => status.ToString().ToLowerInvariant();

    private static string Steps(Operation operation) => JsonSerializer.Serialize(operation.Steps, StoredJson.Readable.ImmutableArrayOperationStep);

    private static Operation Read(DbDataReader row) => new(
        row.Text(0),
        Enum.GetValues<OperationType>().Single(type => OperationIds.CodeOf(type) == row.Text(1)),
        row.Text(2),
        row.Text(3),
        row.Text(4),
        row.Text(5),
        row.Text(6),
        Enum.Parse<OperationStatus>(row.Text(7), ignoreCase: true),
        row.Text(8),
        JsonSerializer.Deserialize(row.Text(9), StoredJson.Readable.ImmutableArrayOperationStep),
        row.Time(10));
}

using System.Data.Common;
using System.Text.Json;
using Guildhall.Operations;

namespace Guildhall.Storage;

/// <summary>Which operations a list shows; null means all.</summary>
public sealed record OperationFilter(
    string? ServiceId = null, OperationStatus? Status = null, OperationType? Type = null, string? Id = null, string? After = null, int? Limit = null);

internal static class OperationRows
{
    private const string Columns = "id, type, account_id, project_id, service_id, service_name, cluster_type, status, description, steps, recorded_at";

    /// <summary>The ids' numbers tell apart what was recorded within a millisecond.</summary>
    private const string Order = "recorded_at, substr(id, 13), id";

    private const string Filters =
        """
               AND (CAST(@service AS text) IS NULL OR service_id = @service)
               AND (CAST(@status AS text) IS NULL OR status = @status)
               AND (CAST(@type AS text) IS NULL OR type = @type)
               AND (CAST(@id AS text) IS NULL OR id = @id)
        """;

    /// <summary>The project's operations, oldest first.</summary>
    public static Task<List<Operation>> ListOperationsAsync(
        this Session session, string projectId, OperationFilter filter, CancellationToken cancellationToken) =>
        session.QueryAsync(
            $"""
            SELECT {Columns}
            FROM   operations
            WHERE  project_id = @project
            {Filters}
                   AND (CAST(@after AS text) IS NULL
                        OR ({Order}) > (SELECT {Order} FROM operations WHERE project_id = @project AND id = @after))
            ORDER BY {Order} LIMIT @limit
            """,
            Read,
            [.. Parameters(projectId, filter), ("after", filter.After), ("limit", filter.Limit ?? int.MaxValue)],
            cancellationToken);

    /// <summary>A page of the project's operations, newest first.</summary>
    public static Task<List<Operation>> ListNewestOperationsAsync(
        this Session session, string projectId, OperationFilter filter, int skip, int limit, CancellationToken cancellationToken) =>
        session.QueryAsync(
            $"""
            SELECT {Columns}
            FROM   operations
            WHERE  project_id = @project
            {Filters}
            ORDER BY recorded_at DESC, substr(id, 13) DESC, id DESC LIMIT @limit OFFSET @skip
            """,
            Read,
            [.. Parameters(projectId, filter), ("limit", limit), ("skip", skip)],
            cancellationToken);

    /// <summary>How many operations the filter shows on all its pages.</summary>
    public static Task<long> CountOperationsAsync(
        this Session session, string projectId, OperationFilter filter, CancellationToken cancellationToken) =>
        session.CountAsync(
            $"""
            SELECT count(*)
            FROM   operations
            WHERE  project_id = @project
            {Filters}
            """,
            Parameters(projectId, filter),
            cancellationToken);

    public static Task<Operation?> FindOperationAsync(this Session session, string projectId, string id, CancellationToken cancellationToken) =>
        session.FindAsync(
            $"SELECT {Columns} FROM operations WHERE project_id = @project AND id = @id", Read, [("project", projectId), ("id", id)], cancellationToken);

    /// <summary>The id with the highest number, so that ids go on rising after a restart.</summary>
    public static Task<string?> FindLastOperationIdAsync(this Session session, CancellationToken cancellationToken) =>
        session.FindAsync<string?>(
            "SELECT id FROM operations ORDER BY substr(id, 13) DESC LIMIT 1", row => row.Text(0), cancellationToken: cancellationToken);

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

    private static (string Name, object? Value)[] Parameters(string projectId, OperationFilter filter) =>
    [
        ("project", projectId), ("service", filter.ServiceId), ("status", filter.Status is { } status ? Text(status) : null),
        ("type", filter.Type is { } type ? OperationIds.CodeOf(type) : null), ("id", filter.Id),
    ];

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

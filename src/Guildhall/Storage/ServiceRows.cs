using System.Collections.Immutable;
using System.Data.Common;
using System.Text.Json;
using Guildhall.Memberships;
using Guildhall.Services;

namespace Guildhall.Storage;

internal static class ServiceRows
{
    private const int InvitersPerQuery = 100;

    private const string Columns =
        """
        id, account_id, account_name, project_id, name, blockchain_type, consensus, sign_algorithm, edition, fabric_version,
        is_invitee, database_type, cluster_type, trusted_computing, created_at, deleted_at, organizations
        """;

    /// <summary>The project's services, oldest first; deleted ones do not exist.</summary>
    public static Task<List<Service>> ListServicesAsync(this Session session, string projectId, CancellationToken cancellationToken) =>
        session.QueryAsync(
            $"SELECT {Columns} FROM services WHERE project_id = @project AND deleted_at IS NULL ORDER BY created_at, id",
            Read,
            [("project", projectId)],
            cancellationToken);

    /// <summary>A page of them.</summary>
    /// <param name="after">The id of the last service already seen, or null for the first page.</param>
    public static Task<List<Service>> ListServicesAsync(
        this Session session, string projectId, string? after, int? limit, CancellationToken cancellationToken) =>
        session.QueryAsync(
            $"""
            SELECT {Columns}
            FROM   services
            WHERE  project_id = @project AND deleted_at IS NULL
                   AND (CAST(@after AS text) IS NULL OR (created_at, id) > (SELECT created_at, id FROM services WHERE project_id = @project AND id = @after))
            ORDER BY created_at, id LIMIT @limit
            """,
            Read,
            [("project", projectId), ("after", after), ("limit", limit ?? int.MaxValue)],
            cancellationToken);

    public static async Task<int> CountServicesAsync(this Session session, string projectId, CancellationToken cancellationToken) =>
        (int)await session.CountAsync(
            "SELECT count(*) FROM services WHERE project_id = @project AND deleted_at IS NULL", [("project", projectId)], cancellationToken);

    /// <summary>The names of the project's services, of which it has as many as its quota allows.</summary>
    public static Task<List<string>> ListServiceNamesAsync(this Session session, string projectId, CancellationToken cancellationToken) =>
        session.QueryAsync(
            "SELECT name FROM services WHERE project_id = @project AND deleted_at IS NULL", row => row.Text(0), [("project", projectId)], cancellationToken);

    public static Task<Service?> FindServiceAsync(this Session session, string projectId, string id, CancellationToken cancellationToken) =>
        session.FindAsync(
            $"SELECT {Columns} FROM services WHERE project_id = @project AND id = @id AND deleted_at IS NULL",
            Read,
            [("project", projectId), ("id", id)],
            cancellationToken);

    /// <summary>The service even when it is deleted: what it invited can still be cleaned up and read about.</summary>
    public static Task<Service?> FindServiceEvenDeletedAsync(this Session session, string projectId, string id, CancellationToken cancellationToken) =>
        session.FindAsync(
            $"SELECT {Columns} FROM services WHERE project_id = @project AND id = @id",
            Read,
            [("project", projectId), ("id", id)],
            cancellationToken);

    /// <summary>The service with its channels, those it has joined among them; null where the project has none of that id.</summary>
    public static async Task<ServiceView?> FindServiceViewAsync(this Session session, string projectId, string id, CancellationToken cancellationToken) =>
        await session.FindServiceAsync(projectId, id, cancellationToken) is { } service ? await session.ViewOfAsync(service, cancellationToken) : null;

    /// <summary>The service's channels, those it has joined among them.</summary>
    public static async Task<ServiceView> ViewOfAsync(this Session session, Service service, CancellationToken cancellationToken) => new(
        service,
        await session.ListChannelsAsync(service.Id, cancellationToken),
        await session.ListServedByServiceAsync(service.Id, cancellationToken));

    /// <summary>The services that the parties invite with, deleted ones included, by id.</summary>
    public static async Task<Dictionary<string, Service>> FindInvitersAsync(
        this Session session, IReadOnlyCollection<Party> inviters, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, Service>();
        foreach (var some in inviters.Chunk(InvitersPerQuery))
        {
            var keys = string.Join(", ", some.Select((_, i) => $"(@project{i}, @id{i})"));
            (string Name, object? Value)[] parameters =
                [.. some.SelectMany((inviter, i) => ((string, object?)[])[($"project{i}", inviter.ProjectId), ($"id{i}", inviter.ServiceId)])];
            foreach (var service in await session.QueryAsync(
                $"WITH inviters (project_id, id) AS (VALUES {keys}) SELECT {Columns} FROM inviters JOIN services USING (project_id, id)",
                Read,
                parameters,
                cancellationToken))
            {
                found[service.Id] = service;
            }
        }

        return found;
    }

    public static Task AddAsync(this Transaction transaction, Service service, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            $"""
            INSERT INTO services ({Columns})
            VALUES (@id, @account_id, @account_name, @project_id, @name, @blockchain_type, @consensus, @sign_algorithm, @edition, @fabric_version,
                    @is_invitee, @database_type, @cluster_type, @trusted_computing, @created_at, @deleted_at, @organizations)
            """,
            [
                ("id", service.Id),
                ("account_id", service.AccountId),
                ("account_name", service.AccountName),
                ("project_id", service.ProjectId),
                ("name", service.Name),
                ("blockchain_type", service.Traits.BlockchainType),
                ("consensus", service.Traits.Consensus),
                ("sign_algorithm", service.Traits.SignAlgorithm),
                ("edition", (int)service.Traits.Edition),
                ("fabric_version", service.Traits.FabricVersion),
                ("is_invitee", service.IsInvitee),
                ("database_type", service.DatabaseType),
                ("cluster_type", service.ClusterType),
                ("trusted_computing", service.TrustedComputing),
                ("created_at", service.CreatedAt),
                ("deleted_at", service.DeletedAt),
                ("organizations", Json(service.Organizations)),
            ],
            cancellationToken);

    /// <summary>Writes what can change of a service: its organizations, and that it is deleted.</summary>
    public static Task SaveAsync(this Transaction transaction, Service service, CancellationToken cancellationToken) =>
        transaction.ChangeAsync(
            "UPDATE services SET organizations = @organizations, deleted_at = @deleted WHERE project_id = @project AND id = @id",
            [("organizations", Json(service.Organizations)), ("deleted", service.DeletedAt), ("project", service.ProjectId), ("id", service.Id)],
            cancellationToken);

    public static Task<List<Channel>> ListChannelsAsync(this Session session, string serviceId, CancellationToken cancellationToken) =>
        session.QueryAsync(
            "SELECT name, description, created_at, peers FROM channels WHERE service_id = @service ORDER BY created_at, name",
            ReadChannel,
            [("service", serviceId)],
            cancellationToken);

    /// <summary>The channels of all of the project's services by name, in the order in which each service's are listed.</summary>
    public static Task<List<(string ServiceId, string Name)>> ListChannelNamesAsync(this Session session, string projectId, CancellationToken cancellationToken) =>
        session.QueryAsync(
            """
            SELECT s.id, c.name
            FROM   services s
            JOIN   channels c ON c.service_id = s.id
            WHERE  s.project_id = @project AND s.deleted_at IS NULL
            ORDER BY c.created_at, c.name
            """,
            row => (row.Text(0), row.Text(1)),
            [("project", projectId)],
            cancellationToken);

    /// <summary>The names of the channels that the project's services serve as invitees; each once.</summary>
    public static Task<List<string>> ListServedChannelNamesAsync(this Session session, string projectId, CancellationToken cancellationToken) =>
        session.QueryAsync(
            """
            SELECT DISTINCT m.channel_name
            FROM   services s
            JOIN   memberships m ON m.invitee_service_id = s.id
            WHERE  s.project_id = @project AND s.deleted_at IS NULL AND m.invitee_service_id <> '' AND m.state IN ('joining', 'agreed', 'quitting')
            """,
            row => row.Text(0),
            [("project", projectId)],
            cancellationToken);

    public static Task<Channel?> FindChannelAsync(this Session session, string serviceId, string name, CancellationToken cancellationToken) =>
        session.FindAsync(
            "SELECT name, description, created_at, peers FROM channels WHERE service_id = @service AND name = @name",
            ReadChannel,
            [("service", serviceId), ("name", name)],
            cancellationToken);

    public static Task AddAsync(this Transaction transaction, string serviceId, Channel channel, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            "INSERT INTO channels (service_id, name, description, created_at, peers) VALUES (@service, @name, @description, @created, @peers)",
            [
                ("service", serviceId), ("name", channel.Name), ("description", channel.Description),
                ("created", channel.CreatedAt), ("peers", Json(channel.Peers)),
            ],
            cancellationToken);

    public static Task SaveAsync(this Transaction transaction, string serviceId, Channel channel, CancellationToken cancellationToken) =>
        transaction.ChangeAsync(
            "UPDATE channels SET peers = @peers WHERE service_id = @service AND name = @name",
            [("peers", Json(channel.Peers)), ("service", serviceId), ("name", channel.Name)],
            cancellationToken);

    public static async Task RemoveChannelAsync(this Transaction transaction, string serviceId, string name, CancellationToken cancellationToken)
    {
        await transaction.ForgetWatchedAsync(serviceId, name, cancellationToken);
        await transaction.ExecuteAsync(
            "DELETE FROM channels WHERE service_id = @service AND name = @name", [("service", serviceId), ("name", name)], cancellationToken);
    }

    private static string Json(ImmutableArray<Organization> organizations) =>
        JsonSerializer.Serialize(organizations, StoredJson.Readable.ImmutableArrayOrganization);

    private static ImmutableArray<Organization> Organizations(string json) =>
        JsonSerializer.Deserialize(json, StoredJson.Readable.ImmutableArrayOrganization);

    private static Channel ReadChannel(DbDataReader row) => new(row.Text(0), row.Text(1), row.Time(2), Organizations(row.Text(3)));

    private static Service Read(DbDataReader row) => new(
        row.Text(0),
        row.Text(1),
        row.Text(2),
        row.Text(3),
        row.Text(4),
        new Traits(row.Text(5), row.Text(6), row.Text(7), (Edition)row.GetInt64(8), row.Text(9)),
        row.Flag(10),
        row.Text(11),
        row.Text(12),
        row.Flag(13),
        row.Time(14),
        row.TimeOrNull(15),
        Organizations(row.Text(16)));
}

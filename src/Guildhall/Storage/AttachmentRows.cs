using System.Data.Common;
using System.Text.Json;
using Guildhall.Fabric;
using Guildhall.Memberships;
using Guildhall.Networks;

namespace Guildhall.Storage;

internal static class AttachmentRows
{
    /// <summary>What the service is on its network; null when it is attached to none.</summary>
    public static async Task<Attachment?> FindAttachmentAsync(this Session session, string serviceId, CancellationToken cancellationToken)
    {
        var found = await session.FindAsync<Attachment>(
            "SELECT profile, attached_at FROM attachments WHERE service_id = @service",
            row => new Attachment(serviceId, row.Text(0), row.Time(1), []),
            [("service", serviceId)],
            cancellationToken);
        if (found is null)
        {
            return null;
        }

        var organizations = await session.QueryAsync(
            "SELECT name, msp, administrator, client, proven_at FROM attached_organizations WHERE service_id = @service ORDER BY name",
            ReadOrganization,
            [("service", serviceId)],
            cancellationToken);
        var withKey = await session.FindDataKeysAsync(organizations.SelectMany(one => (HeldIdentity?[])[one.Administrator, one.Client]), cancellationToken);
        return found with { Organizations = [.. organizations.Select(one => one with { Administrator = withKey(one.Administrator), Client = withKey(one.Client) })] };
    }

    /// <summary>The MSPs by which the services' organizations are attached, by the service's id and the organization's name. One statement for all of them.</summary>
    public static async Task<Dictionary<(string ServiceId, string Name), MspDefinition>> FindMspsAsync(
        this Session session, IEnumerable<string> serviceIds, CancellationToken cancellationToken)
    {
        var found = await session.QueryEachAsync(
            "SELECT service_id, name, msp FROM attached_organizations WHERE service_id = @service",
            row => (Key: (row.Text(0), row.Text(1)), Msp: MspDefinition.FromBytes(Convert.FromBase64String(row.Text(2)))),
            [.. serviceIds.Distinct(StringComparer.Ordinal).Select(service => ((string, object?)[])[("service", service)])],
            cancellationToken);
        return found.ToDictionary(one => one.Key, one => one.Msp);
    }

    /// <summary>Attaches the service, in place of what it was attached to before. What is signed without being asked stays as it was said, and what was seen of its channels stays known until they are looked at: they may be another network's.</summary>
    /// <returns>The attachment with what is proven of it.</returns>
    public static async Task<Attachment> SaveAsync(this Transaction transaction, Attachment attachment, CancellationToken cancellationToken)
    {
        await transaction.ForgetWatchedAsync(attachment.ServiceId, channelName: null, cancellationToken);
        var proven = await transaction.ListProvenAsync(attachment.ServiceId, cancellationToken);
        await transaction.ExecuteAsync("DELETE FROM attached_organizations WHERE service_id = @service", [("service", attachment.ServiceId)], cancellationToken);
        var kept = attachment with { Organizations = [.. attachment.Organizations.Select(organization => organization with { ProvenAt = ProvenAt(organization) })] };
        await transaction.ExecuteAsync(
            """
            INSERT INTO attachments (service_id, profile, attached_at) VALUES (@service, @profile, @at)
            ON CONFLICT (service_id) DO UPDATE SET profile = excluded.profile, attached_at = excluded.attached_at
            """,
            [("service", attachment.ServiceId), ("profile", attachment.Profile), ("at", attachment.AttachedAt)],
            cancellationToken);
        await transaction.QueueAsync(
            """
            INSERT INTO attached_organizations (service_id, name, msp_id, msp, administrator, client, proven_at)
            VALUES (@service, @name, @msp_id, @msp, @administrator, @client, @proven)
            """,
            [.. kept.Organizations.Select(organization => ParametersOf(attachment.ServiceId, organization))],
            cancellationToken);
        return kept;

        // A key that is kept was looked at just now; what was proven before stays so for as long as the MSP is the same.
        DateTimeOffset? ProvenAt(AttachedOrganization organization) =>
            organization.ProvenAt
            ?? proven.Where(one => one.Msp.Equals(organization.Msp)).Select(one => (DateTimeOffset?)one.At).FirstOrDefault()
            ?? (organization.Administrator is null ? null : attachment.AttachedAt);
    }

    /// <summary>Sees to it that the service stays attached as it is until the transaction ends; false when it is so no longer.</summary>
    public static Task<bool> TryHoldAttachmentAsync(this Transaction transaction, Attachment attachment, CancellationToken cancellationToken) =>
        transaction.TryChangeAsync(
            "UPDATE attachments SET attached_at = attached_at WHERE service_id = @service AND attached_at = @at",
            [("service", attachment.ServiceId), ("at", attachment.AttachedAt)],
            cancellationToken);

    /// <summary>The organizations that the service has attached whose administrator's key was not seen, among those of the names.</summary>
    public static async Task<List<string>> ListUnprovenAsync(this Session session, string serviceId, IEnumerable<string> names, CancellationToken cancellationToken) =>
        [.. (await session.QueryAsync(
            "SELECT name, msp_id FROM attached_organizations WHERE service_id = @service AND proven_at IS NULL ORDER BY name",
            row => (Name: row.Text(0), MspId: row.Text(1)),
            [("service", serviceId)],
            cancellationToken)).Where(one => names.Contains(one.Name)).Select(one => one.MspId)];

    private static Task<List<(MspDefinition Msp, DateTimeOffset At)>> ListProvenAsync(this Session session, string serviceId, CancellationToken cancellationToken) =>
        session.QueryAsync(
            "SELECT msp, proven_at FROM attached_organizations WHERE service_id = @service AND proven_at IS NOT NULL",
            row => (MspDefinition.FromBytes(Convert.FromBase64String(row.Text(0))), row.Time(1)),
            [("service", serviceId)],
            cancellationToken);

    /// <summary>Forgets what the service is on its network, if it is attached.</summary>
    public static async Task DetachAsync(this Transaction transaction, string serviceId, CancellationToken cancellationToken)
    {
        await transaction.ForgetWatchedAsync(serviceId, channelName: null, cancellationToken);
        await transaction.ForgetAutomaticAsync(serviceId, cancellationToken);
        await transaction.UnbindAsync(serviceId, cancellationToken);
        await transaction.ExecuteAsync("DELETE FROM attached_organizations WHERE service_id = @service", [("service", serviceId)], cancellationToken);
        await transaction.ExecuteAsync("DELETE FROM attachments WHERE service_id = @service", [("service", serviceId)], cancellationToken);
    }

    /// <summary>Takes the keys of a service that is deleted. Its MSPs stay for as long as they are still to be taken out of channels.</summary>
    public static async Task TakeKeysAsync(this Transaction transaction, Party deleted, CancellationToken cancellationToken)
    {
        await transaction.ChangeAllAsync(
            "UPDATE attached_organizations SET administrator = NULL, client = NULL WHERE service_id = @service", [[("service", deleted.ServiceId)]], cancellationToken);
        await transaction.DetachIfGoneAsync(deleted, cancellationToken);
    }

    /// <summary>Detaches a service that is deleted and has nothing left to leave.</summary>
    public static async Task DetachIfGoneAsync(this Transaction transaction, Party party, CancellationToken cancellationToken)
    {
        var isGone = await transaction.CountAsync(
            """
            SELECT count(*) FROM services
            WHERE  project_id = @project AND id = @service AND deleted_at IS NOT NULL
                   AND NOT EXISTS (SELECT 1 FROM memberships WHERE invitee_service_id = @service AND invitee_service_id <> '' AND state = 'quitting')
            """,
            [("project", party.ProjectId), ("service", party.ServiceId)],
            cancellationToken);
        if (isGone > 0)
        {
            await transaction.DetachAsync(party.ServiceId, cancellationToken);
        }
    }

    /// <summary>Writes identities whose keys were sealed anew.</summary>
    public static Task SaveIdentitiesAsync(
        this Transaction transaction, string serviceId, string name, HeldIdentity? administrator, HeldIdentity? client, CancellationToken cancellationToken) =>
        transaction.ChangeAsync(
            "UPDATE attached_organizations SET administrator = @administrator, client = @client WHERE service_id = @service AND name = @name",
            [("administrator", Json(administrator)), ("client", Json(client)), ("service", serviceId), ("name", name)],
            cancellationToken);

    private static (string Name, object? Value)[] ParametersOf(string serviceId, AttachedOrganization organization) =>
    [
        ("service", serviceId),
        ("name", organization.Name),
        ("msp_id", organization.Msp.MspId),
        ("msp", Convert.ToBase64String(organization.Msp.ToBytes())),
        ("administrator", Json(organization.Administrator)),
        ("client", Json(organization.Client)),
        ("proven", organization.ProvenAt),
    ];

    private static string? Json(HeldIdentity? identity) => identity is null ? null : JsonSerializer.Serialize(identity, StoredJson.Readable.HeldIdentity);

    internal static HeldIdentity? Identity(string? json) => json is null ? null : JsonSerializer.Deserialize(json, StoredJson.Readable.HeldIdentity);

    private static AttachedOrganization ReadOrganization(DbDataReader row) => new(
        row.Text(0), MspDefinition.FromBytes(Convert.FromBase64String(row.Text(1))), Identity(row.TextOrNull(2)), Identity(row.TextOrNull(3)))
    {
        ProvenAt = row.TimeOrNull(4),
    };
}

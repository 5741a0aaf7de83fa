using System.Collections.Immutable;
using System.Data.Common;
using Guildhall.Fabric;
using Guildhall.Memberships;
using Guildhall.Networks;

namespace Guildhall.Storage;

/// <summary>An organization that takes part in a channel, by whom it was attached, and who signs for it here.</summary>
/// <param name="IsDisabled">Whether its account is, and signs nothing.</param>
internal sealed record ChannelSigner(string MspId, string ServiceId, string AccountId, string AccountName, string ProjectId, bool IsDisabled, HeldIdentity? Administrator);

internal static class SignatureRequestRows
{
    private const string Columns = "project_id, id, inviter_service_id, operation_id, channel_name, msp_id, round, state, signature, reason, asked_at, answered_at, approved_digest, held_back";

    private const string Reason = "m.inviter_account_name, m.inviter_service_name, m.invitee_account_name, CASE WHEN m.leave_operation_id = r.operation_id THEN 1 ELSE 0 END";

    private const string Answer =
        """
        UPDATE signature_requests
        SET    project_id = @project, state = @state, signature = @signature, reason = @reason, answered_at = @answered, approved_digest = @approved, held_back = @held
        WHERE  inviter_service_id = @service AND operation_id = @operation AND msp_id = @msp AND id = @id AND round = @round
               AND state = @wasState AND coalesce(answered_at, 0) = @wasAnswered AND coalesce(approved_digest, '') = @wasApproved
               AND coalesce(signature, '') = @wasSignature
        """;

    /// <summary>The organizations on the channel by who holds them: the inviter what it has attached and proven, members what they came with.</summary>
    /// <remarks>Of members that joined before possession had to be proven, those that show a client's key at least.</remarks>
    public static async Task<List<ChannelSigner>> ListSignersAsync(this Session session, Membership membership, CancellationToken cancellationToken)
    {
        var own = await session.QueryAsync(
            """
            SELECT o.msp_id, o.service_id, @account, @name, @project, a.disabled_at, o.administrator
            FROM   attached_organizations o
            LEFT   JOIN accounts a ON a.id = @account
            WHERE  o.service_id = @service AND o.proven_at IS NOT NULL
            """,
            ReadSigner,
            [
                ("account", membership.Inviter.AccountId), ("name", membership.Inviter.AccountName), ("project", membership.Inviter.ProjectId),
                ("service", membership.Inviter.ServiceId),
            ],
            cancellationToken);
        var members = await session.QueryAsync(
            """
            SELECT o.msp_id, o.service_id, m.invitee_account_id, m.invitee_account_name, m.invitee_project_id, a.disabled_at, o.administrator
            FROM   memberships m
            JOIN   attached_organizations o ON o.service_id = m.invitee_service_id
            JOIN   held_organizations h ON h.inviter_service_id = m.inviter_service_id AND h.channel_name = m.channel_name AND h.msp_id = o.msp_id AND h.membership_id = m.id
            LEFT   JOIN accounts a ON a.id = m.invitee_account_id
            WHERE  m.inviter_service_id = @service AND m.channel_name = @channel AND m.removed_at IS NULL AND m.invitee_service_id <> ''
                   AND m.state IN ('agreed', 'quitting') AND (o.proven_at IS NOT NULL OR o.client IS NOT NULL)
            """,
            ReadSigner,
            [("service", membership.Inviter.ServiceId), ("channel", membership.ChannelName)],
            cancellationToken);
        var withKey = await session.FindDataKeysAsync(own.Concat(members).Select(signer => signer.Administrator), cancellationToken);
        return [.. own.Concat(members).DistinctBy(signer => signer.MspId).Select(signer => signer with { Administrator = withKey(signer.Administrator) })];
    }

    /// <summary>Everyone who was asked about the change.</summary>
    public static Task<List<SignatureRequest>> ListRequestsAsync(
        this Session session, string inviterServiceId, string operationId, CancellationToken cancellationToken) =>
        session.QueryAsync(
            $"SELECT {Columns} FROM signature_requests WHERE inviter_service_id = @service AND operation_id = @operation ORDER BY msp_id",
            Read,
            [("service", inviterServiceId), ("operation", operationId)],
            cancellationToken);

    /// <summary>What the project is, or was, asked to sign: what waits first, then the newest.</summary>
    public static async Task<List<SignatureRequest>> ListRequestsAsync(this Session session, string projectId, int limit, CancellationToken cancellationToken)
    {
        var waiting = await ListAsync("=", limit);
        return waiting.Count == limit ? waiting : [.. waiting, .. await ListAsync("<>", limit - waiting.Count)];

        Task<List<SignatureRequest>> ListAsync(string comparison, int most) => session.QueryAsync(
            $"SELECT {Columns} FROM signature_requests WHERE project_id = @project AND state {comparison} 'waiting' ORDER BY id DESC LIMIT @limit",
            Read,
            [("project", projectId), ("limit", most)],
            cancellationToken);
    }

    /// <summary>A page of what the project is, or was, asked to sign: what waits first, then the newest, each with the membership that it is for.</summary>
    /// <param name="from">The id of the oldest that is looked at; null for all.</param>
    public static Task<List<(SignatureRequest Request, ChangeReason? For)>> ListAskedAsync(
        this Session session, string projectId, string? from, int skip, int limit, CancellationToken cancellationToken)
    {
        const string InOrder = "CASE state WHEN 'waiting' THEN 0 ELSE 1 END, id DESC";
        var conditions = Narrow(projectId, from);
        return session.QueryAsync(
            $"""
            SELECT {string.Join(", ", Columns.Split(", ").Select(column => "r." + column))}, {Reason}
            FROM   (SELECT {Columns} FROM signature_requests WHERE project_id = @project{conditions.Sql} ORDER BY {InOrder} LIMIT @limit OFFSET @skip) r
            LEFT JOIN memberships m ON m.inviter_service_id = r.inviter_service_id AND (m.join_operation_id = r.operation_id OR m.leave_operation_id = r.operation_id)
            ORDER BY CASE r.state WHEN 'waiting' THEN 0 ELSE 1 END, r.id DESC
            """,
            row => (Read(row), row.TextOrNull(14) is null ? null : ReadReason(row, 14)),
            [.. conditions.Parameters, ("limit", limit), ("skip", skip)],
            cancellationToken);
    }

    /// <param name="from">The id of the oldest that is looked at; null for all.</param>
    public static async Task<Counted> CountAskedAsync(this Session session, string projectId, bool onlyWaiting, string? from, CancellationToken cancellationToken)
    {
        var conditions = Narrow(projectId, from);
        conditions.Add("state", "state = @state", onlyWaiting ? "waiting" : null);
        var count = await session.CountAsync(
            $"SELECT count(*) FROM (SELECT id FROM signature_requests WHERE project_id = @project{conditions.Sql} LIMIT @limit) AS counted",
            [.. conditions.Parameters, ("limit", Reach.Rows + 1)],
            cancellationToken);
        return Counted.Of(count, from is not null);
    }

    /// <summary>The id of the oldest request that is within <see cref="Reach"/> of the newest; null where all are.</summary>
    public static Task<string?> FindOldestAskedInReachAsync(this Session session, string projectId, CancellationToken cancellationToken) =>
        session.FindAsync<string?>(
            "SELECT id FROM signature_requests WHERE project_id = @project ORDER BY id DESC LIMIT 1 OFFSET @further",
            row => row.Text(0),
            [("project", projectId), ("further", Reach.Rows)],
            cancellationToken);

    /// <summary>The membership that an operation's change of the channel is for.</summary>
    public static Task<ChangeReason?> FindReasonAsync(this Session session, string inviterServiceId, string operationId, CancellationToken cancellationToken) =>
        session.FindAsync<ChangeReason>(
            $"""
            SELECT {Reason}
            FROM   memberships m
            JOIN   (SELECT @operation AS operation_id) r ON m.join_operation_id = r.operation_id OR m.leave_operation_id = r.operation_id
            WHERE  m.inviter_service_id = @service
            """,
            row => ReadReason(row, 0),
            [("service", inviterServiceId), ("operation", operationId)],
            cancellationToken);

    public static Task<SignatureRequest?> FindRequestAsync(this Session session, string projectId, string id, CancellationToken cancellationToken) =>
        session.FindAsync<SignatureRequest>(
            $"SELECT {Columns} FROM signature_requests WHERE project_id = @project AND id = @id", Read, [("project", projectId), ("id", id)], cancellationToken);

    /// <summary>The certificates, in PEM, of the organization's administrators whose keys the project's services keep here.</summary>
    public static Task<List<string>> ListKeptCertificatesAsync(this Session session, string projectId, string mspId, CancellationToken cancellationToken) =>
        session.QueryAsync(
            """
            SELECT o.administrator FROM services s JOIN attached_organizations o ON o.service_id = s.id
            WHERE  s.project_id = @project AND s.deleted_at IS NULL AND o.msp_id = @msp AND o.administrator IS NOT NULL
            """,
            row => AttachmentRows.Identity(row.Text(0))!.CertificatePem,
            [("project", projectId), ("msp", mspId)],
            cancellationToken);

    /// <summary>Asks, in place of what the organization was asked in an earlier round. The transaction has seen that one.</summary>
    public static Task AskAsync(this Transaction transaction, SignatureRequest request, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            $"""
            INSERT INTO signature_requests ({Columns})
            VALUES (@project, @id, @service, @operation, @channel, @msp, @round, @state, @signature, @reason, @asked, @answered, @approved, @held)
            ON CONFLICT (inviter_service_id, operation_id, msp_id) DO UPDATE
            SET project_id = excluded.project_id, round = excluded.round, state = excluded.state, signature = excluded.signature, reason = excluded.reason,
                asked_at = excluded.asked_at, answered_at = excluded.answered_at, approved_digest = excluded.approved_digest, held_back = excluded.held_back
            """,
            [
                ("project", request.ProjectId), ("id", request.Id), ("service", request.InviterServiceId), ("operation", request.OperationId),
                ("channel", request.ChannelName), ("msp", request.MspId), ("round", request.Round), ("state", Text(request.State)),
                ("signature", Text(request.Signatures)), ("reason", request.Reason),
                ("asked", request.AskedAt), ("answered", request.AnsweredAt), ("approved", request.ApprovedDigest), ("held", request.HeldBack),
            ],
            cancellationToken);

    /// <summary>Writes the answer, or that the request is closed.</summary>
    /// <exception cref="StaleRowException">It was answered, closed or asked anew after <paramref name="before"/> was read.</exception>
    public static Task SaveAsync(this Transaction transaction, SignatureRequest before, SignatureRequest after, CancellationToken cancellationToken) =>
        transaction.ChangeAsync(Answer, AnswerOf(before, after), cancellationToken);

    /// <summary>The same, where somebody may answer for themselves meanwhile: then it returns the request as it is now, and what they have said stays.</summary>
    public static async Task<SignatureRequest> SaveOrFindAsync(
        this Transaction transaction, SignatureRequest before, SignatureRequest after, CancellationToken cancellationToken) =>
        await transaction.TryChangeAsync(Answer, AnswerOf(before, after), cancellationToken)
            ? after
            : await transaction.FindRequestAsync(before.ProjectId, before.Id, cancellationToken) ?? before;

    private static (string Name, object? Value)[] AnswerOf(SignatureRequest before, SignatureRequest after) =>
    [
        ("project", after.ProjectId), ("state", Text(after.State)), ("signature", Text(after.Signatures)), ("reason", after.Reason),
        ("answered", after.AnsweredAt), ("approved", after.ApprovedDigest), ("held", after.HeldBack), ("service", before.InviterServiceId), ("operation", before.OperationId),
        ("msp", before.MspId), ("id", before.Id), ("round", before.Round), ("wasState", Text(before.State)), ("wasAnswered", before.AnsweredAt ?? DateTimeOffset.UnixEpoch),
        ("wasApproved", before.ApprovedDigest ?? ""), ("wasSignature", Text(before.Signatures) ?? ""),
    ];

    private static Conditions Narrow(string projectId, string? from)
    {
        var conditions = new Conditions(("project", projectId));
        conditions.Add("from", "id >= @from", from);
        return conditions;
    }

    /// <summary>In base64, one after the other with spaces between them; null for none.</summary>
    private static string? Text(ImmutableArray<UpdateSignature> signatures) =>
        signatures.IsEmpty ? null : string.Join(' ', signatures.Select(signature => Convert.ToBase64String(signature.ToBytes())));

    private static ImmutableArray<UpdateSignature> Signatures(string? text) =>
        [.. (text?.Split(' ') ?? []).Select(one => UpdateSignature.FromBytes(Convert.FromBase64String(one)))];

    private static string Text(SignatureState state) => state.ToString().ToLowerInvariant();

    private static ChangeReason ReadReason(DbDataReader row, int from) => new(row.Text(from), row.Text(from + 1), row.Text(from + 2), row.GetInt32(from + 3) == 1);

    private static ChannelSigner ReadSigner(DbDataReader row) => new(
        row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4), !row.IsDBNull(5), AttachmentRows.Identity(row.TextOrNull(6)));

    private static SignatureRequest Read(DbDataReader row) => new(
        row.Text(0),
        row.Text(1),
        row.Text(2),
        row.Text(3),
        row.Text(4),
        row.Text(5),
        (int)row.GetInt64(6),
        Enum.Parse<SignatureState>(row.Text(7), ignoreCase: true),
        Signatures(row.TextOrNull(8)),
        row.TextOrNull(9),
        row.Time(10),
        row.TimeOrNull(11))
    {
        ApprovedDigest = row.TextOrNull(12),
        HeldBack = row.TextOrNull(13),
    };
}

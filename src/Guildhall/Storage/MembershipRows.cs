using System.Collections.Immutable;
using System.Data.Common;
using System.Text.Json;
using Guildhall.Memberships;

namespace Guildhall.Storage;

/// <summary>Which memberships a list shows; null means all.</summary>
public sealed record MembershipFilter(MembershipState? State = null, string? ChannelName = null, string? InviterServiceId = null)
{
    /// <summary>Whether it may leave out most of what it looks at.</summary>
    internal bool IsNarrow => State is not null || ChannelName is not null || InviterServiceId is not null;
}

internal static class MembershipRows
{
    internal const string Columns =
        """
        id, channel_name, inviter_account_id, inviter_account_name, inviter_project_id, inviter_service_id, inviter_service_name,
        invitee_account_id, invitee_account_name, invitee_project_id, invitee_service_id, invitee_service_name,
        state, trusted_computing, organizations, invited_at, changed_at, join_operation_id, leave_operation_id,
        is_read, is_hidden, removed_at, removed_by, reason, version
        """;

    private const string Insert =
        $"""
        INSERT INTO memberships ({Columns})
        VALUES (@id, @channel_name, @inviter_account_id, @inviter_account_name, @inviter_project_id, @inviter_service_id, @inviter_service_name,
                @invitee_account_id, @invitee_account_name, @invitee_project_id, @invitee_service_id, @invitee_service_name,
                @state, @trusted_computing, @organizations, @invited_at, @changed_at, @join_operation_id, @leave_operation_id,
                @is_read, @is_hidden, @removed_at, @removed_by, @reason, @version)
        """;

    private const string Update =
        """
        UPDATE memberships
        SET    invitee_project_id = @invitee_project_id, invitee_service_id = @invitee_service_id, invitee_service_name = @invitee_service_name,
               state = @state, organizations = @organizations, changed_at = @changed_at,
               join_operation_id = @join_operation_id, leave_operation_id = @leave_operation_id,
               is_read = @is_read, is_hidden = @is_hidden, removed_at = @removed_at, removed_by = @removed_by, reason = @reason, version = version + 1
        WHERE  inviter_service_id = @inviter_service_id AND id = @id AND version = @version
        """;

    /// <summary>What an account may see of the invitations to it. Those withdrawn before an answer are gone, and in no index of the account's.</summary>
    internal const string Inbox = "invitee_account_id = @account AND invitee_project_id IN ('', @project) AND (state <> 'waiting' OR removed_at IS NULL)";

    /// <summary>The current memberships in which the project invites.</summary>
    internal const string Inviting = "inviter_project_id = @project AND removed_at IS NULL";

    /// <summary>Those in which it is invited. An invitation that is not answered belongs to every project of its account.</summary>
    internal const string Invited = $"{Inbox} AND removed_at IS NULL";

    /// <summary>The next of the current memberships in which the project takes part, oldest invitation first.</summary>
    /// <param name="after">The id of the last one that was seen; null to begin.</param>
    /// <param name="limit">At most this many.</param>
    public static async Task<Piece<Membership, string>> ReadMembersAsync(
        this Session session, string accountId, string projectId, MembershipFilter filter, string? after, int limit, CancellationToken cancellationToken)
    {
        var reached = filter.IsNarrow ? await ReachAsync() : null;
        var conditions = Narrow(accountId, projectId, filter, after, reached);
        var found = await session.QueryAsync(
            $"""
            SELECT {Columns}
            FROM   memberships
            WHERE  {Inviting}{conditions.Sql}
            UNION ALL
            SELECT {Columns}
            FROM   memberships
            WHERE  {Invited}{conditions.Sql}
            ORDER BY id LIMIT @limit
            """,
            Read,
            [.. conditions.Parameters, ("limit", limit + 1)],
            cancellationToken);
        return Piece<Membership, string>.Cut(found, limit, membership => membership.Id, reached);

        Task<string?> ReachAsync()
        {
            var all = Narrow(accountId, projectId, new MembershipFilter(), after, null);
            return session.FindAsync<string?>(
                $"""
                SELECT id FROM memberships WHERE {Inviting}{all.Sql}
                UNION ALL
                SELECT id FROM memberships WHERE {Invited}{all.Sql}
                ORDER BY id LIMIT 1 OFFSET @further
                """,
                row => row.Text(0),
                [.. all.Parameters, ("further", Reach.Rows - 1)],
                cancellationToken);
        }
    }

    /// <summary>The next of all invitations that the account has had, oldest first.</summary>
    /// <param name="after">The id of the last one that was seen; null to begin.</param>
    /// <param name="limit">At most this many.</param>
    public static async Task<Piece<Membership, string>> ReadInvitationsAsync(
        this Session session, string accountId, string projectId, MembershipFilter filter, string? after, int limit, CancellationToken cancellationToken)
    {
        var reached = filter.IsNarrow ? await ReachAsync() : null;
        var conditions = Narrow(accountId, projectId, filter, after, reached);
        var found = await session.QueryAsync(
            $"SELECT {Columns} FROM memberships WHERE {Inbox}{conditions.Sql} ORDER BY id LIMIT @limit",
            Read,
            [.. conditions.Parameters, ("limit", limit + 1)],
            cancellationToken);
        return Piece<Membership, string>.Cut(found, limit, membership => membership.Id, reached);

        Task<string?> ReachAsync()
        {
            var all = Narrow(accountId, projectId, new MembershipFilter(), after, null);
            return session.FindAsync<string?>(
                $"SELECT id FROM memberships WHERE {Inbox}{all.Sql} ORDER BY id LIMIT 1 OFFSET @further",
                row => row.Text(0),
                [.. all.Parameters, ("further", Reach.Rows - 1)],
                cancellationToken);
        }
    }

    /// <summary>The account's current membership of the channel, or else the one that was removed last; null when it was never invited.</summary>
    public static async Task<Membership?> FindNewestAsync(
        this Session session, string inviterServiceId, string channelName, string inviteeAccountName, CancellationToken cancellationToken)
    {
        // Asked for at once, so that they can share a round trip.
        var finding = (
            Current: session.FindInvitedAsync(inviterServiceId, channelName, [inviteeAccountName], cancellationToken),
            Removed: session.FindAsync(
                $"""
                SELECT {Columns}
                FROM   memberships
                WHERE  inviter_service_id = @service AND channel_name = @channel AND invitee_account_name = @name AND removed_at IS NOT NULL
                ORDER BY id DESC LIMIT 1
                """,
                Read,
                [("service", inviterServiceId), ("channel", channelName), ("name", inviteeAccountName)],
                cancellationToken));
        var (current, removed) = (await finding.Current, await finding.Removed);
        return current.Count > 0 ? current[0] : removed;
    }

    public static Task<Membership?> FindMembershipAsync(
        this Session session, string inviterServiceId, string id, CancellationToken cancellationToken) =>
        session.FindAsync(
            $"SELECT {Columns} FROM memberships WHERE inviter_service_id = @service AND id = @id",
            Read,
            [("service", inviterServiceId), ("id", id)],
            cancellationToken);

    /// <summary>The membership as it is, and stays until this is committed: it writes the row as it is, so that nobody else changes it meanwhile.</summary>
    public static Task<Membership?> HoldMembershipAsync(
        this Transaction transaction, string inviterServiceId, string id, CancellationToken cancellationToken) =>
        transaction.FindAsync(
            $"UPDATE memberships SET version = version WHERE inviter_service_id = @service AND id = @id RETURNING {Columns}",
            Read,
            [("service", inviterServiceId), ("id", id)],
            cancellationToken);

    /// <summary>A current membership in which the project takes part, as inviter or as invitee; or null.</summary>
    public static Task<Membership?> FindMemberAsync(
        this Session session, string accountId, string projectId, string id, CancellationToken cancellationToken) =>
        session.FindAsync(
            $"""
            SELECT {Columns} FROM memberships WHERE {Inviting} AND id = @id
            UNION ALL
            SELECT {Columns} FROM memberships WHERE {Invited} AND id = @id
            """,
            Read,
            [("account", accountId), ("project", projectId), ("id", id)],
            cancellationToken);

    /// <summary>The invitation as its account's notification, or null.</summary>
    public static Task<Membership?> FindNotificationAsync(
        this Session session, string accountId, string projectId, string id, CancellationToken cancellationToken) =>
        session.FindAsync(
            $"SELECT {Columns} FROM memberships WHERE {Inbox} AND id = @id",
            Read,
            [("account", accountId), ("project", projectId), ("id", id)],
            cancellationToken);

    /// <summary>The channel's current memberships of the named accounts.</summary>
    public static Task<List<Membership>> FindInvitedAsync(
        this Session session, string inviterServiceId, string channelName, IEnumerable<string> accountNames, CancellationToken cancellationToken) =>
        session.QueryEachAsync(
            $"""
            SELECT {Columns}
            FROM   memberships
            WHERE  inviter_service_id = @service AND channel_name = @channel AND invitee_account_name = @name AND removed_at IS NULL
            """,
            Read,
            [.. accountNames.Select(name => ((string, object?)[])[("service", inviterServiceId), ("channel", channelName), ("name", name)])],
            cancellationToken);

    /// <summary>Of each of the named accounts, the channel's membership that was removed last.</summary>
    public static Task<List<Membership>> FindLastRemovedAsync(
        this Session session, string inviterServiceId, string channelName, IEnumerable<string> accountNames, CancellationToken cancellationToken) =>
        session.QueryEachAsync(
            $"""
            SELECT {Columns}
            FROM   memberships
            WHERE  inviter_service_id = @service AND channel_name = @channel AND invitee_account_name = @name AND removed_at IS NOT NULL
            ORDER BY id DESC LIMIT 1
            """,
            Read,
            [.. accountNames.Select(name => ((string, object?)[])[("service", inviterServiceId), ("channel", channelName), ("name", name)])],
            cancellationToken);

    /// <summary>A membership that holds a place in the channel; null when there is none.</summary>
    public static Task<Membership?> FindPlaceAsync(this Session session, string inviterServiceId, string channelName, CancellationToken cancellationToken) =>
        session.FindAsync(
            $"""
            SELECT {Columns}
            FROM   memberships
            WHERE  inviter_service_id = @service AND channel_name = @channel AND removed_at IS NULL AND state IN ('waiting', 'joining', 'agreed', 'quitting')
            LIMIT 1
            """,
            Read,
            [("service", inviterServiceId), ("channel", channelName)],
            cancellationToken);

    /// <summary>Whether the account's project holds a place in one of the service's channels.</summary>
    public static async Task<bool> HasPlaceAsync(
        this Session session, string inviterServiceId, string accountName, string projectId, CancellationToken cancellationToken) =>
        await session.CountAsync(
            """
            SELECT count(*)
            FROM   channels c CROSS JOIN memberships m -- by the channels, which are few; SQLite would go by all of the service's memberships
            WHERE  c.service_id = @service AND m.inviter_service_id = c.service_id AND m.channel_name = c.name AND m.invitee_account_name = @name
                   AND m.removed_at IS NULL AND m.invitee_project_id IN ('', @project) AND m.state IN ('waiting', 'joining', 'agreed', 'quitting')
            """,
            [("service", inviterServiceId), ("name", accountName), ("project", projectId)],
            cancellationToken) > 0;

    /// <summary>The service's current memberships as inviter.</summary>
    public static Task<List<Membership>> ListInvitedByServiceAsync(this Session session, string serviceId, CancellationToken cancellationToken) =>
        session.QueryAsync(
            $"SELECT {Columns} FROM memberships WHERE inviter_service_id = @service AND removed_at IS NULL ORDER BY id",
            Read,
            [("service", serviceId)],
            cancellationToken);

    /// <summary>The memberships that the service serves as invitee: joining, joined or leaving.</summary>
    public static Task<List<Membership>> ListServedByServiceAsync(this Session session, string serviceId, CancellationToken cancellationToken) =>
        session.QueryAsync(
            $"""
            SELECT {Columns}
            FROM   memberships
            WHERE  invitee_service_id = @service AND invitee_service_id <> '' AND state IN ('joining', 'agreed', 'quitting')
            ORDER BY id
            """,
            Read,
            [("service", serviceId)],
            cancellationToken);

    /// <summary>The name of another account than this inviter whose channels the service has joined or is joining or leaving; null when there is none.</summary>
    public static Task<string?> FindOtherServedAsync(this Session session, string serviceId, string inviterAccountId, CancellationToken cancellationToken) =>
        session.FindAsync<string?>(
            """
            SELECT inviter_account_name
            FROM   memberships
            WHERE  invitee_service_id = @service AND invitee_service_id <> '' AND state IN ('joining', 'agreed', 'quitting') AND inviter_account_id <> @inviter
            LIMIT 1
            """,
            row => row.Text(0),
            [("service", serviceId), ("inviter", inviterAccountId)],
            cancellationToken);

    /// <summary>Writes new invitations.</summary>
    public static Task AddAsync(this Transaction transaction, IReadOnlyCollection<Membership> invitations, CancellationToken cancellationToken)
    {
        foreach (var invitation in invitations)
        {
            transaction.Change(invitation);
        }

        return transaction.QueueAsync(Insert, [.. invitations.Select(ParametersOf)], cancellationToken);
    }

    /// <summary>Writes the change, unless someone else changed the row first.</summary>
    /// <exception cref="StaleRowException">The row changed after <paramref name="before"/> was read.</exception>
    public static Task SaveAsync(this Transaction transaction, Membership before, Membership after, CancellationToken cancellationToken) =>
        transaction.SaveAsync([(before, after)], cancellationToken);

    /// <summary>Writes the changes, unless someone else changed one of the rows first.</summary>
    /// <exception cref="StaleRowException">A row changed after it was read.</exception>
    public static async Task SaveAsync(this Transaction transaction, IReadOnlyList<(Membership Before, Membership After)> changes, CancellationToken cancellationToken)
    {
        var changed = changes.Where(change => change.After != change.Before).Select(change => change.After).ToArray();
        foreach (var membership in changed)
        {
            transaction.Change(membership);
        }

        await transaction.ChangeEachAsync(Update, [.. changed.Select(UpdatesOf)], cancellationToken);
    }

    /// <summary>Both parties see it.</summary>
    private static void Change(this Transaction transaction, Membership membership)
    {
        transaction.Change(membership.Inviter.AccountId);
        transaction.Change(membership.Invitee.AccountId);
    }

    private static Conditions Narrow(string accountId, string projectId, MembershipFilter filter, string? after, string? upTo)
    {
        var conditions = new Conditions(("account", accountId), ("project", projectId));
        conditions.Add("state", "state = @state", filter.State?.ToWire());
        conditions.Add("channel", "channel_name = @channel", filter.ChannelName);
        conditions.Add("service", "inviter_service_id = @service", filter.InviterServiceId);
        conditions.Add("after", "id > @after", after);
        conditions.Add("upTo", "id <= @upTo", upTo);
        return conditions;
    }

    private static (string Name, object? Value)[] ParametersOf(Membership membership) =>
    [
        ("channel_name", membership.ChannelName),
        ("inviter_account_id", membership.Inviter.AccountId),
        ("inviter_account_name", membership.Inviter.AccountName),
        ("inviter_project_id", membership.Inviter.ProjectId),
        ("inviter_service_name", membership.Inviter.ServiceName),
        ("invitee_account_id", membership.Invitee.AccountId),
        ("invitee_account_name", membership.Invitee.AccountName),
        ("trusted_computing", membership.TrustedComputing),
        ("invited_at", membership.InvitedAt),
        .. UpdatesOf(membership),
    ];

    /// <summary>What can change, and what tells which row it is and which version of it was read.</summary>
    private static (string Name, object? Value)[] UpdatesOf(Membership membership) =>
    [
        ("invitee_project_id", membership.Invitee.ProjectId),
        ("invitee_service_id", membership.Invitee.ServiceId),
        ("invitee_service_name", membership.Invitee.ServiceName),
        ("state", membership.State.ToWire()),
        ("organizations", Json(membership)),
        ("changed_at", membership.ChangedAt),
        ("join_operation_id", membership.JoinOperationId),
        ("leave_operation_id", membership.LeaveOperationId),
        ("is_read", membership.IsRead),
        ("is_hidden", membership.IsHidden),
        ("removed_at", membership.RemovedAt),
        ("removed_by", membership.RemovedBy),
        ("reason", membership.Reason),
        ("inviter_service_id", membership.Inviter.ServiceId),
        ("id", membership.Id),
        ("version", membership.Version),
    ];

    private static string Json(Membership membership) =>
        membership.Organizations.IsEmpty ? "[]" : JsonSerializer.Serialize(membership.Organizations, StoredJson.Readable.ImmutableArrayMemberOrganization);

    internal static ImmutableArray<MemberOrganization> OrganizationsIn(string json) =>
        JsonSerializer.Deserialize(json, StoredJson.Readable.ImmutableArrayMemberOrganization);

    internal static MembershipState StateIn(string text) =>
        Names.StateFromWire(text) ?? throw new InvalidDataException($"The store holds an unknown state: {text}");

    internal static Membership Read(DbDataReader row) => new(
        row.Text(0),
        row.Text(1),
        new Party(row.Text(2), row.Text(3), row.Text(4), row.Text(5), row.Text(6)),
        new Party(row.Text(7), row.Text(8), row.Text(9), row.Text(10), row.Text(11)),
        StateIn(row.Text(12)),
        row.Flag(13),
        OrganizationsIn(row.Text(14)),
        row.Time(15),
        row.Time(16),
        row.TextOrNull(17),
        row.TextOrNull(18),
        row.Flag(19),
        row.Flag(20),
        row.TimeOrNull(21),
        row.TextOrNull(22),
        row.TextOrNull(23),
        row.GetInt64(24));
}

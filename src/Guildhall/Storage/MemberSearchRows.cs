using Guildhall.Memberships;

namespace Guildhall.Storage;

/// <summary>What a person looks for among the memberships of a project; null means all.</summary>
/// <param name="ServiceId">The project's own service, as inviter or as invitee.</param>
/// <param name="AccountName">A part of either party's name; A and a are the same.</param>
/// <param name="Skip">Rows before the page.</param>
/// <param name="From">The id of the oldest that is looked at; null for all.</param>
/// <param name="Before">The id of the oldest that was seen already, newest first; null to begin.</param>
public sealed record MemberSearch(
    string? ServiceId = null,
    string? ChannelName = null,
    MembershipState? State = null,
    string? AccountName = null,
    MemberOrder Order = MemberOrder.Invited,
    bool IsDescending = false,
    int Skip = 0,
    int Limit = int.MaxValue,
    string? From = null,
    string? Before = null);

/// <summary>By what a list of memberships is sorted.</summary>
public enum MemberOrder
{
    Invited,
    Account,
    Channel,
    State,
    Changed,
}

/// <summary>Which of an account's invitations its inbox shows.</summary>
public enum InboxPart
{
    /// <summary>Those that wait for an answer.</summary>
    Waiting,

    /// <summary>All that are not hidden.</summary>
    Shown,

    Hidden,
}

/// <summary>Pages of memberships for people: searched, sorted and counted, among the newest that are within <see cref="Reach"/>.</summary>
internal static class MemberSearchRows
{
    /// <summary>The most places that one project is shown as having; each is in a consortium of its own, or nearly.</summary>
    private const int MostPlaces = 200;

    /// <summary>A page of the current memberships in which the project takes part.</summary>
    public static Task<List<Membership>> SearchMembersAsync(
        this Session session, string accountId, string projectId, MemberSearch search, CancellationToken cancellationToken)
    {
        var direction = search.IsDescending ? "DESC" : "ASC";
        var conditions = Narrow(accountId, projectId, search);
        return session.QueryAsync(
            $"""
            SELECT {MembershipRows.Columns}
            FROM   memberships
            WHERE  {MembershipRows.Inviting}{conditions.Sql}
            UNION ALL
            SELECT {MembershipRows.Columns}
            FROM   memberships
            WHERE  {MembershipRows.Invited}{conditions.Sql}
            ORDER BY {(search.Order == MemberOrder.Invited ? "" : $"{ColumnOf(search.Order)} {direction}, ")}id {direction} LIMIT @limit OFFSET @skip
            """,
            MembershipRows.Read,
            [.. conditions.Parameters, ("limit", search.Limit), ("skip", search.Skip)],
            cancellationToken);
    }

    /// <summary>How many there are on all pages.</summary>
    public static async Task<Counted> CountMembersAsync(
        this Session session, string accountId, string projectId, MemberSearch search, CancellationToken cancellationToken)
    {
        var conditions = Narrow(accountId, projectId, search);
        var count = await session.CountAsync(
            $"""
            SELECT count(*)
            FROM   (SELECT id FROM memberships WHERE {MembershipRows.Inviting}{conditions.Sql}
                    UNION ALL
                    SELECT id FROM memberships WHERE {MembershipRows.Invited}{conditions.Sql}
                    LIMIT @limit) AS counted
            """,
            [.. conditions.Parameters, ("limit", Reach.Rows + 1)],
            cancellationToken);
        return Counted.Of(count, search.From is not null);
    }

    /// <summary>The next of what the search finds, newest invitation first, whatever it sorts by.</summary>
    /// <param name="before">The id of the last one that was seen; null to begin.</param>
    /// <param name="limit">At most this many.</param>
    public static async Task<Piece<Membership, string>> ReadNewestMembersAsync(
        this Session session, string accountId, string projectId, MemberSearch search, string? before, int limit, CancellationToken cancellationToken)
    {
        var from = await session.FindOldestMemberInReachAsync(accountId, projectId, before, cancellationToken);
        var next = search with { Order = MemberOrder.Invited, IsDescending = true, Skip = 0, Limit = limit + 1, From = from, Before = before };
        return Piece<Membership, string>.Cut(await session.SearchMembersAsync(accountId, projectId, next, cancellationToken), limit, membership => membership.Id, from);
    }

    /// <summary>The id of the oldest current membership that is within <see cref="Reach"/> of the newest, or of the one named; null where all are.</summary>
    public static Task<string?> FindOldestMemberInReachAsync(
        this Session session, string accountId, string projectId, string? before, CancellationToken cancellationToken)
    {
        var conditions = Narrow(accountId, projectId, new MemberSearch(Before: before));
        return session.FindAsync<string?>(
            $"""
            SELECT id FROM memberships WHERE {MembershipRows.Inviting}{conditions.Sql}
            UNION ALL
            SELECT id FROM memberships WHERE {MembershipRows.Invited}{conditions.Sql}
            ORDER BY id DESC LIMIT 1 OFFSET @further
            """,
            row => row.Text(0),
            [.. conditions.Parameters, ("further", Reach.Rows)],
            cancellationToken);
    }

    /// <summary>The memberships by which the account's project holds a place in a consortium: invited, joining, joined or leaving.</summary>
    public static async Task<List<Membership>> ListPlacesAsync(this Session session, string accountId, string projectId, CancellationToken cancellationToken)
    {
        var conditions = Narrow(accountId, projectId, await session.FindOldestInvitationInReachAsync(accountId, projectId, cancellationToken));
        return await session.QueryAsync(
            $"""
            SELECT {MembershipRows.Columns}
            FROM   memberships
            WHERE  {MembershipRows.Invited} AND state IN ('waiting', 'joining', 'agreed', 'quitting'){conditions.Sql}
            ORDER BY id DESC LIMIT @limit
            """,
            MembershipRows.Read,
            [.. conditions.Parameters, ("limit", MostPlaces)],
            cancellationToken);
    }

    /// <summary>A page of the account's invitations, newest first.</summary>
    /// <param name="from">The id of the oldest that is looked at; null for all.</param>
    public static Task<List<Membership>> ListInboxAsync(
        this Session session, string accountId, string projectId, InboxPart part, string? from, int skip, int limit, CancellationToken cancellationToken)
    {
        var conditions = Narrow(accountId, projectId, from);
        return session.QueryAsync(
            $"""
            SELECT {MembershipRows.Columns}
            FROM   memberships
            WHERE  {Inbox(part)}{conditions.Sql}
            ORDER BY id DESC LIMIT @limit OFFSET @skip
            """,
            MembershipRows.Read,
            [.. conditions.Parameters, ("limit", limit), ("skip", skip)],
            cancellationToken);
    }

    public static async Task<Counted> CountInboxAsync(
        this Session session, string accountId, string projectId, InboxPart part, string? from, CancellationToken cancellationToken)
    {
        var conditions = Narrow(accountId, projectId, from);
        var count = await session.CountAsync(
            $"SELECT count(*) FROM (SELECT id FROM memberships WHERE {Inbox(part)}{conditions.Sql} LIMIT @limit) AS counted",
            [.. conditions.Parameters, ("limit", Reach.Rows + 1)],
            cancellationToken);
        return Counted.Of(count, from is not null);
    }

    /// <summary>The id of the account's oldest invitation that is within <see cref="Reach"/> of the newest; null where all are.</summary>
    public static Task<string?> FindOldestInvitationInReachAsync(this Session session, string accountId, string projectId, CancellationToken cancellationToken) =>
        session.FindAsync<string?>(
            $"SELECT id FROM memberships WHERE {MembershipRows.Inbox} ORDER BY id DESC LIMIT 1 OFFSET @further",
            row => row.Text(0),
            [("account", accountId), ("project", projectId), ("further", Reach.Rows)],
            cancellationToken);

    private static string Inbox(InboxPart part) =>
        MembershipRows.Inbox
        + part switch
        {
            InboxPart.Waiting => " AND state = 'waiting'",
            InboxPart.Hidden => " AND is_hidden = 1",
            _ => " AND is_hidden = 0",
        };

    private static Conditions Narrow(string accountId, string projectId, string? from)
    {
        var conditions = new Conditions(("account", accountId), ("project", projectId));
        conditions.Add("from", "id >= @from", from);
        return conditions;
    }

    private static Conditions Narrow(string accountId, string projectId, MemberSearch search)
    {
        var conditions = Narrow(accountId, projectId, search.From);
        conditions.Add("service", "(inviter_service_id = @service OR invitee_service_id = @service)", search.ServiceId);
        conditions.Add("channel", "channel_name = @channel", search.ChannelName);
        conditions.Add("state", "state = @state", search.State?.ToWire());
        if (search.AccountName is { } part)
        {
            conditions.Add($"({Pattern.In("inviter_account_name")} OR {Pattern.In("invitee_account_name")})", Pattern.Of(part));
        }

        conditions.Add("before", "id < @before", search.Before);
        return conditions;
    }

    private static string ColumnOf(MemberOrder order) => order switch
    {
        MemberOrder.Account => "invitee_account_name",
        MemberOrder.Channel => "channel_name",
        MemberOrder.State => "state",
        MemberOrder.Changed => "changed_at",
        _ => "id",
    };
}

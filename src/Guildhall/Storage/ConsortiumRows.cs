using System.Collections.Immutable;
using Guildhall.Memberships;

namespace Guildhall.Storage;

/// <summary>How many members of a channel are in a state.</summary>
public sealed record MemberCount(string ChannelName, MembershipState State, long Count);

/// <summary>The current members of a service's channels, or of one, as far as they were counted.</summary>
/// <param name="IsExact">False where there may be more.</param>
public sealed record MemberCounts(IReadOnlyList<MemberCount> Counts, bool IsExact)
{
    /// <summary>The most that are counted where a page shows many counts.</summary>
    public const int Few = 1000;

    /// <summary>How many there are in any state.</summary>
    public long All => Counts.Sum(count => count.Count);

    /// <summary>How many are in the channel, or in any.</summary>
    public long Joined(string? channelName = null) => Count(state => state == MembershipState.Joined, channelName);

    /// <summary>How many of the channel, or of any, are in a state that fits.</summary>
    public long Count(Func<MembershipState, bool> fits, string? channelName = null) =>
        Counts.Where(count => fits(count.State) && (channelName ?? count.ChannelName) == count.ChannelName).Sum(count => count.Count);
}

/// <summary>Who has joined a channel, without what only its parties need.</summary>
/// <param name="Id">The membership's.</param>
public sealed record PresentMember(string Id, string ServiceId, ImmutableArray<MemberOrganization> Organizations);

/// <summary>Who is in the channels of a service: counted, and the first of them by name. However many there are, no read looks at more than <see cref="Reach"/>.</summary>
internal static class ConsortiumRows
{
    private const int PieceRows = 200;

    /// <summary>How many current memberships the service's channels have, by state; of the first by channel and name, at most so many.</summary>
    /// <param name="channelName">Counts those of one channel; null for all.</param>
    public static async Task<MemberCounts> CountMembersAsync(
        this Session session, string serviceId, string? channelName, int most, CancellationToken cancellationToken)
    {
        var conditions = new Conditions(("service", serviceId), ("most", most));
        conditions.Add("channel", "channel_name = @channel", channelName);
        var counts = await session.QueryAsync(
            $"""
            SELECT channel_name, state, count(*)
            FROM   (SELECT channel_name, state FROM memberships WHERE inviter_service_id = @service AND removed_at IS NULL{conditions.Sql}
                    ORDER BY channel_name, invitee_account_name LIMIT @most) AS looked
            GROUP BY channel_name, state
            """,
            row => new MemberCount(row.Text(0), MembershipRows.StateIn(row.Text(1)), row.GetInt64(2)),
            conditions.Parameters,
            cancellationToken);
        return new MemberCounts(counts, counts.Sum(count => count.Count) < most);
    }

    /// <summary>The next of those who have joined one of the service's channels, by name. One read looks at a few, whether they have joined or not.</summary>
    /// <param name="after">The name of the last account that was seen; empty to begin.</param>
    public static async Task<Piece<PresentMember, string>> ReadPresentAsync(
        this Session session, string serviceId, string channelName, string after, CancellationToken cancellationToken)
    {
        var looked = await session.QueryAsync(
            """
            SELECT invitee_account_name, id, invitee_service_id, CASE WHEN state = 'agreed' THEN organizations END
            FROM   memberships
            WHERE  inviter_service_id = @service AND channel_name = @channel AND removed_at IS NULL AND invitee_account_name > @after
            ORDER BY invitee_account_name LIMIT @limit
            """,
            row => (Name: row.Text(0), Member: row.TextOrNull(3) is { } organizations
                ? new PresentMember(row.Text(1), row.Text(2), MembershipRows.OrganizationsIn(organizations))
                : null),
            [("service", serviceId), ("channel", channelName), ("after", after), ("limit", PieceRows)],
            cancellationToken);
        return new([.. looked.Select(one => one.Member).OfType<PresentMember>()], looked.Count < PieceRows ? null : looked[^1].Name);
    }

    /// <summary>The next of the current members of one of the service's channels, in any state, by name.</summary>
    /// <param name="after">The name of the last account that was seen; empty to begin.</param>
    public static async Task<Piece<Membership, string>> ReadMembersOfChannelAsync(
        this Session session, string serviceId, string channelName, string after, CancellationToken cancellationToken)
    {
        var found = await session.QueryAsync(
            $"""
            SELECT {MembershipRows.Columns}
            FROM   memberships
            WHERE  inviter_service_id = @service AND channel_name = @channel AND removed_at IS NULL AND invitee_account_name > @after
            ORDER BY invitee_account_name LIMIT @limit
            """,
            MembershipRows.Read,
            [("service", serviceId), ("channel", channelName), ("after", after), ("limit", PieceRows)],
            cancellationToken);
        return new(found, found.Count < PieceRows ? null : found[^1].Invitee.AccountName);
    }

    /// <summary>The first current members of one of the service's channels: who is in before who is on the way, who is asked and who is gone, and by name.</summary>
    /// <param name="onlyJoined">Leaves out all but who is in. Then no more are looked at than it takes.</param>
    /// <param name="limit">At most this many.</param>
    public static Task<List<Membership>> ListFirstMembersAsync(
        this Session session, string serviceId, string channelName, bool onlyJoined, int limit, CancellationToken cancellationToken)
    {
        const string ByState = "CASE state WHEN 'agreed' THEN 0 WHEN 'joining' THEN 1 WHEN 'quitting' THEN 1 WHEN 'waiting' THEN 2 ELSE 3 END, ";
        return session.QueryAsync(
            $"""
            SELECT {MembershipRows.Columns}
            FROM   (SELECT {MembershipRows.Columns}
                    FROM   memberships
                    WHERE  inviter_service_id = @service AND channel_name = @channel AND removed_at IS NULL
                    ORDER BY invitee_account_name LIMIT @reach) AS looked
            {(onlyJoined ? "WHERE state = 'agreed'" : "")}
            ORDER BY {(onlyJoined ? "" : ByState)}invitee_account_name
            LIMIT @limit
            """,
            MembershipRows.Read,
            [("service", serviceId), ("channel", channelName), ("reach", Reach.Rows), ("limit", limit)],
            cancellationToken);
    }
}

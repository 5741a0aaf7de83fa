using Guildhall.Memberships;

namespace Guildhall.Storage;

/// <summary>How many members of a channel are in a state.</summary>
public sealed record MemberCount(string ChannelName, MembershipState State, long Count);

/// <summary>Who is in the channels of a service: counted, and the first of them by name. However many there are, no read looks at more than <see cref="Reach"/>.</summary>
internal static class ConsortiumRows
{
    /// <summary>How many current memberships the service's channels have, by state; of the first by channel and name, at most so many.</summary>
    public static async Task<(List<MemberCount> Counts, bool IsExact)> CountMembersAsync(
        this Session session, string serviceId, int most, CancellationToken cancellationToken)
    {
        var counts = await session.QueryAsync(
            """
            SELECT channel_name, state, count(*)
            FROM   (SELECT channel_name, state FROM memberships WHERE inviter_service_id = @service AND removed_at IS NULL
                    ORDER BY channel_name, invitee_account_name LIMIT @most) AS looked
            GROUP BY channel_name, state
            """,
            row => new MemberCount(row.Text(0), MembershipRows.StateIn(row.Text(1)), row.GetInt64(2)),
            [("service", serviceId), ("most", most)],
            cancellationToken);
        return (counts, counts.Sum(count => count.Count) < most);
    }

    /// <summary>The first current members of one of the service's channels: who is in before who is on the way, who is asked and who is gone, and by name.</summary>
    /// <param name="onlyJoined">Leaves out all but who is in.</param>
    /// <param name="limit">At most this many.</param>
    public static Task<List<Membership>> ListFirstMembersAsync(
        this Session session, string serviceId, string channelName, bool onlyJoined, int limit, CancellationToken cancellationToken) =>
        session.QueryAsync(
            $"""
            SELECT {MembershipRows.Columns}
            FROM   (SELECT {MembershipRows.Columns}
                    FROM   memberships
                    WHERE  inviter_service_id = @service AND channel_name = @channel AND removed_at IS NULL
                    ORDER BY invitee_account_name LIMIT @reach) AS looked
            {(onlyJoined ? "WHERE state = 'agreed'" : "")}
            ORDER BY CASE state WHEN 'agreed' THEN 0 WHEN 'joining' THEN 1 WHEN 'quitting' THEN 1 WHEN 'waiting' THEN 2 ELSE 3 END, invitee_account_name
            LIMIT @limit
            """,
            MembershipRows.Read,
            [("service", serviceId), ("channel", channelName), ("reach", Reach.Rows), ("limit", limit)],
            cancellationToken);
}

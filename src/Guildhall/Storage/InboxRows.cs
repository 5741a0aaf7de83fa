using Guildhall.Memberships;

namespace Guildhall.Storage;

/// <summary>What accounts have been invited to, counted no further than a decision needs.</summary>
internal static class InboxRows
{
    private const string Waiting = "state = 'waiting' AND removed_at IS NULL";
    private const string OfPair = "invitee_account_name = @name AND inviter_account_id = @inviter";

    /// <summary>What the accounts have been invited to, by name. One statement for all of them.</summary>
    /// <param name="inviterAccountId">Whose invitations are counted beside all.</param>
    public static async Task<Dictionary<string, Inbox>> FindInboxesAsync(
        this Session session, string inviterAccountId, IEnumerable<string> accountNames, Quotas quotas, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var found = await session.QueryEachAsync(
            $"""
            SELECT @name,
                   (SELECT count(*) FROM (SELECT 1 FROM memberships WHERE invitee_account_name = @name AND {Waiting} LIMIT @open) AS open),
                   (SELECT count(*) FROM (SELECT 1 FROM memberships WHERE {OfPair} AND {Waiting} LIMIT @own) AS own),
                   count(*), min(invited_at)
            FROM   (SELECT invited_at
                    FROM   (SELECT * FROM (SELECT invited_at FROM memberships WHERE {OfPair} AND {Waiting} AND invited_at > @since ORDER BY invited_at DESC LIMIT @lately) AS waiting
                            UNION ALL
                            SELECT * FROM (SELECT invited_at FROM memberships WHERE {OfPair} AND NOT ({Waiting}) AND invited_at > @since ORDER BY invited_at DESC LIMIT @lately) AS settled) AS pair
                    ORDER BY invited_at DESC LIMIT @lately) AS lately
            """,
            row => new Inbox(row.Text(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.TimeOrNull(4)),
            [
                .. accountNames.Select(name => ((string, object?)[])
                [
                    ("name", name), ("inviter", inviterAccountId), ("since", now - InvitationQuotas.Period),
                    ("open", quotas.OpenInvitations), ("own", Math.Max(quotas.OpenInvitationsPerInviter, InvitationQuotas.Reserved)), ("lately", quotas.InvitationsPerDay),
                ]),
            ],
            cancellationToken);
        return found.ToDictionary(inbox => inbox.AccountName);
    }
}

namespace Guildhall.Storage;

/// <summary>How many accounts hold a place in an inviter's service: invited, joining, joined or leaving.</summary>
/// <remarks>
/// To count them takes as long as there are many. So a number is kept that is never below: each invitation adds to it, in a transaction that
/// names the inviter's account, and nobody who gives a place back takes anything off. Where it says that there is no room, they are counted, and it is right again.
/// </remarks>
internal static class PlaceRows
{
    private const string Taken = "inviter_service_id = @service AND removed_at IS NULL AND state IN ('waiting', 'joining', 'agreed', 'quitting')";

    /// <summary>At most so many places are taken; null when nobody knows.</summary>
    public static Task<long?> FindTakenAsync(this Session session, string serviceId, CancellationToken cancellationToken) =>
        session.FindAsync<long?>("SELECT taken FROM places WHERE service_id = @service", row => row.GetInt64(0), [("service", serviceId)], cancellationToken);

    /// <summary>Counts them.</summary>
    public static Task<long> CountTakenAsync(this Session session, string serviceId, CancellationToken cancellationToken) =>
        session.CountAsync($"SELECT count(DISTINCT invitee_account_name) FROM memberships WHERE {Taken}", [("service", serviceId)], cancellationToken);

    /// <summary>How many of the accounts have a place.</summary>
    public static async Task<int> CountTakenAsync(
        this Session session, string serviceId, IReadOnlyCollection<string> channelNames, IEnumerable<string> accountNames, CancellationToken cancellationToken)
    {
        var found = await session.QueryEachAsync(
            $"SELECT invitee_account_name FROM memberships WHERE {Taken} AND channel_name = @channel AND invitee_account_name = @name",
            row => row.Text(0),
            [
                .. from name in accountNames
                   from channel in channelNames
                   select ((string, object?)[])[("service", serviceId), ("channel", channel), ("name", name)],
            ],
            cancellationToken);
        return found.Distinct(StringComparer.Ordinal).Count();
    }

    public static Task SaveTakenAsync(this Transaction transaction, string serviceId, long taken, CancellationToken cancellationToken) =>
        transaction.QueueAsync(
            """
            INSERT INTO places (service_id, taken) VALUES (@service, @taken)
            ON CONFLICT (service_id) DO UPDATE SET taken = excluded.taken
            """,
            [[("service", serviceId), ("taken", taken)]],
            cancellationToken);
}

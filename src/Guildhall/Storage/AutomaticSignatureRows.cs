using Guildhall.Networks;
using Guildhall.Outbox;

namespace Guildhall.Storage;

internal static class AutomaticSignatureRows
{
    /// <summary>What the attached service's kept keys sign without being asked.</summary>
    public static async Task<AutomaticSignatures> FindAutomaticAsync(this Session session, string serviceId, CancellationToken cancellationToken)
    {
        var setAt = await session.QueryAsync("SELECT automatic_set_at FROM attachments WHERE service_id = @service", row => row.TimeOrNull(0), [("service", serviceId)], cancellationToken);
        return new AutomaticSignatures(
            [
                .. await session.QueryAsync(
                    "SELECT channel_name, joins, leaves, until, per_day FROM automatic_signatures WHERE service_id = @service ORDER BY channel_name",
                    row => new AutomaticChannel(row.Text(0), row.Flag(1), row.Flag(2), row.TimeOrNull(3), (int)row.GetInt64(4)),
                    [("service", serviceId)],
                    cancellationToken),
            ],
            setAt.FirstOrDefault());
    }

    /// <summary>Says what is signed without being asked, in place of what was said before. What was signed today counts from nothing again.</summary>
    public static async Task SaveAsync(this Transaction transaction, string serviceId, AutomaticSignatures said, CancellationToken cancellationToken)
    {
        await transaction.ForgetAutomaticAsync(serviceId, cancellationToken);
        await transaction.ChangeAsync(
            "UPDATE attachments SET automatic_set_at = @at WHERE service_id = @service", [("at", said.SetAt), ("service", serviceId)], cancellationToken);
        await transaction.QueueAsync(
            "INSERT INTO automatic_signatures (service_id, channel_name, joins, leaves, until, per_day) VALUES (@service, @channel, @joins, @leaves, @until, @per_day)",
            [
                .. said.Channels.Select(one => ((string Name, object? Value)[])
                [
                    ("service", serviceId), ("channel", one.ChannelName), ("joins", one.Joins), ("leaves", one.Leaves), ("until", one.Until), ("per_day", one.PerDay),
                ]),
            ],
            cancellationToken);
    }

    public static Task ForgetAutomaticAsync(this Transaction transaction, string serviceId, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("DELETE FROM automatic_signatures WHERE service_id = @service", [("service", serviceId)], cancellationToken);

    /// <summary>Whether one more may be given today without being asked.</summary>
    public static async Task<bool> HasAutomaticLeftAsync(this Session session, string serviceId, string channelName, DateTimeOffset now, CancellationToken cancellationToken) =>
        await session.CountAsync(
            "SELECT count(*) FROM automatic_signatures WHERE service_id = @service AND channel_name = @channel AND (day <> @day OR signed < per_day)",
            [("service", serviceId), ("channel", channelName), ("day", DayOf(now))],
            cancellationToken) > 0;

    /// <summary>Counts a signature that is given without being asked; false when that is not, or no longer, allowed.</summary>
    public static Task<bool> CountAutomaticAsync(
        this Transaction transaction, string serviceId, string channelName, WorkKind kind, DateTimeOffset now, CancellationToken cancellationToken) =>
        transaction.TryChangeAsync(
            $"""
            UPDATE automatic_signatures SET signed = CASE WHEN day = @day THEN signed + 1 ELSE 1 END, day = @day
            WHERE  service_id = @service AND channel_name = @channel AND {(kind == WorkKind.Join ? "joins" : "leaves")} = 1
                   AND (until IS NULL OR until > @now) AND (day <> @day OR signed < per_day)
            """,
            [("service", serviceId), ("channel", channelName), ("now", now), ("day", DayOf(now))],
            cancellationToken);

    private static long DayOf(DateTimeOffset time) => time.ToUnixTimeSeconds() / 86400;
}

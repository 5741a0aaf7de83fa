using System.Data.Common;
using System.Text.Json;
using Guildhall.Networks;

namespace Guildhall.Storage;

/// <summary>A channel whose turn it is to be looked at.</summary>
internal sealed record ChannelToWatch(string AccountId, string ProjectId, string ServiceId, string Name);

internal static class WatchRows
{
    private const string Columns = "service_id, channel_name, state, sequence, findings, problem, checked_at, since";

    /// <summary>Channels of attached inviters' services whose turn it is, those that were never looked at first. A disabled account's keys read nothing.</summary>
    public static Task<List<ChannelToWatch>> ListToWatchAsync(
        this Session session, DateTimeOffset now, DateTimeOffset latest, int limit, CancellationToken cancellationToken) =>
        session.QueryAsync(
            """
            SELECT s.account_id, s.project_id, s.id, c.name
            FROM   attachments a
            JOIN   services s ON s.id = a.service_id
            JOIN   accounts o ON o.id = s.account_id AND o.disabled_at IS NULL
            JOIN   channels c ON c.service_id = s.id
            LEFT   JOIN watched_channels w ON w.service_id = c.service_id AND w.channel_name = c.name
            WHERE  s.deleted_at IS NULL AND s.is_invitee = 0 AND (w.due_at IS NULL OR w.due_at <= @now OR w.due_at > @latest)
            ORDER BY coalesce(w.due_at, 0), s.id, c.name LIMIT @limit
            """,
            row => new ChannelToWatch(row.Text(0), row.Text(1), row.Text(2), row.Text(3)),
            [("now", now), ("latest", latest), ("limit", limit)],
            cancellationToken);

    /// <summary>Takes the next look at a channel; false when another replica was faster, or the channel is not there any more. The transaction names the account. A look that is never finished is made up for by the next.</summary>
    public static Task<bool> ClaimWatchAsync(
        this Transaction transaction, ChannelToWatch channel, DateTimeOffset now, DateTimeOffset next, DateTimeOffset latest, CancellationToken cancellationToken) =>
        transaction.TryChangeAsync(
            """
            INSERT INTO watched_channels (service_id, channel_name, due_at)
            SELECT c.service_id, c.name, @next FROM channels c JOIN attachments a ON a.service_id = c.service_id WHERE c.service_id = @service AND c.name = @channel
            ON CONFLICT (service_id, channel_name) DO UPDATE SET due_at = excluded.due_at WHERE watched_channels.due_at <= @now OR watched_channels.due_at > @latest
            """,
            [("service", channel.ServiceId), ("channel", channel.Name), ("next", next), ("now", now), ("latest", latest)],
            cancellationToken);

    /// <summary>Writes what was seen. When the next look is due stays as it is. The transaction names the account, and has seen that the channel is still there.</summary>
    public static Task SaveAsync(this Transaction transaction, WatchedChannel seen, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            """
            INSERT INTO watched_channels (service_id, channel_name, due_at, state, sequence, findings, problem, checked_at, since)
            VALUES (@service, @channel, @checked, @state, @sequence, @findings, @problem, @checked, @since)
            ON CONFLICT (service_id, channel_name) DO UPDATE
            SET state = excluded.state, sequence = excluded.sequence, findings = excluded.findings, problem = excluded.problem,
                checked_at = excluded.checked_at, since = excluded.since
            """,
            [
                ("service", seen.ServiceId), ("channel", seen.ChannelName), ("state", Text(seen.State)), ("sequence", seen.Sequence),
                ("findings", JsonSerializer.Serialize(seen.Findings, StoredJson.Readable.ImmutableArrayDriftFinding)), ("problem", seen.Problem),
                ("checked", seen.CheckedAt), ("since", seen.Since),
            ],
            cancellationToken);

    public static Task<WatchedChannel?> FindWatchedAsync(this Session session, string serviceId, string channelName, CancellationToken cancellationToken) =>
        session.FindAsync(
            $"SELECT {Columns} FROM watched_channels WHERE service_id = @service AND channel_name = @channel AND state IS NOT NULL",
            Read,
            [("service", serviceId), ("channel", channelName)],
            cancellationToken);

    /// <summary>Those of the service's channels that were looked at.</summary>
    public static Task<List<WatchedChannel>> ListWatchedAsync(this Session session, string serviceId, CancellationToken cancellationToken) =>
        session.QueryAsync(
            $"SELECT {Columns} FROM watched_channels WHERE service_id = @service AND state IS NOT NULL ORDER BY channel_name",
            Read,
            [("service", serviceId)],
            cancellationToken);

    /// <summary>How many channels there are in each state.</summary>
    public static Task<List<(ChannelState State, long Count)>> CountWatchedAsync(this Session session, CancellationToken cancellationToken) =>
        session.QueryAsync(
            "SELECT state, count(*) FROM watched_channels WHERE state IS NOT NULL GROUP BY state",
            row => (StateOf(row.Text(0)), row.GetInt64(1)),
            cancellationToken: cancellationToken);

    /// <summary>Forgets what was seen of a service's channels, or of one of them.</summary>
    public static Task ForgetWatchedAsync(this Transaction transaction, string serviceId, string? channelName, CancellationToken cancellationToken) =>
        channelName is null
            ? transaction.ExecuteAsync("DELETE FROM watched_channels WHERE service_id = @service", [("service", serviceId)], cancellationToken)
            : transaction.ExecuteAsync(
                "DELETE FROM watched_channels WHERE service_id = @service AND channel_name = @channel", [("service", serviceId), ("channel", channelName)], cancellationToken);

    private static string Text(ChannelState state) => state.ToString().ToLowerInvariant();

    private static ChannelState StateOf(string text) => Enum.Parse<ChannelState>(text, ignoreCase: true);

    private static WatchedChannel Read(DbDataReader row) => new(
        row.Text(0),
        row.Text(1),
        StateOf(row.Text(2)),
        row.IsDBNull(3) ? null : row.GetInt64(3),
        JsonSerializer.Deserialize(row.Text(4), StoredJson.Readable.ImmutableArrayDriftFinding),
        row.TextOrNull(5),
        row.Time(6),
        row.Time(7));
}

using System.Data.Common;
using Guildhall.Fabric;
using Guildhall.Networks;

namespace Guildhall.Storage;

internal static class BindingRows
{
    private const string Columns = "service_id, channel_name, block, hash, other_hash, bound_at";

    /// <summary>The service was attached anew since the channel was last seen to be this chain.</summary>
    private const string IsEarlier = "bound_at < (SELECT attached_at FROM attachments WHERE attachments.service_id = network_bindings.service_id)";

    public static Task<NetworkBinding?> FindBindingAsync(this Session session, string serviceId, string channelName, CancellationToken cancellationToken) =>
        session.FindAsync<NetworkBinding>(
            $"SELECT {Columns}, CAST(CASE WHEN {IsEarlier} THEN 1 ELSE 0 END AS bigint) FROM network_bindings WHERE service_id = @service AND channel_name = @channel",
            Read,
            [("service", serviceId), ("channel", channelName)],
            cancellationToken);

    public static Task<List<NetworkBinding>> ListBindingsAsync(this Session session, string serviceId, CancellationToken cancellationToken) =>
        session.QueryAsync($"SELECT {Columns}, CAST(CASE WHEN {IsEarlier} THEN 1 ELSE 0 END AS bigint) FROM network_bindings WHERE service_id = @service ORDER BY channel_name", Read, [("service", serviceId)], cancellationToken);

    /// <summary>Binds the channel, unless it is bound already; then only what else was seen of it is written.</summary>
    public static Task SaveAsync(this Transaction transaction, NetworkBinding binding, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            $"""
            INSERT INTO network_bindings ({Columns}) VALUES (@service, @channel, @block, @hash, @other, @at)
            ON CONFLICT (service_id, channel_name) DO UPDATE SET other_hash = excluded.other_hash
            """,
            [
                ("service", binding.ServiceId), ("channel", binding.ChannelName), ("block", (long)binding.Block.Number), ("hash", binding.Block.Hash),
                ("other", binding.OtherHash), ("at", binding.BoundAt),
            ],
            cancellationToken);

    /// <summary>
    /// Binds the channel of a service that was attached anew. Of the same chain, what was seen before stays known; of another one nothing does, and what was
    /// prepared for the one before is dropped.
    /// </summary>
    public static async Task BindAnewAsync(this Transaction transaction, NetworkBinding binding, CancellationToken cancellationToken)
    {
        if (await transaction.FindBindingAsync(binding.ServiceId, binding.ChannelName, cancellationToken) is { } before && before.Block != binding.Block)
        {
            await transaction.ExecuteAsync(
                "DELETE FROM network_bindings WHERE service_id = @service AND channel_name = @channel",
                [("service", binding.ServiceId), ("channel", binding.ChannelName)],
                cancellationToken);
            await transaction.DropPreparedAsync(binding.ServiceId, binding.ChannelName, cancellationToken);
        }

        await transaction.ExecuteAsync(
            $"""
            INSERT INTO network_bindings ({Columns}) VALUES (@service, @channel, @block, @hash, NULL, @at)
            ON CONFLICT (service_id, channel_name) DO UPDATE SET other_hash = NULL, bound_at = excluded.bound_at
            """,
            [
                ("service", binding.ServiceId), ("channel", binding.ChannelName), ("block", (long)binding.Block.Number), ("hash", binding.Block.Hash), ("at", binding.BoundAt),
            ],
            cancellationToken);
    }

    /// <summary>The newest configuration of the channel that was seen through the service's own nodes and believed. Where the service was attached anew, none until its chain was looked at.</summary>
    public static Task<ChannelConfiguration?> FindKnownAsync(this Session session, string serviceId, string channelName, CancellationToken cancellationToken) =>
        session.FindAsync<ChannelConfiguration>(
            $"SELECT config, config_block FROM network_bindings WHERE service_id = @service AND channel_name = @channel AND config IS NOT NULL AND NOT ({IsEarlier})",
            row => ChannelConfiguration.FromBytes(channelName, Convert.FromBase64String(row.Text(0)), (ulong)row.GetInt64(1)),
            [("service", serviceId), ("channel", channelName)],
            cancellationToken);

    /// <summary>Keeps a configuration that was believed, unless a newer one is kept.</summary>
    public static Task SaveKnownAsync(this Transaction transaction, string serviceId, ChannelConfiguration known, CancellationToken cancellationToken) =>
        transaction.ChangeAllAsync(
            """
            UPDATE network_bindings SET config = @config, config_block = @block
            WHERE  service_id = @service AND channel_name = @channel AND (config_block IS NULL OR config_block < @block)
            """,
            [[("config", Convert.ToBase64String(known.ToBytes())), ("block", (long)(known.Block ?? 0)), ("service", serviceId), ("channel", known.Channel)]],
            cancellationToken);

    /// <summary>Forgets which chains the service's channels are; the next look binds them anew.</summary>
    public static Task UnbindAsync(this Transaction transaction, string serviceId, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("DELETE FROM network_bindings WHERE service_id = @service", [("service", serviceId)], cancellationToken);

    private static NetworkBinding Read(DbDataReader row) =>
        new(row.Text(0), row.Text(1), new BlockReference((ulong)row.GetInt64(2), row.Text(3)), row.TextOrNull(4), row.Time(5)) { IsEarlier = row.Flag(6) };
}

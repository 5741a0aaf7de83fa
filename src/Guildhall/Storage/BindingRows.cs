using System.Data.Common;
using Guildhall.Fabric;
using Guildhall.Networks;

namespace Guildhall.Storage;

internal static class BindingRows
{
    private const string Columns = "service_id, channel_name, block, hash, other_hash, bound_at";

    public static Task<NetworkBinding?> FindBindingAsync(this Session session, string serviceId, string channelName, CancellationToken cancellationToken) =>
        session.FindAsync<NetworkBinding>(
            $"SELECT {Columns} FROM network_bindings WHERE service_id = @service AND channel_name = @channel",
            Read,
            [("service", serviceId), ("channel", channelName)],
            cancellationToken);

    public static Task<List<NetworkBinding>> ListBindingsAsync(this Session session, string serviceId, CancellationToken cancellationToken) =>
        session.QueryAsync($"SELECT {Columns} FROM network_bindings WHERE service_id = @service ORDER BY channel_name", Read, [("service", serviceId)], cancellationToken);

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

    /// <summary>The newest configuration of the channel that was seen through the service's own nodes and believed.</summary>
    public static Task<ChannelConfiguration?> FindKnownAsync(this Session session, string serviceId, string channelName, CancellationToken cancellationToken) =>
        session.FindAsync<ChannelConfiguration>(
            "SELECT config, config_block FROM network_bindings WHERE service_id = @service AND channel_name = @channel AND config IS NOT NULL",
            row => ChannelConfiguration.FromBytes(channelName, Convert.FromBase64String(row.Text(0)), (ulong)row.GetInt64(1)),
            [("service", serviceId), ("channel", channelName)],
            cancellationToken);

    /// <summary>Keeps a configuration that was believed, unless a newer one is kept.</summary>
    public static Task SaveKnownAsync(this Transaction transaction, string serviceId, ChannelConfiguration known, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            """
            UPDATE network_bindings SET config = @config, config_block = @block
            WHERE  service_id = @service AND channel_name = @channel AND (config_block IS NULL OR config_block < @block)
            """,
            [("config", Convert.ToBase64String(known.ToBytes())), ("block", (long)(known.Block ?? 0)), ("service", serviceId), ("channel", known.Channel)],
            cancellationToken);

    /// <summary>Forgets which chains the service's channels are; the next look binds them anew.</summary>
    public static Task UnbindAsync(this Transaction transaction, string serviceId, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("DELETE FROM network_bindings WHERE service_id = @service", [("service", serviceId)], cancellationToken);

    private static NetworkBinding Read(DbDataReader row) =>
        new(row.Text(0), row.Text(1), new BlockReference((ulong)row.GetInt64(2), row.Text(3)), row.TextOrNull(4), row.Time(5));
}

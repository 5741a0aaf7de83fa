using System.Data.Common;
using Guildhall.Fabric;
using Guildhall.Networks;

namespace Guildhall.Storage;

internal static class EnactmentRows
{
    private const string Columns = "inviter_service_id, operation_id, channel_name, is_open, round, config, block, update_bytes, prepared_at";

    public static Task<Enactment?> FindEnactmentAsync(this Session session, string inviterServiceId, string operationId, CancellationToken cancellationToken) =>
        session.FindAsync<Enactment>(
            $"SELECT {Columns} FROM enactments WHERE inviter_service_id = @service AND operation_id = @operation",
            Read,
            [("service", inviterServiceId), ("operation", operationId)],
            cancellationToken);

    /// <summary>Whether an update was prepared for the operation, be it long ago.</summary>
    public static async Task<bool> HasEnactmentAsync(this Session session, string inviterServiceId, string operationId, CancellationToken cancellationToken) =>
        await session.CountAsync(
            "SELECT count(*) FROM enactments WHERE inviter_service_id = @service AND operation_id = @operation",
            [("service", inviterServiceId), ("operation", operationId)],
            cancellationToken) > 0;

    /// <summary>The operation whose change of the channel is under way; null when there is none. One whose work was taken back holds nobody up.</summary>
    public static Task<string?> FindOpenAsync(this Session session, string inviterServiceId, string channelName, CancellationToken cancellationToken) =>
        session.FindAsync<string?>(
            """
            SELECT operation_id
            FROM   enactments
            WHERE  inviter_service_id = @service AND channel_name = @channel AND is_open = 1
                   AND EXISTS (SELECT 1 FROM outbox WHERE outbox.inviter_service_id = enactments.inviter_service_id AND outbox.operation_id = enactments.operation_id)
            """,
            row => row.Text(0),
            [("service", inviterServiceId), ("channel", channelName)],
            cancellationToken);

    /// <summary>Writes the enactment, in place of an earlier round of it, and closes whatever was left open on the channel.</summary>
    public static async Task SaveAsync(this Transaction transaction, Enactment enactment, CancellationToken cancellationToken)
    {
        await transaction.ChangeAllAsync(
            "UPDATE enactments SET is_open = 0 WHERE inviter_service_id = @service AND channel_name = @channel AND is_open = 1",
            [[("service", enactment.InviterServiceId), ("channel", enactment.ChannelName)]],
            cancellationToken);
        await transaction.ExecuteAsync(
            $"""
            INSERT INTO enactments ({Columns})
            VALUES (@service, @operation, @channel, @is_open, @round, @config, @block, @update, @at)
            ON CONFLICT (inviter_service_id, operation_id) DO UPDATE
            SET is_open = excluded.is_open, round = excluded.round, config = excluded.config, block = excluded.block,
                update_bytes = excluded.update_bytes, prepared_at = excluded.prepared_at
            """,
            [
                ("service", enactment.InviterServiceId), ("operation", enactment.OperationId), ("channel", enactment.ChannelName),
                ("is_open", enactment.IsOpen), ("round", enactment.Round), ("config", Convert.ToBase64String(enactment.Base.ToBytes())),
                ("block", (long)(enactment.Base.Block ?? 0)), ("update", Convert.ToBase64String([.. enactment.Update.Bytes])), ("at", enactment.PreparedAt),
            ],
            cancellationToken);
    }

    /// <summary>Lets others change the channel, and asks nobody any more.</summary>
    public static Task CloseAsync(this Transaction transaction, string inviterServiceId, string operationId, CancellationToken cancellationToken) =>
        transaction.CloseAsync([(inviterServiceId, operationId)], cancellationToken);

    /// <summary>The same for many operations, in two statements.</summary>
    public static async Task CloseAsync(
        this Transaction transaction, IReadOnlyCollection<(string InviterServiceId, string OperationId)> operations, CancellationToken cancellationToken)
    {
        (string Name, object? Value)[][] which = [.. operations.Select(one => ((string, object?)[])[("service", one.InviterServiceId), ("operation", one.OperationId)])];
        await transaction.ChangeAllAsync("UPDATE enactments SET is_open = 0 WHERE inviter_service_id = @service AND operation_id = @operation", which, cancellationToken);
        await transaction.ChangeAllAsync(
            "UPDATE signature_requests SET state = 'closed' WHERE inviter_service_id = @service AND operation_id = @operation AND state = 'waiting'",
            which,
            cancellationToken);
    }

    /// <summary>Forgets the updates that are under way on a channel, with all that was signed of them: the channel is another chain now.</summary>
    public static async Task DropPreparedAsync(this Transaction transaction, string inviterServiceId, string channelName, CancellationToken cancellationToken)
    {
        foreach (var table in (string[])["signature_requests", "enactments"])
        {
            await transaction.ExecuteAsync(
                $"""
                DELETE FROM {table}
                WHERE  inviter_service_id = @service AND channel_name = @channel
                       AND EXISTS (SELECT 1 FROM outbox WHERE outbox.inviter_service_id = {table}.inviter_service_id AND outbox.operation_id = {table}.operation_id)
                """,
                [("service", inviterServiceId), ("channel", channelName)],
                cancellationToken);
        }
    }

    private static Enactment Read(DbDataReader row) => new(
        row.Text(0),
        row.Text(1),
        row.Text(2),
        row.Flag(3),
        (int)row.GetInt64(4),
        ChannelConfiguration.FromBytes(row.Text(2), Convert.FromBase64String(row.Text(5)), (ulong)row.GetInt64(6)),
        PreparedUpdate.FromBytes(Convert.FromBase64String(row.Text(7))),
        row.Time(8));
}

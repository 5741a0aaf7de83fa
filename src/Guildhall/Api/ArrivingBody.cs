using System.Buffers;
using System.IO.Pipelines;
using Guildhall.Hosting;
using Guildhall.Memberships;

namespace Guildhall.Api;

/// <summary>A request's body on its way. Memory is set aside for it as it comes, and not as it is announced; and it has to keep the least rate.</summary>
internal sealed class ArrivingBody(Visit visit, LoadLimits limits, TimeProvider clock)
{
    /// <summary>What is set aside for the first bytes of a body; a long one doubles it whenever it is full.</summary>
    private const int FirstLength = 4 * 1024;

    private byte[] bytes = [];
    private int length;

    /// <summary>All of the body, or why it cannot be had.</summary>
    /// <param name="announced">Its length as the caller says; null when it does not.</param>
    public async Task<Result<ReadOnlyMemory<byte>>> ReadAsync(PipeReader reader, long? announced, CancellationToken cancellationToken)
    {
        using var deadline = new TransferDeadline(limits.MinBodyRate, clock, reader.CancelPendingRead);
        while (true)
        {
            var arrived = await ReadAsync(reader, deadline, cancellationToken);
            if (arrived.IsCanceled)
            {
                reader.AdvanceTo(arrived.Buffer.Start);
                return Refusal.BodyTooSlow;
            }

            var refusal = Take(arrived.Buffer, announced);
            reader.AdvanceTo(refusal is null ? arrived.Buffer.End : arrived.Buffer.Start);
            if (refusal is not null)
            {
                return refusal;
            }

            if (arrived.IsCompleted)
            {
                visit.IsBodyRead = true;
                return (ReadOnlyMemory<byte>)bytes.AsMemory(0, length);
            }
        }
    }

    private ValueTask<ReadResult> ReadAsync(PipeReader reader, TransferDeadline deadline, CancellationToken cancellationToken)
    {
        var read = reader.ReadAsync(cancellationToken);
        return read.IsCompletedSuccessfully ? read : WaitAsync(read, deadline);
    }

    private async ValueTask<ReadResult> WaitAsync(ValueTask<ReadResult> read, TransferDeadline deadline)
    {
        deadline.Bytes = length;
        deadline.Begin();
        try
        {
            return await read;
        }
        finally
        {
            deadline.End();
        }
    }

    private Refusal? Take(ReadOnlySequence<byte> arrived, long? announced)
    {
        var needed = length + arrived.Length;
        if (needed > RequestBody.MaxLength)
        {
            return RequestBody.TooLarge(length: null);
        }

        if (needed > bytes.Length)
        {
            var room = (int)Math.Min(announced ?? RequestBody.MaxLength, Math.Max(needed, Math.Max(FirstLength, 2L * bytes.Length)));
            if (visit.Hold(room - bytes.Length) is { } refusal)
            {
                return refusal;
            }

            Array.Resize(ref bytes, room);
        }

        arrived.CopyTo(bytes.AsSpan(length));
        length = (int)needed;
        return null;
    }
}

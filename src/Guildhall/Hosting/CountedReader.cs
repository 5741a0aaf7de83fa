using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Guildhall.Hosting;

/// <summary>Reads what another reader reads, and says how many bytes were taken.</summary>
internal sealed class CountedReader(PipeReader inner, Action<long> taken) : PipeReader
{
    private ReadOnlySequence<byte> last;

    public override bool TryRead(out ReadResult result)
    {
        var isRead = inner.TryRead(out result);
        last = result.Buffer;
        return isRead;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var read = inner.ReadAsync(cancellationToken);
        if (!read.IsCompletedSuccessfully)
        {
            return WaitAsync(read);
        }

        var result = read.Result;
        last = result.Buffer;
        return new(result);
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        var bytes = last.Slice(0, consumed).Length;
        last = default;
        inner.AdvanceTo(consumed, examined);
        if (bytes > 0)
        {
            taken(bytes);
        }
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> WaitAsync(ValueTask<ReadResult> read)
    {
        var result = await read;
        last = result.Buffer;
        return result;
    }
}

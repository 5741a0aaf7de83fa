using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Guildhall.Api;

/// <summary>The way of an answer to its caller: in small pieces, each once the one before is gone, and at no less than the least rate.</summary>
/// <remarks>
/// The server beneath copies what is written to it, however much it is, and lets go of it when the caller has read it. So it is given
/// little at a time. For one caller at a time, as a request is.
/// </remarks>
internal sealed class PacedAnswer : PipeWriter, IHttpResponseBodyFeature, IDisposable
{
    /// <summary>The most bytes that are handed on at once.</summary>
    public const int PieceLength = 16 * 1024;

    private readonly HttpContext context;
    private readonly IHttpResponseBodyFeature inner;
    private readonly PipeWriter writer;
    private readonly UnreadAnswers unread;
    private IHttpRequestLifetimeFeature? lifetime;
    private TransferDeadline? deadline;
    private Stream? stream;
    private long sent;
    private long unflushed;

    public PacedAnswer(HttpContext context, Client client, UnreadAnswers unread)
    {
        (this.context, Client, this.unread) = (context, client, unread);
        inner = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        writer = inner.Writer;
    }

    public Client Client { get; }

    /// <summary>Bytes that are in memory until the caller reads on.</summary>
    public long Held { get; private set; }

    /// <summary>Its place among those that are waited for; for <see cref="UnreadAnswers"/>.</summary>
    public LinkedListNode<PacedAnswer> Node => field ??= new(this);

    public string RequestId => context.TraceIdentifier;

    public Stream Stream => stream ??= AsStream(leaveOpen: true);

    public PipeWriter Writer => this;

    public override bool CanGetUnflushedBytes => writer.CanGetUnflushedBytes;

    public override long UnflushedBytes => writer.UnflushedBytes;

    public override Memory<byte> GetMemory(int sizeHint = 0) => writer.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => writer.GetSpan(sizeHint);

    public override void Advance(int bytes)
    {
        writer.Advance(bytes);
        unflushed += bytes;
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        var held = unflushed;
        (sent, unflushed) = (sent + held, 0);
        var flush = writer.FlushAsync(cancellationToken);
        return flush.IsCompletedSuccessfully ? flush : WaitAsync(flush, held, held);
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        if (source.Length > PieceLength)
        {
            return WritePiecesAsync(source, cancellationToken);
        }

        var held = unflushed + source.Length;
        (sent, unflushed) = (sent + held, 0);
        var write = writer.WriteAsync(source, cancellationToken);
        return write.IsCompletedSuccessfully ? write : WaitAsync(write, held, held);
    }

    public override void CancelPendingFlush() => writer.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => writer.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => writer.CompleteAsync(exception);

    public void DisableBuffering() => inner.DisableBuffering();

    public Task StartAsync(CancellationToken cancellationToken = default) => inner.StartAsync(cancellationToken);

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        SendFileFallback.SendFileAsync(Stream, path, offset, count, cancellationToken);

    public Task CompleteAsync() => inner.CompleteAsync();

    /// <summary>Ends the answer where it is, so that the caller cannot take a part for the whole. May be called on any thread.</summary>
    public void Abort() => lifetime?.Abort();

    public void Dispose() => deadline?.Dispose();

    /// <remarks>What is not handed on yet is the writer's, who keeps it until all of it is: it counts as held.</remarks>
    private async ValueTask<FlushResult> WritePiecesAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        FlushResult result = default;
        while (source.Length > 0 && result is { IsCompleted: false, IsCanceled: false })
        {
            var piece = source[..Math.Min(PieceLength, source.Length)];
            var inFlight = unflushed + piece.Length;
            (sent, unflushed) = (sent + inFlight, 0);
            var write = writer.WriteAsync(piece, cancellationToken);
            result = write.IsCompletedSuccessfully ? write.Result : await WaitAsync(write, inFlight, source.Length);
            source = source[piece.Length..];
        }

        return result;
    }

    private async ValueTask<FlushResult> WaitAsync(ValueTask<FlushResult> write, long piece, long held)
    {
        lifetime ??= context.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>();
        deadline ??= unread.NewDeadline(() => unread.CutSlow(this));
        deadline.Bytes = sent;
        Held = held;
        unread.Add(this);
        deadline.Begin(piece);
        try
        {
            return await write;
        }
        finally
        {
            deadline.End();
            unread.Remove(this);
        }
    }
}

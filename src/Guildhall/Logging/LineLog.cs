using System.Buffers;
using System.Threading.Channels;
using Guildhall.Api;

namespace Guildhall.Logging;

/// <summary>Writes log lines from one thread of its own, so that a slow disk or pipe behind stdout never holds up a request.</summary>
/// <remarks>When the reader falls behind by <see cref="MaxWaiting"/> lines, further ones are dropped, and how many is written once it catches up.</remarks>
internal sealed class LineLog : ILoggerProvider, ISupportExternalScope
{
    private const int MaxWaiting = 8192;
    private const int BatchSize = 64 * 1024;
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? draft;

    private readonly CancellationTokenSource isEnding = new();
    private readonly Channel<byte[]> waiting;
    private readonly Stream output;
    private readonly ILineFormat format;
    private readonly TimeProvider clock;
    private readonly Task writing;
    private IExternalScopeProvider scopes = new LoggerExternalScopeProvider();
    private long dropped;

    /// <param name="clock">The machine's, also in a demo whose clock was moved: logs are compared with other logs.</param>
    public LineLog(Stream output, ILineFormat format, TimeProvider clock)
    {
        (this.output, this.format, this.clock) = (output, format, clock);
        waiting = Channel.CreateBounded<byte[]>(
            new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true },
            _ => Interlocked.Increment(ref dropped));
        writing = Task.Run(WriteAsync);
    }

    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => scopes = scopeProvider;

    /// <summary>Writes what is waiting, for as long as the reader takes it.</summary>
    public void Dispose()
    {
        waiting.Writer.TryComplete();
        isEnding.Cancel();
        writing.Wait(LastWords);
        isEnding.Dispose();
    }

    private async Task WriteAsync()
    {
        var batch = new ArrayBufferWriter<byte>(2 * BatchSize);
        while (await waiting.Reader.WaitToReadAsync())
        {
            try
            {
                while (waiting.Reader.TryRead(out var line))
                {
                    batch.Write(line);
                    if (batch.WrittenCount >= BatchSize)
                    {
                        await WriteAsync(batch);
                    }
                }

                await WriteAsync(batch);
                if (Interlocked.Exchange(ref dropped, 0) is > 0 and var lost)
                {
                    await output.WriteAsync(LineOf(nameof(LineLog), LogLevel.Warning, $"{lost} log lines were dropped: nobody read them fast enough", [], exception: null));
                }

                await output.FlushAsync();
                if (!isEnding.IsCancellationRequested)
                {
                    // What comes meanwhile shares one write: waking up for each line costs more than the line.
                    await Task.Delay(Rest, clock, isEnding.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
            catch (IOException)
            {
                // Nobody reads any more, or the disk is full. The service goes on; there is nowhere to say so.
            }
        }
    }

    private async Task WriteAsync(ArrayBufferWriter<byte> batch)
    {
        try
        {
            await output.WriteAsync(batch.WrittenMemory);
        }
        finally
        {
            batch.ResetWrittenCount();
        }
    }

    /// <summary>The access log's line, of which there are more than of all others together.</summary>
    private byte[] LineOf(string category, in Answered answered)
    {
        var line = draft ??= new ArrayBufferWriter<byte>(512);
        line.ResetWrittenCount();
        format.Write(line, clock.GetUtcNow(), category, answered);
        return PrintableText.InJson(line.WrittenSpan); // of lines for people, everything is printable by now
    }

    private byte[] LineOf(string category, LogLevel level, string message, IEnumerable<KeyValuePair<string, object?>> values, Exception? exception)
    {
        var line = new ArrayBufferWriter<byte>(256);
        format.Write(line, new LogEntry(clock.GetUtcNow(), level, category, RequestId(), message, values, exception));
        return PrintableText.InJson(line.WrittenSpan);
    }

    private string? RequestId()
    {
        var found = new Found();
        scopes.ForEachScope(
            static (scope, found) =>
            {
                if (scope is IReadOnlyList<KeyValuePair<string, object?>> { Count: 1 } values && values[0].Key == "RequestId")
                {
                    found.RequestId = values[0].Value as string;
                }
            },
            found);
        return found.RequestId;
    }

    private sealed class Found
    {
        public string? RequestId { get; set; }
    }

    private sealed class Category(LineLog log, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => log.scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (state is Answered answered)
            {
                log.waiting.Writer.TryWrite(log.LineOf(name, answered));
                return;
            }

            var values = state as IEnumerable<KeyValuePair<string, object?>> ?? [];
            log.waiting.Writer.TryWrite(log.LineOf(name, logLevel, formatter(state, exception), values, exception));
        }
    }
}

/// <summary>What one line says.</summary>
/// <param name="Values">What the message was put together from, by name.</param>
internal readonly record struct LogEntry(
    DateTimeOffset At,
    LogLevel Level,
    string Category,
    string? RequestId,
    string Message,
    IEnumerable<KeyValuePair<string, object?>> Values,
    Exception? Exception);

/// <summary>How a line looks: for machines, or for people.</summary>
internal interface ILineFormat
{
    void Write(IBufferWriter<byte> line, in LogEntry entry);

    /// <summary>The same for the access log's line.</summary>
    void Write(IBufferWriter<byte> line, DateTimeOffset at, string category, in Answered answered);
}

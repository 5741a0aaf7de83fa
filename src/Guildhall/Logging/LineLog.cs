using System.Buffers;
using System.Threading.Channels;

namespace Guildhall.Logging;

/// <summary>Writes log lines from one thread of its own, so that a slow disk or pipe behind stdout never holds up a request.</summary>
/// <remarks>When the reader falls behind by <see cref="MaxWaiting"/> lines, further ones are dropped, and how many is written once it catches up.</remarks>
internal sealed class LineLog : ILoggerProvider, ISupportExternalScope
{
    private const int MaxWaiting = 8192;
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

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
        writing.Wait(LastWords);
    }

    private async Task WriteAsync()
    {
        while (await waiting.Reader.WaitToReadAsync())
        {
            try
            {
                while (waiting.Reader.TryRead(out var line))
                {
                    await output.WriteAsync(line);
                }

                if (Interlocked.Exchange(ref dropped, 0) is > 0 and var lost)
                {
                    await output.WriteAsync(LineOf(nameof(LineLog), LogLevel.Warning, $"{lost} log lines were dropped: nobody read them fast enough", [], exception: null));
                }

                await output.FlushAsync();
            }
            catch (IOException)
            {
                // Nobody reads any more, or the disk is full. The service goes on; there is nowhere to say so.
            }
        }
    }

    private byte[] LineOf(string category, LogLevel level, string message, IEnumerable<KeyValuePair<string, object?>> values, Exception? exception)
    {
        var line = new ArrayBufferWriter<byte>(256);
        format.Write(line, new LogEntry(clock.GetUtcNow(), level, category, RequestId(), message, values, exception));
        return line.WrittenSpan.ToArray();
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
}

using System.Buffers;
using System.Text;
using Guildhall.Api;

namespace Guildhall.Logging;

/// <summary>A line for a person at a terminal: <c>12:34:56 info  GET /v2/… 200 in 1.2 ms  [request id]</c>.</summary>
internal sealed class PlainLines : ILineFormat
{
    public void Write(IBufferWriter<byte> line, in LogEntry entry)
    {
        // A path may decode to a line break or to a terminal's control sequence.
        var text = new StringBuilder($"{entry.At.ToLocalTime():HH:mm:ss} {NameOf(entry.Level)} {PrintableText.Of(entry.Message)}");

        if (entry.RequestId is not null)
        {
            text.Append("  [").Append(entry.RequestId).Append(']');
        }

        if (entry.Exception is not null)
        {
            text.Append('\n').Append(PrintableText.Lines(entry.Exception.ToString()));
        }

        line.Write(Encoding.UTF8.GetBytes(text.Append('\n').ToString()));
    }

    public void Write(IBufferWriter<byte> line, DateTimeOffset at, string category, in Answered answered) =>
        Write(line, new LogEntry(at, LogLevel.Information, category, answered.RequestId, answered.ToString(), [], Exception: null));

    private static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info ",
        LogLevel.Warning => "warn ",
        LogLevel.Error => "error",
        _ => "fatal",
    };
}

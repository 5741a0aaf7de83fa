using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Encodings.Web;
using System.Text.Json;
using Guildhall.Api;

namespace Guildhall.Logging;

/// <summary>One JSON object per line: time, level, category, request_id, message, then the message's values by name.</summary>
internal sealed class JsonLines : ILineFormat
{
    private const string MessageTemplate = "{OriginalFormat}";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
    private static readonly ConcurrentDictionary<string, JsonEncodedText> Keys = new();

    private static readonly JsonEncodedText Time = JsonEncodedText.Encode("time");
    private static readonly JsonEncodedText Level = JsonEncodedText.Encode("level");
    private static readonly JsonEncodedText Information = JsonEncodedText.Encode("information");
    private static readonly JsonEncodedText Category = JsonEncodedText.Encode("category");
    private static readonly JsonEncodedText RequestId = JsonEncodedText.Encode("request_id");
    private static readonly JsonEncodedText Message = JsonEncodedText.Encode("message");
    private static readonly JsonEncodedText Method = JsonEncodedText.Encode("method");
    private static readonly JsonEncodedText Target = JsonEncodedText.Encode("path");
    private static readonly JsonEncodedText Status = JsonEncodedText.Encode("status");
    private static readonly JsonEncodedText Milliseconds = JsonEncodedText.Encode("milliseconds");
    private static readonly JsonEncodedText Project = JsonEncodedText.Encode("project");

    [ThreadStatic]
    private static Utf8JsonWriter? writer;

    public void Write(IBufferWriter<byte> line, in LogEntry entry)
    {
        using (var json = new Utf8JsonWriter(line, Options))
        {
            json.WriteStartObject();
            json.WriteString("time"u8, entry.At.UtcDateTime);
            json.WriteString("level"u8, NameOf(entry.Level));
            json.WriteString("category"u8, entry.Category);
            if (entry.RequestId is not null)
            {
                json.WriteString("request_id"u8, entry.RequestId);
            }

            json.WriteString("message"u8, entry.Message);
            foreach (var (name, value) in entry.Values)
            {
                if (name != MessageTemplate)
                {
                    json.WritePropertyName(Keys.GetOrAdd(name, static one => JsonEncodedText.Encode(JsonNamingPolicy.SnakeCaseLower.ConvertName(one))));
                    WriteValue(json, value);
                }
            }

            if (entry.Exception is not null)
            {
                json.WriteString("exception"u8, entry.Exception.ToString());
            }

            json.WriteEndObject();
        }

        line.Write("\n"u8);
    }

    public void Write(IBufferWriter<byte> line, DateTimeOffset at, string category, in Answered answered)
    {
        var json = writer ??= new Utf8JsonWriter(line, Options);
        json.Reset(line);
        json.WriteStartObject();
        json.WriteString(Time, at.UtcDateTime);
        json.WriteString(Level, Information);
        json.WriteString(Category, category);
        json.WriteString(RequestId, answered.RequestId);
        json.WriteString(Message, answered.ToString());
        json.WriteString(Method, answered.Method);
        json.WriteString(Target, answered.Path);
        json.WriteNumber(Status, answered.Status);
        json.WriteNumber(Milliseconds, Math.Round(answered.Milliseconds, 3));
        json.WriteString(Project, answered.Project);
        json.WriteEndObject();
        json.Flush();
        line.Write("\n"u8);
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(Math.Round(number, 3));
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            default:
                json.WriteStringValue(value.ToString());
                break;
        }
    }

    private static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "information",
        LogLevel.Warning => "warning",
        LogLevel.Error => "error",
        _ => "critical",
    };
}

using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Guildhall.Cli;

/// <summary>Prints what a command found: a table for people, or JSON for scripts.</summary>
internal sealed class Printer(TextWriter output, bool asJson)
{
    private const string Gap = "  ";

    /// <summary>Whether a script reads what is printed.</summary>
    public bool IsJson => asJson;

    private static readonly JsonWriterOptions Readable = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A row per item: an aligned table under its headings, or a JSON array of objects.</summary>
    public Task ListAsync(string[] columns, IEnumerable<string[]> rows)
    {
        var cells = rows.ToList();
        if (asJson)
        {
            return WriteJsonAsync(json =>
            {
                json.WriteStartArray();
                cells.ForEach(row => WriteObject(json, columns, row));
                json.WriteEndArray();
            });
        }

        string[][] lines = [[.. columns.Select(column => column.ToUpperInvariant().Replace('_', ' '))], .. cells.Select(row => row.Select(PrintableText.Of).ToArray())];
        var widths = columns.Select((_, column) => lines.Max(line => line[column].Length)).ToArray();
        return WriteLinesAsync(lines.Select(line => string.Join(Gap, line.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd()));
    }

    /// <summary>One thing: a line per value, or a JSON object.</summary>
    public Task ShowAsync(params (string Name, string Value)[] values)
    {
        if (asJson)
        {
            return WriteJsonAsync(json => WriteObject(json, [.. values.Select(value => value.Name)], [.. values.Select(value => value.Value)]));
        }

        var width = values.Max(value => value.Name.Length);
        return WriteLinesAsync(values.Select(value => $"{value.Name.Replace('_', ' ').PadRight(width)}{Gap}{value.Value}".TrimEnd()));
    }

    /// <summary>Something that has a form of its own on the wire: in words, or in that form.</summary>
    public Task TellAsync<T>(T value, JsonTypeInfo<T> form, IEnumerable<string> words) =>
        asJson ? WriteJsonAsync(json => JsonSerializer.Serialize(json, value, form)) : WriteLinesAsync(words);

    private static void WriteObject(Utf8JsonWriter json, string[] names, string[] values)
    {
        json.WriteStartObject();
        foreach (var (name, value) in names.Zip(values))
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
    }

    private Task WriteJsonAsync(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, Readable))
        {
            write(json);
        }

        return output.WriteLineAsync(PrintableText.InJson(Encoding.UTF8.GetString(bytes.WrittenSpan)));
    }

    private async Task WriteLinesAsync(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            await output.WriteLineAsync(PrintableText.Of(line));
        }
    }
}

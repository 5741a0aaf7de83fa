using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Guildhall.Fabric;

namespace Guildhall.Networks;

/// <summary>A change of a channel that somebody is asked to sign, as a file that is carried to where the key is.</summary>
/// <remarks>
/// <c>{ "channel": "trade", "update": base64 of common.ConfigUpdate, "digest": its SHA-256 in hex, "config": base64 of common.Config, "words": ["…"] }</c>.
/// The words are for people's eyes on the way. Who signs goes by the update and not by them.
/// </remarks>
/// <param name="Current">The configuration that the update was prepared on; null where it is not at hand.</param>
public sealed record SignatureRequestFile(PreparedUpdate Update, ChannelConfiguration? Current, ImmutableArray<string> Words)
{
    /// <summary>The account through whose nodes the channel was read; null where it is not known. Whoever has nodes of its own looks there too.</summary>
    public string? ReadThrough { get; init; }

    internal static readonly JsonWriterOptions Readable = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads such a file, or one that Fabric's own tools wrote (peer channel signconfigtx).</summary>
    /// <exception cref="FormatException">It is neither, or was changed on the way; the message says what is wrong with it.</exception>
    public static SignatureRequestFile Read(ReadOnlySpan<byte> content)
    {
        try
        {
            return IsJson(content) ? ReadJson(content) : new SignatureRequestFile(UpdateSignature.FromEnvelope(content).Update, null, []);
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            throw new FormatException($"The request is not JSON: {problem.Message}", problem);
        }
        catch (FabricException problem)
        {
            throw new FormatException($"The request holds no update of a channel: {problem.Message}", problem);
        }
    }

    public byte[] Write()
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, Readable))
        {
            json.WriteStartObject();
            json.WriteString("channel", Update.Channel);
            json.WriteBase64String("update", Update.Bytes.AsSpan());
            json.WriteString("digest", Update.Digest);
            if (Current is not null)
            {
                json.WriteBase64String("config", Current.ToBytes());
            }

            if (ReadThrough is { } account)
            {
                json.WriteString("read_through", account);
            }

            json.WriteStartArray("words");
            foreach (var line in Words)
            {
                json.WriteStringValue(PrintableText.Of(line)); // they are read with whatever shows a file
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return [.. bytes.WrittenSpan, (byte)'\n'];
    }

    private static bool IsJson(ReadOnlySpan<byte> content) => content.TrimStart(" \t\r\n"u8) is [(byte)'{', ..] || content.StartsWith(Encoding.UTF8.Preamble);

    private static SignatureRequestFile ReadJson(ReadOnlySpan<byte> content)
    {
        using var json = JsonDocument.Parse((content.StartsWith(Encoding.UTF8.Preamble) ? content[Encoding.UTF8.Preamble.Length..] : content).ToArray());
        var root = json.RootElement;
        var update = PreparedUpdate.FromBytes(Bytes(root, "update") ?? throw new FormatException("The request has no update."));
        var (channel, digest) = (Text(root, "channel"), Text(root, "digest"));
        if (!update.Digest.Equals(digest, StringComparison.OrdinalIgnoreCase))
        {
            throw new FormatException($"The request was changed: its update has the digest {update.Digest}, and the file says {digest ?? "none"}. Fetch it again.");
        }

        if (update.Channel != channel)
        {
            throw new FormatException($"The request was changed: its update is of channel {update.Channel}, and the file says {channel ?? "none"}. Fetch it again.");
        }

        return new SignatureRequestFile(update, Bytes(root, "config") is { } config ? ChannelConfiguration.FromBytes(update.Channel, config) : null, []) { ReadThrough = Text(root, "read_through") };
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static byte[]? Bytes(JsonElement root, string name) =>
        !root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.String && value.TryGetBytesFromBase64(out var bytes) ? bytes
        : throw new FormatException($"The request's {name} is not in base64.");
}

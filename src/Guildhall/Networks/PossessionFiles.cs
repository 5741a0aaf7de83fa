using System.Buffers;
using System.Text.Json;

namespace Guildhall.Networks;

/// <summary>A challenge as the file that is carried to where the key is, and its answer as the file that is carried back.</summary>
/// <remarks>
/// <c>{ "organization": "mill", "msp_id": "Org2MSP", "challenge": "Guildhall proof of possession, …" }</c> is answered with
/// <c>{ "organization": "mill", "certificate": PEM, "signature": base64 }</c>.
/// </remarks>
public static class PossessionFiles
{
    /// <summary>The challenge in the file; null where the file is something else.</summary>
    /// <exception cref="FormatException">It has a challenge that is none of Guildhall's.</exception>
    public static (string Organization, string MspId, string Text)? Read(ReadOnlySpan<byte> content)
    {
        try
        {
            using var json = JsonDocument.Parse(content.ToArray());
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("challenge", out var challenge))
            {
                return null;
            }

            var text = challenge.GetString() ?? "";
            return text.StartsWith(PossessionChallenge.Prefix, StringComparison.Ordinal)
                ? (root.GetProperty("organization").GetString() ?? "", root.GetProperty("msp_id").GetString() ?? "", text)
                : throw new FormatException("Its challenge is none that this Guildhall knows, and is not signed.");
        }
        catch (JsonException)
        {
            return null;
        }
        catch (Exception problem) when (problem is InvalidOperationException or KeyNotFoundException)
        {
            throw new FormatException("It is no challenge as Guildhall gives it.", problem);
        }
    }

    public static byte[] WriteAnswer(string organization, string certificatePem, byte[] signature)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, SignatureRequestFile.Readable))
        {
            json.WriteStartObject();
            json.WriteString("organization", organization);
            json.WriteString("certificate", certificatePem);
            json.WriteBase64String("signature", signature);
            json.WriteEndObject();
        }

        return [.. bytes.WrittenSpan, (byte)'\n'];
    }
}

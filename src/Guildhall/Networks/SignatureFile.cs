using System.Buffers;
using System.Text.Json;
using Guildhall.Fabric;

namespace Guildhall.Networks;

/// <summary>A signature of a channel's change, as a file that is carried back.</summary>
/// <remarks><c>{ "digest": of the update that was signed, "signature": base64 of common.ConfigSignature, "msp_id": "Org1MSP" }</c>.</remarks>
public sealed record SignatureFile(string Digest, UpdateSignature Signature, string MspId)
{
    /// <exception cref="FormatException">It is no such file.</exception>
    public static SignatureFile Read(ReadOnlySpan<byte> content)
    {
        try
        {
            using var json = JsonDocument.Parse(content.ToArray());
            var root = json.RootElement;
            var signature = UpdateSignature.FromBytes(root.GetProperty("signature").GetBytesFromBase64());
            return new SignatureFile(root.GetProperty("digest").GetString() ?? "", signature, signature.ReadIdentity().MspId);
        }
        catch (Exception problem) when (problem is JsonException or KeyNotFoundException or InvalidOperationException or FabricException)
        {
            throw new FormatException($"It is no file that guildhall sign wrote: {problem.Message}", problem);
        }
    }

    public byte[] Write()
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, SignatureRequestFile.Readable))
        {
            json.WriteStartObject();
            json.WriteString("digest", Digest);
            json.WriteBase64String("signature", Signature.ToBytes());
            json.WriteString("msp_id", MspId);
            json.WriteEndObject();
        }

        return [.. bytes.WrittenSpan, (byte)'\n'];
    }
}

using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;

namespace Guildhall.Fabric;

/// <summary>Signatures as Fabric wants them: ECDSA P-256 in DER, with s in the lower half. It refuses the others without saying why.</summary>
public static class Ecdsa
{
    private static readonly BigInteger Order = BigInteger.Parse(
        "0FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", System.Globalization.NumberStyles.HexNumber);

    private static readonly BigInteger Half = Order >> 1;

    /// <summary>The same signature with s in the lower half; of the two forms of a signature both are valid.</summary>
    /// <exception cref="CryptographicException">It is not a signature in DER.</exception>
    public static byte[] ToLowS(ReadOnlySpan<byte> signature)
    {
        var (r, s) = Read(signature);
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(r);
            writer.WriteInteger(s > Half ? Order - s : s);
        }

        return writer.Encode();
    }

    /// <exception cref="CryptographicException">It is not a signature in DER.</exception>
    public static bool IsLowS(ReadOnlySpan<byte> signature) => Read(signature).S <= Half;

    internal static bool IsP256(ECDsa key) =>
        key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value is { } curve
            ? curve == ECCurve.NamedCurves.nistP256.Oid.Value
            : key.ExportParameters(includePrivateParameters: false).Curve.Oid.FriendlyName == ECCurve.NamedCurves.nistP256.Oid.FriendlyName;

    private static (BigInteger R, BigInteger S) Read(ReadOnlySpan<byte> signature)
    {
        try
        {
            var sequence = new AsnReader(signature.ToArray(), AsnEncodingRules.DER);
            var numbers = sequence.ReadSequence();
            var (r, s) = (numbers.ReadInteger(), numbers.ReadInteger());
            numbers.ThrowIfNotEmpty();
            sequence.ThrowIfNotEmpty();
            return r.Sign > 0 && s.Sign > 0 && r < Order && s < Order ? (r, s) : throw new CryptographicException("The signature's numbers are out of range.");
        }
        catch (AsnContentException problem)
        {
            throw new CryptographicException("The signature is not a DER sequence of two integers.", problem);
        }
    }
}

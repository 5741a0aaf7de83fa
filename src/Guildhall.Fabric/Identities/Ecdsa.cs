using System.Formats.Asn1;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;

namespace Guildhall.Fabric;

/// <summary>Signatures as Fabric wants them: ECDSA in DER, with s in the lower half of the curve's order (bccsp/utils/ecdsa.go). It refuses the others without saying why.</summary>
public static class Ecdsa
{
    private const string CurveIsUnknown = "The key is of none of the curves that Fabric takes: P-224, P-256, P-384 and P-521.";

    private static readonly BigInteger Order224 = Number("00FFFFFFFFFFFFFFFFFFFFFFFFFFFF16A2E0B8F03E13DD29455C5C2A3D");
    private static readonly BigInteger Order256 = Number("00FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
    private static readonly BigInteger Order384 = Number("00FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973");
    private static readonly BigInteger Order521 = Number("01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFA51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409");

    /// <summary>The same signature with s in the lower half; of the two forms of a signature both are valid.</summary>
    /// <param name="key">The signer's, public or private.</param>
    /// <exception cref="CryptographicException">It is not a signature in DER, or of no key of this curve.</exception>
    public static byte[] ToLowS(ReadOnlySpan<byte> signature, ECDsa key)
    {
        var (order, (r, s)) = (OrderOf(key), Read(signature));
        if (r >= order || s >= order)
        {
            throw new CryptographicException("The signature's numbers are out of range.");
        }

        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(r);
            writer.WriteInteger(s > order >> 1 ? order - s : s);
        }

        return writer.Encode();
    }

    /// <param name="key">The signer's, public or private.</param>
    /// <exception cref="CryptographicException">It is not a signature in DER.</exception>
    public static bool IsLowS(ReadOnlySpan<byte> signature, ECDsa key) => Read(signature).S <= OrderOf(key) >> 1;

    /// <summary>Whether it is a sequence of two positive numbers; of which key, is another question.</summary>
    public static bool IsInDer(ReadOnlySpan<byte> signature)
    {
        try
        {
            Read(signature);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Of SEC 2, 2.4 to 2.6.</summary>
    internal static BigInteger OrderOf(ECDsa key) => key.KeySize switch
    {
        224 => Order224,
        256 => Order256,
        384 => Order384,
        521 => Order521,
        _ => throw new CryptographicException(CurveIsUnknown),
    };

    private static BigInteger Number(string digits) => BigInteger.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static (BigInteger R, BigInteger S) Read(ReadOnlySpan<byte> signature)
    {
        const int Longest = 2 * 67 + 8; // of P-521
        if (signature.Length > Longest)
        {
            throw new CryptographicException("The signature is longer than any is.");
        }

        try
        {
            var sequence = new AsnReader(signature.ToArray(), AsnEncodingRules.DER);
            var numbers = sequence.ReadSequence();
            var (r, s) = (numbers.ReadInteger(), numbers.ReadInteger());
            numbers.ThrowIfNotEmpty();
            sequence.ThrowIfNotEmpty();
            return r.Sign > 0 && s.Sign > 0 ? (r, s) : throw new CryptographicException("The signature's numbers are out of range.");
        }
        catch (AsnContentException problem)
        {
            throw new CryptographicException("The signature is not a DER sequence of two integers.", problem);
        }
    }
}

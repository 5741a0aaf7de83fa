using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Guildhall.Fabric;

/// <summary>Reads certificates of others. Whatever is asked of one that was read can be answered, and costs little.</summary>
/// <remarks>
/// .NET reads the parts of a certificate when they are asked for, and throws then; its search for PEM takes hours for a text of a megabyte that
/// begins again and again. A curve that is written out instead of named, and a key of thousands of bytes, cost whoever verifies with them. Go, in
/// which Fabric is written, takes neither.
/// </remarks>
internal static class CertificateReader
{
    private const string Label = "CERTIFICATE";
    private const int MaxLength = 24 * 1024; // of one certificate in PEM
    private const int MaxRsaBits = 8192;
    private const int MaxYear = 9990; // a little later ends the calendar, and some time is added to it
    private const string EllipticCurve = "1.2.840.10045.2.1";
    private const string Rsa = "1.2.840.113549.1.1.1";
    private const string Ed25519 = "1.3.101.112";

    /// <summary>In DER, as they stand in a key: P-224, P-256, P-384 and P-521.</summary>
    private static readonly byte[][] Curves =
    [
        [0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x21],
        [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
        [0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22],
        [0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23],
    ];

    /// <summary>The first certificate of the text.</summary>
    /// <exception cref="CryptographicException">There is none, or none that Fabric would take.</exception>
    public static X509Certificate2 Read(string pem)
    {
        var from = 0;
        return ReadNext(pem, ref from) ?? throw new CryptographicException("There is no certificate in PEM.");
    }

    /// <summary>All certificates of the text.</summary>
    /// <exception cref="CryptographicException">One of them cannot be read, or there are more than that.</exception>
    public static List<X509Certificate2> ReadAll(string pem, int most)
    {
        var found = new List<X509Certificate2>();
        for (var from = 0; ReadNext(pem, ref from) is { } certificate;)
        {
            found.Add(certificate);
            if (found.Count > most)
            {
                throw new CryptographicException($"There are more than {most} certificates.");
            }
        }

        return found;
    }

    /// <summary>The next text of this label, with its first and its last line; null when there is none that ends.</summary>
    public static string? FindPem(string text, string label, ref int from)
    {
        var (first, last) = ($"-----BEGIN {label}-----", $"-----END {label}-----");
        var begin = text.IndexOf(first, from, StringComparison.Ordinal);
        var end = begin < 0 ? -1 : text.IndexOf(last, begin, StringComparison.Ordinal);
        if (end < 0)
        {
            return null;
        }

        from = end + last.Length;
        return text[begin..from];
    }

    private static X509Certificate2? ReadNext(string text, ref int from)
    {
        if (FindPem(text, Label, ref from) is not { } pem)
        {
            return null;
        }

        if (pem.Length > MaxLength)
        {
            throw new CryptographicException($"The certificate has {pem.Length} characters; at most {MaxLength} are read.");
        }

        var certificate = X509Certificate2.CreateFromPem(pem);
        try
        {
            Examine(certificate);
            return certificate;
        }
        catch (Exception problem)
        {
            certificate.Dispose();
            throw problem as CryptographicException ?? new CryptographicException($"The certificate cannot be read: {problem.Message}", problem);
        }
    }

    private static void Examine(X509Certificate2 certificate)
    {
        switch (certificate.PublicKey.Oid.Value)
        {
            case EllipticCurve when Array.Exists(Curves, curve => curve.AsSpan().SequenceEqual(certificate.PublicKey.EncodedParameters?.RawData)):
                certificate.GetECDsaPublicKey()!.Dispose();
                break;
            case EllipticCurve:
                throw new CryptographicException("The certificate's key is of a curve that Fabric does not take.");
            case Rsa:
                using (var key = certificate.GetRSAPublicKey()!)
                {
                    if (key.KeySize > MaxRsaBits)
                    {
                        throw new CryptographicException($"The certificate's key has {key.KeySize} bits; at most {MaxRsaBits} are taken.");
                    }
                }

                break;
            case Ed25519:
                break;
            default:
                throw new CryptographicException("The certificate's key is of a kind that Fabric does not take.");
        }

        if (certificate.NotBefore.Year > MaxYear || certificate.NotAfter < certificate.NotBefore)
        {
            throw new CryptographicException("The certificate is never valid.");
        }

        _ = certificate.Extensions.OfType<X509BasicConstraintsExtension>().SingleOrDefault()?.CertificateAuthority;
        _ = (certificate.Subject, certificate.Issuer, MspMembers.Units(certificate));
    }
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Guildhall.Fabric;

/// <summary>Signs with a private key that is held in memory.</summary>
public sealed class KeySigner : ISigner, IDisposable
{
    private const int MaxKeyLength = 16 * 1024;
    private readonly ECDsa key;

    /// <param name="privateKeyPem">The key of the identity's certificate: in PKCS#8 or SEC 1, not encrypted.</param>
    /// <exception cref="ArgumentException">The key is of another kind, or is not the certificate's.</exception>
    public KeySigner(SigningIdentity identity, ReadOnlySpan<char> privateKeyPem)
    {
        Identity = identity;
        key = Read(privateKeyPem);
        if (!IsOf(identity))
        {
            key.Dispose();
            throw new ArgumentException($"The private key is not the one of the certificate that {identity.MspId} signs with.", nameof(privateKeyPem));
        }
    }

    public SigningIdentity Identity { get; }

    public ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        lock (key) // ECDsa does not promise to bear several threads
        {
            return ValueTask.FromResult(key.SignData(message.Span, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        }
    }

    public void Dispose() => key.Dispose();

    private static ECDsa Read(ReadOnlySpan<char> pem)
    {
        var read = ECDsa.Create();
        try
        {
            read.ImportFromPem(pem.Length <= MaxKeyLength ? pem : throw new ArgumentException("It is too long.", nameof(pem)));
        }
        catch (Exception problem) when (problem is CryptographicException or ArgumentException or PlatformNotSupportedException)
        {
            read.Dispose();
            throw new ArgumentException("The private key cannot be read: an ECDSA key in PEM (PKCS#8 or SEC 1), not encrypted, is needed.", nameof(pem), problem);
        }

        return read;
    }

    private bool IsOf(SigningIdentity identity)
    {
        using var certificate = identity.ReadCertificate();
        using var published = certificate.GetECDsaPublicKey();
        return published is not null && published.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo());
    }
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Guildhall.Fabric;

namespace Guildhall.Networks;

/// <summary>An identity that no network knows. That a node turns it away shows that the node can be reached.</summary>
internal sealed class Passerby : IDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public Passerby(string mspId)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=Guildhall looks whether somebody answers", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddMinutes(-5), now.AddMinutes(5));
        Signer = new KeySigner(new SigningIdentity(mspId, certificate.ExportCertificatePem()), key.ExportPkcs8PrivateKeyPem());
    }

    public KeySigner Signer { get; }

    public void Dispose()
    {
        Signer.Dispose();
        key.Dispose();
    }
}

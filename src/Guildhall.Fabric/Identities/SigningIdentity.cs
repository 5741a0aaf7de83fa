using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;

namespace Guildhall.Fabric;

/// <summary>Who signs: a certificate, and the organization (its MSP id) under whose name it is used.</summary>
public sealed record SigningIdentity(string MspId, string CertificatePem)
{
    /// <exception cref="System.Security.Cryptography.CryptographicException">The PEM holds no certificate, or none that Fabric would take.</exception>
    public X509Certificate2 ReadCertificate() => CertificateReader.Read(CertificatePem);

    internal ByteString ToBytes() => Wire.Bytes(new Messages.SerializedIdentity { Mspid = MspId, IdBytes = ByteString.CopyFromUtf8(CertificatePem) });
}

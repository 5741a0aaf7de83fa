using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Guildhall.Fabric.Messages;

namespace Guildhall.Fabric;

/// <summary>Who belongs to an organization: its certificate authorities, and how roles are told apart. Everything in it is public.</summary>
public sealed class MspDefinition : IEquatable<MspDefinition>
{
    internal MspDefinition(FabricMSPConfig message) => Message = message;

    public string MspId => Message.Name;

    public ImmutableArray<string> RootCertificates => Text(Message.RootCerts);

    public ImmutableArray<string> IntermediateCertificates => Text(Message.IntermediateCerts);

    /// <summary>Listed administrators; empty where node OUs tell them apart.</summary>
    public ImmutableArray<string> AdminCertificates => Text(Message.Admins);

    public ImmutableArray<string> TlsRootCertificates => Text(Message.TlsRootCerts);

    public ImmutableArray<string> TlsIntermediateCertificates => Text(Message.TlsIntermediateCerts);

    public bool NodeOusEnabled => Message.FabricNodeOus is { Enable: true };

    /// <summary>The organizational unit that makes a certificate an administrator's; null where administrators are listed.</summary>
    public string? AdminUnit => NodeOusEnabled && Message.FabricNodeOus.AdminOuIdentifier is { OrganizationalUnitIdentifier.Length: > 0 } unit ? unit.OrganizationalUnitIdentifier : null;

    internal FabricMSPConfig Message { get; }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <exception cref="FabricException">The bytes are no MSP definition.</exception>
    public static MspDefinition FromBytes(ReadOnlySpan<byte> bytes) => new(Wire.Parse(FabricMSPConfig.Parser, bytes, FabricStep.Prepare));

    /// <summary>Fabric's own form, msp.FabricMSPConfig.</summary>
    public byte[] ToBytes() => Message.ToByteArray();

    /// <summary>Whose identity this is in the organization, judged at a time.</summary>
    /// <param name="at">Certificates that are not valid then are refused, which Fabric itself does for those who submit.</param>
    public IdentityCheck Check(SigningIdentity identity, DateTimeOffset at)
    {
        using var members = new MspMembers(Message);
        return members.Check(identity, at);
    }

    public bool Equals(MspDefinition? other) => other is not null && Message.Equals(other.Message);

    public override bool Equals(object? obj) => Equals(obj as MspDefinition);

    public override int GetHashCode() => Message.GetHashCode();

    internal static X509Certificate2? TryRead(string pem)
    {
        try
        {
            return CertificateReader.Read(pem);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static ImmutableArray<string> Text(IEnumerable<ByteString> certificates) => [.. certificates.Select(pem => pem.ToStringUtf8())];
}

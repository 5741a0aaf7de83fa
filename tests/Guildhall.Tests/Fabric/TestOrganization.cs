using System.Security.Cryptography;
using System.Text;
using Guildhall.Fabric;

namespace Guildhall.Tests.Fabric;

/// <summary>An organization of a Fabric network: its authorities, an administrator, and whatever certificates its nodes need.</summary>
internal sealed class TestOrganization
{
    private const string NodeUnits = """
        NodeOUs:
          Enable: true
          ClientOUIdentifier:
            OrganizationalUnitIdentifier: client
          PeerOUIdentifier:
            OrganizationalUnitIdentifier: peer
          AdminOUIdentifier:
            OrganizationalUnitIdentifier: admin
          OrdererOUIdentifier:
            OrganizationalUnitIdentifier: orderer
        """;

    public TestOrganization(string mspId)
    {
        MspId = mspId;
        Authority = TestAuthority.Create($"ca.{mspId}");
        TlsAuthority = TestAuthority.Create($"tlsca.{mspId}");
        Admin = Signer("admin", "admin");
        Msp = MspFiles.Read(mspId, MspFolder());
    }

    public string MspId { get; }

    public TestAuthority Authority { get; }

    public TestAuthority TlsAuthority { get; }

    public KeySigner Admin { get; }

    public MspDefinition Msp { get; }

    /// <summary>This organization, on the way into a channel.</summary>
    public OrganizationDefinition Joining => new(Msp, []);

    public KeySigner Signer(string name, string unit, DateTimeOffset? until = null, ECCurve? curve = null)
    {
        var certificate = Authority.Issue($"{name}.{MspId}", unit, until, curve: curve);
        return new KeySigner(new SigningIdentity(MspId, certificate.Pem), certificate.KeyPem);
    }

    /// <summary>The MSP folder as others see it: nobody's keys.</summary>
    public Dictionary<string, byte[]> MspFolder() => new(StringComparer.Ordinal)
    {
        ["cacerts/ca.pem"] = Encoding.UTF8.GetBytes(Authority.Pem),
        ["tlscacerts/tlsca.pem"] = Encoding.UTF8.GetBytes(TlsAuthority.Pem),
        ["config.yaml"] = Encoding.UTF8.GetBytes(NodeUnits),
    };

    /// <summary>Writes an MSP folder; with a node's own certificate and key where one is given.</summary>
    public string WriteMsp(string folder, TestCertificate? node = null)
    {
        var files = MspFolder();
        if (node is not null)
        {
            files["signcerts/cert.pem"] = Encoding.UTF8.GetBytes(node.Pem);
            files["keystore/key.pem"] = Encoding.UTF8.GetBytes(node.KeyPem);
        }

        foreach (var (path, content) in files)
        {
            var file = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, content);
        }

        return folder;
    }
}

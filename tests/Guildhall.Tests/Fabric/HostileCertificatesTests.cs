using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Google.Protobuf;
using Guildhall.Fabric;
using Guildhall.Tests.Fuzzing;

namespace Guildhall.Tests.Fabric;

/// <summary>Certificates that are meant to cost whoever reads them, or to fail only when something is asked of them.</summary>
public sealed class HostileCertificatesTests
{
    private static readonly TestOrganization Org1 = new("Org1MSP");
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private static readonly Dictionary<string, Func<string>> Hostile = new(StringComparer.Ordinal)
    {
        ["a curve that is written out"] = () => InPem(FileTargets.Of("certificate", "explicit.der")),
        ["a curve that Fabric does not know"] = () => InPem(FileTargets.Of("certificate", "sect571.der")),
        ["a certificate of a megabyte"] = () => InPem(new byte[1_000_000]),
        ["a megabyte of beginnings"] = () => string.Concat(Enumerable.Repeat("-----BEGIN A-----\n", 55_000)),
        ["a megabyte of beginnings of certificates"] = () => string.Concat(Enumerable.Repeat("-----BEGIN CERTIFICATE-----\n", 35_000)),
        ["constraints that are none"] = () => Made(request => request.CertificateExtensions.Add(new X509Extension("2.5.29.19", [1, 2, 3], critical: true))),
        ["a beginning at the end of the calendar"] = () => Made(_ => { }, from: new DateTimeOffset(9999, 12, 31, 23, 59, 58, TimeSpan.Zero)),
    };

    public static TheoryData<string> HostileOnes => [.. Hostile.Keys];

    [Theory]
    [MemberData(nameof(HostileOnes))]
    public void A_certificate_that_would_do_harm_is_none(string what)
    {
        var pem = Hostile[what]();
        var files = Org1.MspFolder();
        files["cacerts/other.pem"] = Encoding.UTF8.GetBytes(pem);

        Assert.StartsWith("cacerts/other.pem holds no certificate in PEM", Assert.Throws<FormatException>(() => MspFiles.Read("Org1MSP", files)).Message, StringComparison.Ordinal);
        Assert.Equal(IdentityProblem.Unreadable, Org1.Msp.Check(new SigningIdentity("Org1MSP", pem), Now).Problem);
        var message = Org1.Msp.Message.Clone();
        message.RootCerts.Add(ByteString.CopyFromUtf8(pem));
        Assert.Contains(Guards.Check(new MspDefinition(message), Now), finding => finding.Kind == FindingKind.CertificateUnreadable);
    }

    [Fact]
    public void A_profile_has_no_more_certificates_than_anybody_needs()
    {
        var pem = string.Concat(Enumerable.Repeat(Org1.TlsAuthority.Pem, 150)).Replace("\n", "\\n", StringComparison.Ordinal);

        var refused = Assert.Throws<FormatException>(() => ConnectionProfile.Parse($"organizations: {{ a: {{ mspid: a }} }}\npeers: {{ p: {{ url: 'grpcs://a:1', tlsCACerts: {{ pem: \"{pem}\" }} }} }}"));

        Assert.StartsWith("The connection profile's peers.p.tlsCACerts holds ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chain_has_no_more_authorities_than_anybody_needs()
    {
        var files = Org1.MspFolder();
        for (var i = 0; i < 11; i++)
        {
            files[$"intermediatecerts/{i}.pem"] = Encoding.UTF8.GetBytes(Org1.Authority.Pem);
        }

        Assert.Equal("intermediatecerts holds 11 certificates; at most 10 are read.", Assert.Throws<FormatException>(() => MspFiles.Read("Org1MSP", files)).Message);
    }

    [Fact]
    public void A_revocation_list_that_is_none_is_refused_and_revokes_nobody()
    {
        var list = FileTargets.Of("revocation-list", "der");
        var broken = list[..^90];
        var files = Org1.MspFolder();
        files["crls/a.pem"] = broken;
        var message = Org1.Msp.Message.Clone();
        message.RevocationList.Add(ByteString.CopyFrom(broken));

        Assert.Equal("crls/a.pem holds no revocation list.", Assert.Throws<FormatException>(() => MspFiles.Read("Org1MSP", files)).Message);
        Assert.True(new MspDefinition(message).Check(Org1.Admin.Identity, Now).Signer!.IsAdmin);
    }

    private static string InPem(byte[] der) => PemEncoding.WriteString("CERTIFICATE", der) + "\n";

    private static string Made(Action<CertificateRequest> change, DateTimeOffset? from = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=hostile", key, HashAlgorithmName.SHA256);
        change(request);
        var start = from ?? Now;
        using var certificate = request.CreateSelfSigned(start, start.AddSeconds(1));
        return certificate.ExportCertificatePem() + "\n";
    }
}

using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Guildhall.Tests.Hosting;

public sealed class TlsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData("pem")]
    [InlineData("pfx")]
    public async Task Https_is_served_with_the_certificate_and_its_issuers(string form)
    {
        using var root = NewIssuer("CN=a root", signer: null); // a client knows it; it is not sent
        using var issuer = NewIssuer("CN=an issuer", root);
        using var own = NewCertificate(issuer);
        var (server, address) = await GuildhallProcess.StartServerAsync(
            ["serve", "--urls", "https://127.0.0.1:0", "--store", folder.File("guildhall.db"), "--network", "register", .. form == "pem" ? WritePem(own, issuer) : WritePfx(own, issuer)]);
        await using var running = server;
        var shown = new List<string>();
        using var http = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = new()
            {
                RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
                {
                    shown.Add(((X509Certificate2)certificate!).Thumbprint);
                    shown.AddRange(chain!.ChainPolicy.ExtraStore.Select(one => one.Thumbprint));
                    return true;
                },
            },
        });

        using var response = await http.GetAsync(new Uri(address, "/health/live"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("max-age=31536000", Assert.Single(response.Headers.GetValues("Strict-Transport-Security")));
        Assert.Equal(own.Thumbprint, shown[0]);
        Assert.Contains(issuer.Thumbprint, shown);
    }

    public void Dispose() => folder.Dispose();

    private static X509Certificate2 NewIssuer(string name, X509Certificate2? signer)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        if (signer is null)
        {
            return request.CreateSelfSigned(now.AddDays(-2), now.AddDays(2));
        }

        using var signed = request.Create(signer, now.AddDays(-1), now.AddDays(1), [1]);
        return signed.CopyWithPrivateKey(key);
    }

    private static X509Certificate2 NewCertificate(X509Certificate2 issuer)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        var request = new CertificateRequest("CN=guildhall", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        using var signed = request.Create(issuer, new DateTimeOffset(issuer.NotBefore), new DateTimeOffset(issuer.NotAfter), [1, 2, 3]);
        return signed.CopyWithPrivateKey(key);
    }

    private string[] WritePem(X509Certificate2 own, X509Certificate2 issuer) =>
    [
        "--tls-certificate", folder.Write("tls.pem", own.ExportCertificatePem() + "\n" + issuer.ExportCertificatePem()),
        "--tls-key", folder.WritePrivate("tls.key", own.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()),
    ];

    private string[] WritePfx(X509Certificate2 own, X509Certificate2 issuer)
    {
        using var alone = X509CertificateLoader.LoadCertificate(issuer.RawData);
        folder.WritePrivate("tls.pfx", "");
        File.WriteAllBytes(folder.File("tls.pfx"), new X509Certificate2Collection { own, alone }.Export(X509ContentType.Pfx, "of the file")!);
        return ["--tls-certificate", folder.File("tls.pfx"), "--tls-password-file", folder.WritePrivate("tls.password", "of the file\n")];
    }
}

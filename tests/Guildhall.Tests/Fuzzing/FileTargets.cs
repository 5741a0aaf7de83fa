using System.Security.Cryptography;
using System.Text;
using Guildhall.Fabric;
using Guildhall.Networks;

namespace Guildhall.Tests.Fuzzing;

/// <summary>The files with which services are attached: profiles, MSP folders, certificates.</summary>
internal static class FileTargets
{
    private const string MspId = "Org1MSP";
    private static readonly string[] Yaml =
    [
        "&a ", "*a", "<<: *a", "<<: [*a, *b]", "? *a\n: v\n", "? ", ": ", "- ", "---\n", "...\n", "!!binary ", "!<tag:x> ", "%YAML 1.2\n", "%TAG ! tag:x:\n", "|\n  ", ">\n  ", "\"\\uD800\"", "\"\\0\"", "{", "}", "[", "]", ",", "#", "\t",
        "organizations:", "peers:", "orderers:", "channels:", "tlsCACerts:", "pem:", "url: grpcs://a:1", "mspid: Org1MSP", "NodeOUs:", "Enable: true", "OrganizationalUnitIdentifiers:", "Certificate: cacerts/ca.pem",
    ];

    private static readonly string[] Pem = ["-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----", "-----BEGIN A-----\n", "-----END A-----\n", "-----BEGIN ", "-----", "-----BEGIN X509 CRL-----", "=", "\n", "AAAA"];

    private static readonly DateTimeOffset Now = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Lazy<byte[]> Authority = new(() => Of("certificate", "authority.der"));
    private static readonly Lazy<byte[]> Member = new(() => Of("certificate", "member.der"));

    public static readonly FuzzTarget[] All =
    [
        new("profile", input => ReadProfile(Text(input)), problem => problem is FormatException) { Tokens = [.. Yaml, .. Pem], Nestings = FuzzTargets.Brackets },
        new("config-yaml", input => Judge(("cacerts/ca.pem", InPem(Authority.Value)), ("config.yaml", input)), problem => problem is FormatException) { Tokens = Yaml, Nestings = FuzzTargets.Brackets },
        new("certificate", ReadCertificate, problem => problem is FormatException) { Structure = Tlv.Der },
        new("pem", ReadPem, problem => problem is FormatException) { Tokens = Pem, Nestings = [("-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n"), ("-----BEGIN A-----", ""), ("-----BEGIN A-----", "-----END B-----")] },
        new("revocation-list", input => Judge(("cacerts/ca.pem", InPem(Authority.Value)), ("admincerts/a.pem", InPem(Member.Value)), ("crls/a", input)), problem => problem is FormatException) { Structure = Tlv.Der },
        new("private-key", ReadKey, problem => problem is ArgumentException) { Structure = Tlv.Der },
    ];

    public static byte[] Of(string target, string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Fuzzing", "Corpus", target, name));

    public static void ReadProfile(string text)
    {
        var profile = ConnectionProfile.Parse(text);
        _ = profile.Organizations.Select(organization => profile.PeersOf(organization.MspId).Length).ToList();
        _ = ConnectionProfile.Parse(ProfileText.Write(profile));
        _ = ProfileInspection.Run(new AttachmentRequest(text, []), Now);
    }

    /// <summary>The certificate as each of those that an MSP has, and as an identity.</summary>
    private static void ReadCertificate(byte[] input)
    {
        var pem = InPem(input);
        Judge(("cacerts/ca.pem", pem), ("intermediatecerts/i.pem", pem), ("tlscacerts/t.pem", pem), ("admincerts/a.pem", pem));
        var msp = MspFiles.Read(MspId, new Dictionary<string, byte[]> { ["cacerts/ca.pem"] = InPem(Authority.Value) });
        _ = msp.Check(new SigningIdentity(MspId, Text(pem)), Now);
        _ = ConnectionProfile.Parse($"organizations: {{ a: {{ mspid: a }} }}\npeers: {{ p: {{ url: 'grpcs://a:1', tlsCACerts: {{ pem: \"{Text(pem).Replace("\n", "\\n", StringComparison.Ordinal)}\" }} }} }}");
    }

    private static void ReadPem(byte[] input)
    {
        Judge(("cacerts/ca.pem", input), ("intermediatecerts/i.pem", input), ("tlscacerts/t.pem", input), ("admincerts/a.pem", input), ("crls/c.pem", input));
    }

    private static void Judge(params (string Path, byte[] Content)[] files)
    {
        var msp = MspFiles.Read(MspId, files.ToDictionary(file => file.Path, file => file.Content));
        _ = Guards.Check(msp, Now);
        _ = msp.Check(new SigningIdentity(MspId, Text(InPem(Member.Value))), Now);
    }

    private static void ReadKey(byte[] input)
    {
        using var signer = new KeySigner(new SigningIdentity(MspId, Text(InPem(Member.Value))), PemEncoding.WriteString("PRIVATE KEY", input));
    }

    private static byte[] InPem(byte[] der) => Encoding.ASCII.GetBytes(PemEncoding.WriteString("CERTIFICATE", der) + "\n");

    private static string Text(byte[] input) => Encoding.UTF8.GetString(input);
}

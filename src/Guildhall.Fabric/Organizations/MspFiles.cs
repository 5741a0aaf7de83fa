using System.Security.Cryptography;
using Google.Protobuf;
using Guildhall.Fabric.Messages;

namespace Guildhall.Fabric;

/// <summary>Reads an MSP folder, the form in which Fabric's users keep an organization's certificates.</summary>
/// <remarks>
/// cacerts, intermediatecerts, admincerts, crls, tlscacerts, tlsintermediatecerts and config.yaml are read. Keys and signing certificates
/// (keystore, signcerts) are not looked at.
/// </remarks>
public static class MspFiles
{
    private const int MaxFiles = 100; // of one folder
    private const int MaxIntermediates = 10; // each is verified with the chain above it

    private static readonly string[] Folders = ["cacerts", "intermediatecerts", "admincerts", "crls", "tlscacerts", "tlsintermediatecerts"];

    /// <exception cref="FormatException">A file cannot be understood; the message names it.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static MspDefinition ReadFolder(string mspId, string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"There is no MSP folder {folder}.");
        }

        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var path in Folders.Select(name => Path.Combine(folder, name)).Where(Directory.Exists).SelectMany(Directory.EnumerateFiles))
        {
            files[$"{Path.GetFileName(Path.GetDirectoryName(path))}/{Path.GetFileName(path)}"] = File.ReadAllBytes(path);
        }

        var configuration = Path.Combine(folder, "config.yaml");
        if (File.Exists(configuration))
        {
            files["config.yaml"] = File.ReadAllBytes(configuration);
        }

        return Read(mspId, files);
    }

    /// <param name="files">By path from the MSP folder, with forward slashes, such as cacerts/ca.pem.</param>
    /// <exception cref="FormatException">A file cannot be understood; the message names it.</exception>
    public static MspDefinition Read(string mspId, IReadOnlyDictionary<string, byte[]> files)
    {
        var msp = new FabricMSPConfig
        {
            Name = mspId,
            CryptoConfig = new FabricCryptoConfig { SignatureHashFamily = "SHA2", IdentityIdentifierHashFunction = "SHA256" },
        };
        msp.RootCerts.AddRange(Certificates(files, "cacerts"));
        msp.IntermediateCerts.AddRange(Certificates(files, "intermediatecerts"));
        msp.Admins.AddRange(Certificates(files, "admincerts"));
        msp.RevocationList.AddRange(In(files, "crls").Select(file => RevocationList(file.Key, file.Value)));
        msp.TlsRootCerts.AddRange(Certificates(files, "tlscacerts"));
        msp.TlsIntermediateCerts.AddRange(Certificates(files, "tlsintermediatecerts"));
        if (files.TryGetValue("config.yaml", out var yaml))
        {
            MspUnits.Read(msp, System.Text.Encoding.UTF8.GetString(yaml), files);
        }

        return new MspDefinition(msp);
    }

    private static IEnumerable<KeyValuePair<string, byte[]>> In(IReadOnlyDictionary<string, byte[]> files, string folder) =>
        files.Where(file => file.Key.StartsWith(folder + "/", StringComparison.Ordinal)).OrderBy(file => file.Key, StringComparer.Ordinal);

    private static List<ByteString> Certificates(IReadOnlyDictionary<string, byte[]> files, string folder)
    {
        var (certificates, most) = (In(files, folder).ToList(), folder.StartsWith("intermediate", StringComparison.Ordinal) || folder.StartsWith("tlsintermediate", StringComparison.Ordinal) ? MaxIntermediates : MaxFiles);
        return certificates.Count <= most ? certificates.ConvertAll(file => Certificate(file.Key, file.Value))
            : throw new FormatException($"{folder} holds {certificates.Count} certificates; at most {most} are read.");
    }

    private static ByteString RevocationList(string name, byte[] content)
    {
        var list = ByteString.CopyFrom(content);
        return Revocations.IsReadable(list) ? list : throw new FormatException($"{name} holds no revocation list.");
    }

    /// <summary>The certificate as PEM alone: a file that holds a private key as well must not end up on a channel.</summary>
    internal static ByteString Certificate(string name, byte[] content)
    {
        try
        {
            using var certificate = CertificateReader.Read(System.Text.Encoding.UTF8.GetString(content));
            return ByteString.CopyFromUtf8(certificate.ExportCertificatePem() + "\n");
        }
        catch (CryptographicException problem)
        {
            throw new FormatException($"{name} holds no certificate in PEM.", problem);
        }
    }
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Guildhall.Hosting;

/// <summary>Loads the certificate that https addresses are served with.</summary>
internal static class Certificates
{
    /// <summary>The server's certificate with its key first, its issuers behind it; null when none is set.</summary>
    public static X509Certificate2Collection? Read(SettingsReader reader, List<string> complaints)
    {
        var (file, key, password) = (reader.Text(Setting.Certificate), reader.Text(Setting.CertificateKey), reader.Text(Setting.CertificatePassword));
        if (file is null)
        {
            return null;
        }

        foreach (var (setting, holder) in (ReadOnlySpan<(Setting, string?)>)[(Setting.CertificateKey, key), (Setting.CertificatePassword, password), (Setting.Certificate, key is null ? file : null)])
        {
            if (holder is not null && FileModes.WhyNotPrivate(holder) is { } open)
            {
                complaints.Add(setting.Complaint(open));
            }
        }

        try
        {
            if (key is not null)
            {
                return ReadPem(file, key);
            }

            if (password is null)
            {
                complaints.Add(Setting.CertificateKey.Complaint($"it is not set, and neither is {Setting.CertificatePassword.Key} for a PFX certificate"));
                return null;
            }

            return ReadPfx(file, password);
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            complaints.Add(Setting.Certificate.Complaint($"certificate and key cannot be loaded: {exception.Message}"));
            return null;
        }
    }

    private static X509Certificate2Collection ReadPem(string file, string key)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(file);
        return [X509Certificate2.CreateFromPemFile(file, key), .. certificates.Skip(1)];
    }

    private static X509Certificate2Collection ReadPfx(string file, string passwordFile)
    {
        var password = File.ReadLines(passwordFile).FirstOrDefault("");
        var certificates = X509CertificateLoader.LoadPkcs12CollectionFromFile(file, password);
        var own = certificates.FirstOrDefault(certificate => certificate.HasPrivateKey)
            ?? throw new CryptographicException("it holds no private key");
        return [own, .. certificates.Where(certificate => certificate != own)];
    }
}

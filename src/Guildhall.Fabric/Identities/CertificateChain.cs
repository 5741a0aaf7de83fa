using System.Security.Cryptography.X509Certificates;

namespace Guildhall.Fabric;

/// <summary>Whether a certificate descends from given authorities, and from no others.</summary>
internal static class CertificateChain
{
    /// <summary>Null when it does, or why not.</summary>
    /// <remarks>Like Fabric, it takes an authority that is not self-signed as an end of the chain, and asks nobody about revocation.</remarks>
    public static string? WhyNotIssued(
        X509Certificate2 certificate, IReadOnlyCollection<X509Certificate2> authorities, DateTimeOffset at, IReadOnlyCollection<X509Certificate2>? intermediates = null)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = at.UtcDateTime;
        foreach (var authority in authorities)
        {
            (IsSelfSigned(authority) ? chain.ChainPolicy.CustomTrustStore : chain.ChainPolicy.ExtraStore).Add(authority);
        }

        chain.ChainPolicy.ExtraStore.AddRange((X509Certificate2[])[.. intermediates ?? []]);
        if (chain.Build(certificate))
        {
            return null;
        }

        var problems = chain.ChainStatus.Where(status => status.Status != X509ChainStatusFlags.NoError).ToArray();
        var last = chain.ChainElements[^1].Certificate;
        return problems.All(status => status.Status == X509ChainStatusFlags.PartialChain) && authorities.Any(authority => authority.RawDataMemory.Span.SequenceEqual(last.RawDataMemory.Span))
            ? null
            : string.Join("; ", problems.Select(status => Words(status, certificate)).Distinct());
    }

    public static bool IsSelfSigned(X509Certificate2 certificate) => certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    private static string Words(X509ChainStatus status, X509Certificate2 certificate) => status.Status switch
    {
        X509ChainStatusFlags.PartialChain or X509ChainStatusFlags.UntrustedRoot => $"\"{certificate.Subject}\" was issued by \"{certificate.Issuer}\", which is none of the authorities given",
        X509ChainStatusFlags.NotTimeValid => $"\"{certificate.Subject}\" or one of its issuers is valid at another time ({certificate.NotBefore:u} to {certificate.NotAfter:u})",
        _ => status.StatusInformation.Trim(),
    };
}

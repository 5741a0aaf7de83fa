using System.Security.Cryptography.X509Certificates;

namespace Guildhall.Fabric;

/// <summary>What speaks against an organization's certificates.</summary>
internal static class MspGuards
{
    public static IEnumerable<Finding> Check(MspDefinition msp, DateTimeOffset at)
    {
        var id = msp.MspId;
        if (msp.RootCertificates.IsEmpty)
        {
            yield return new Finding(
                FindingKind.NoCertificateAuthority, id, false,
                $"{id} has no certificate authority.",
                "Put the certificate of its root authority into cacerts.");
        }

        if (msp.AdminUnit is null && msp.AdminCertificates.IsEmpty)
        {
            yield return new Finding(
                FindingKind.NoAdministrator, id, false,
                $"{id} has no way to tell its administrators.",
                "Switch node OUs on in config.yaml with an AdminOUIdentifier, or put administrators' certificates into admincerts.");
        }

        if (msp.TlsRootCertificates.IsEmpty)
        {
            yield return new Finding(
                FindingKind.NoTlsAuthority, id, true,
                $"{id} names no TLS authority, so that peers of others cannot reach its peers.",
                "Put the certificate of its TLS root authority into tlscacerts.");
        }

        foreach (var finding in Authorities(id, "cacerts", msp.RootCertificates, msp.IntermediateCertificates, at).Concat(Authorities(id, "tlscacerts", msp.TlsRootCertificates, msp.TlsIntermediateCertificates, at)))
        {
            yield return finding;
        }

        foreach (var finding in msp.AdminCertificates.SelectMany(pem => OfAdministrator(msp, pem, at)))
        {
            yield return finding;
        }
    }

    private static IEnumerable<Finding> OfAdministrator(MspDefinition msp, string pem, DateTimeOffset at)
    {
        var check = msp.Check(new SigningIdentity(msp.MspId, pem), at);
        if (check.Words is { } words)
        {
            var kind = check.Problem == IdentityProblem.Expired ? FindingKind.CertificateExpired : FindingKind.BrokenChain;
            yield return new Finding(kind, msp.MspId, false, $"A listed administrator of {msp.MspId} is none: {words}.", "Replace the certificate in admincerts.");
        }
    }

    private static IEnumerable<Finding> Authorities(string id, string folder, IEnumerable<string> roots, IEnumerable<string> intermediates, DateTimeOffset at)
    {
        X509Certificate2?[] above = [.. roots.Select(MspDefinition.TryRead)];
        X509Certificate2?[] below = [.. intermediates.Select(MspDefinition.TryRead)];
        try
        {
            foreach (var certificate in above.Concat(below))
            {
                foreach (var finding in certificate is null ? [Unreadable(id, folder)] : OfAuthority(id, folder, certificate, at))
                {
                    yield return finding;
                }
            }

            X509Certificate2[] known = [.. above.OfType<X509Certificate2>()];
            foreach (var certificate in below.OfType<X509Certificate2>())
            {
                var own = new DateTimeOffset(certificate.NotBefore.ToUniversalTime()).AddSeconds(1);
                if (CertificateChain.WhyNotIssued(certificate, known, own, [.. below.OfType<X509Certificate2>()]) is { } why)
                {
                    yield return new Finding(
                        FindingKind.BrokenChain, id, false,
                        $"An intermediate authority of {id} is not under its root: {why}.",
                        $"Put the root that issued it into {folder}.");
                }
            }
        }
        finally
        {
            foreach (var certificate in above.Concat(below))
            {
                certificate?.Dispose();
            }
        }
    }

    private static Finding Unreadable(string id, string folder) =>
        new(FindingKind.CertificateUnreadable, id, false, $"{id} has a certificate in {folder} that cannot be read.", "Put a certificate in PEM there.");

    private static IEnumerable<Finding> OfAuthority(string id, string folder, X509Certificate2 certificate, DateTimeOffset at)
    {
        if (certificate.Extensions.OfType<X509BasicConstraintsExtension>().SingleOrDefault() is not { CertificateAuthority: true })
        {
            yield return new Finding(
                FindingKind.NotACertificateAuthority, id, false,
                $"\"{certificate.Subject}\" in {folder} of {id} is not a certificate authority.",
                "Put the authority's own certificate there, not one that it issued.");
        }

        using var key = certificate.GetECDsaPublicKey();
        if (key is null)
        {
            yield return new Finding(
                FindingKind.KeyNotSupported, id, folder != "cacerts",
                $"\"{certificate.Subject}\" of {id} has a key that is not of elliptic curves (ECDSA).",
                "Fabric takes ECDSA only; enroll with a P-256 key.");
        }

        var end = certificate.NotAfter.ToUniversalTime();
        if (end < at.UtcDateTime)
        {
            yield return new Finding(
                FindingKind.CertificateExpired, id, false,
                $"\"{certificate.Subject}\" of {id} expired on {end:yyyy-MM-dd}.",
                "Renew it, and hand in the new MSP folder.");
        }
        else if (end < at.UtcDateTime + Guards.Soon)
        {
            yield return new Finding(
                FindingKind.CertificateExpiresSoon, id, true,
                $"\"{certificate.Subject}\" of {id} expires on {end:yyyy-MM-dd}.",
                "Renew it soon; its MSP definition on the channel has to be changed before then.");
        }
    }
}

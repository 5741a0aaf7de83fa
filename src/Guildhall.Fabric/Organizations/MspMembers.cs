using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Guildhall.Fabric.Messages;

namespace Guildhall.Fabric;

/// <summary>Judges certificates by an organization's MSP, by the rules that Fabric's own nodes follow.</summary>
internal sealed class MspMembers : IDisposable
{
    private const string OrganizationalUnit = "2.5.4.11";
    private readonly FabricMSPConfig msp;
    private readonly ImmutableArray<X509Certificate2> roots;
    private readonly ImmutableArray<X509Certificate2> intermediates;

    public MspMembers(FabricMSPConfig msp)
    {
        this.msp = msp;
        roots = Certificates(msp.RootCerts);
        intermediates = Certificates(msp.IntermediateCerts);
    }

    public IdentityCheck Check(SigningIdentity identity, DateTimeOffset at)
    {
        if (MspDefinition.TryRead(identity.CertificatePem) is not { } certificate)
        {
            return IdentityCheck.Refused(IdentityProblem.Unreadable, "it holds no certificate that can be read");
        }

        using (certificate)
        {
            var why = WhyNotMember(certificate) ?? WhyNotNow(certificate, at);
            if (why is { } found)
            {
                return IdentityCheck.Refused(found.Problem, found.Words);
            }

            var units = Units(certificate);
            return msp.FabricNodeOus is { Enable: true } && Roles(certificate, units) is { Count: > 1 } several
                ? IdentityCheck.Refused(IdentityProblem.NotAMember, $"it bears the units of several roles ({string.Join(", ", several)}), and Fabric takes one")
                : IdentityCheck.Good(new Signer(identity.MspId, RolesOf(certificate, units), units, identity.CertificatePem));
        }
    }

    public void Dispose()
    {
        foreach (var certificate in roots.AddRange(intermediates))
        {
            certificate.Dispose();
        }
    }

    private (IdentityProblem Problem, string Words)? WhyNotMember(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPublicKey();
        if (key is null)
        {
            return (IdentityProblem.KeyNotSupported, "its key is not of elliptic curves (ECDSA), and Fabric takes no other");
        }

        // Like Fabric, the descent is judged at the certificate's own time, so that "expired" is told apart from "a stranger's".
        if (CertificateChain.WhyNotIssued(certificate, roots, new DateTimeOffset(certificate.NotBefore.ToUniversalTime()).AddSeconds(1), intermediates) is { } stranger)
        {
            return (IdentityProblem.NotAMember, stranger);
        }

        return Revocations.Names(certificate, msp.RevocationList, roots.AddRange(intermediates)) ? (IdentityProblem.Revoked, "it has been revoked") : null;
    }

    private static (IdentityProblem Problem, string Words)? WhyNotNow(X509Certificate2 certificate, DateTimeOffset at) =>
        at.UtcDateTime > certificate.NotAfter.ToUniversalTime() ? (IdentityProblem.Expired, $"it expired on {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC")
        : at.UtcDateTime < certificate.NotBefore.ToUniversalTime() ? (IdentityProblem.NotYetValid, $"it is valid only from {certificate.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm} UTC")
        : null;

    private ImmutableHashSet<MspRole> RolesOf(X509Certificate2 certificate, ImmutableArray<string> units)
    {
        var roles = ImmutableHashSet.Create(MspRole.Member);
        if (msp.FabricNodeOus is { Enable: true })
        {
            roles = roles.Union(Roles(certificate, units));
        }

        var listed = Certificates(msp.Admins).Any(admin => admin.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span));
        return listed ? roles.Add(MspRole.Admin) : roles;
    }

    private HashSet<MspRole> Roles(X509Certificate2 certificate, ImmutableArray<string> units)
    {
        var ous = msp.FabricNodeOus;
        (FabricOUIdentifier? Unit, MspRole Role)[] kinds =
            [(ous.ClientOuIdentifier, MspRole.Client), (ous.PeerOuIdentifier, MspRole.Peer), (ous.AdminOuIdentifier, MspRole.Admin), (ous.OrdererOuIdentifier, MspRole.Orderer)];
        return [.. kinds.Where(kind => kind.Unit is { } unit && units.Contains(unit.OrganizationalUnitIdentifier) && IsUnder(unit.Certificate, certificate)).Select(kind => kind.Role)];
    }

    private bool IsUnder(ByteString authority, X509Certificate2 certificate)
    {
        if (authority.IsEmpty || MspDefinition.TryRead(authority.ToStringUtf8()) is not { } certifier)
        {
            return authority.IsEmpty;
        }

        using (certifier)
        {
            return CertificateChain.WhyNotIssued(certificate, [certifier], new DateTimeOffset(certificate.NotBefore.ToUniversalTime()).AddSeconds(1), intermediates) is null;
        }
    }

    internal static ImmutableArray<string> Units(X509Certificate2 certificate) =>
        [.. certificate.SubjectName.EnumerateRelativeDistinguishedNames()
            .Where(name => !name.HasMultipleElements && name.GetSingleElementType().Value == OrganizationalUnit)
            .Select(name => name.GetSingleElementValue() ?? "")];

    private static ImmutableArray<X509Certificate2> Certificates(IEnumerable<ByteString> pems) =>
        [.. pems.Select(pem => MspDefinition.TryRead(pem.ToStringUtf8())).OfType<X509Certificate2>()];
}

/// <summary>Revocation lists, as far as the question goes whether they name a certificate.</summary>
internal static class Revocations
{
    public static bool Names(X509Certificate2 certificate, IEnumerable<ByteString> lists, IEnumerable<X509Certificate2> authorities)
    {
        var issuer = authorities.FirstOrDefault(authority => authority.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData));
        return issuer is not null && lists.Any(list => IsBy(issuer, list) && Holds(list, certificate));
    }

    private static bool IsBy(X509Certificate2 issuer, ByteString list)
    {
        try
        {
            var fields = new AsnReader(Der(list), AsnEncodingRules.DER).ReadSequence().ReadSequence();
            if (fields.PeekTag().HasSameClassAndValue(Asn1Tag.Integer))
            {
                fields.ReadInteger(); // the version
            }

            fields.ReadEncodedValue(); // the signature's algorithm
            return fields.ReadEncodedValue().Span.SequenceEqual(issuer.SubjectName.RawData);
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    public static bool IsReadable(ByteString list) => Load(list) is not null;

    private static bool Holds(ByteString list, X509Certificate2 certificate) => Load(list)?.RemoveEntry(certificate.SerialNumberBytes.Span) == true;

    private static CertificateRevocationListBuilder? Load(ByteString list)
    {
        try
        {
            return CertificateRevocationListBuilder.Load(Der(list), out _);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static byte[] Der(ByteString list)
    {
        var (text, from) = (list.ToStringUtf8(), 0);
        return CertificateReader.FindPem(text, "X509 CRL", ref from) is { } pem && PemEncoding.TryFind(pem, out var found) ? Convert.FromBase64String(pem[found.Base64Data]) : list.ToByteArray();
    }
}

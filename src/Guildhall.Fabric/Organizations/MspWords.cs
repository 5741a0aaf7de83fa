using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Guildhall.Fabric.Messages;

namespace Guildhall.Fabric;

/// <summary>All that an MSP definition says, in sentences: each certificate by its subject and its SHA-256, which is what <c>openssl x509 -fingerprint</c> shows.</summary>
internal static class MspWords
{
    /// <param name="path">Of the element that holds it.</param>
    public static IEnumerable<string> Of(string path, FabricMSPConfig msp) =>
    [
        $"{path} has the MSP id {Quotation.Of(msp.Name)}.",
        .. Certificates(path, "root_certs", msp.RootCerts, $"{path} trusts the root certificate"),
        .. Certificates(path, "intermediate_certs", msp.IntermediateCerts, $"{path} trusts the intermediate certificate"),
        .. Certificates(path, "tls_root_certs", msp.TlsRootCerts, $"{path} trusts the TLS root certificate"),
        .. Certificates(path, "tls_intermediate_certs", msp.TlsIntermediateCerts, $"{path} trusts the TLS intermediate certificate"),
        .. Certificates(path, "admins", msp.Admins, $"{path} lists the administrator"),
        .. NodeUnits(path, msp.FabricNodeOus),
        .. msp.OrganizationalUnitIdentifiers.Select(unit => UnitOf(unit) is { } words
            ? $"{path} takes members of the organizational unit {words}, and none without a unit that it takes."
            : Json(path, "organizational_unit_identifiers", ElementJson.Plain(unit))),
        .. msp.CryptoConfig is { } crypto ? [$"{path} hashes with {Quotation.Of(crypto.SignatureHashFamily)} and {Quotation.Of(crypto.IdentityIdentifierHashFunction)}."] : Array.Empty<string>(),
        .. msp.RevocationList.Select(list => Json(path, "revocation_list", list.ToBase64())),
    ];

    private static IEnumerable<string> Certificates(string path, string field, IEnumerable<ByteString> pems, string words) =>
        pems.Select(pem => NameOf(pem) is { } name ? $"{words} {name}." : Json(path, field, pem.ToBase64()));

    private static string Json(string path, string field, JsonNode content) => ElementWords.AsJson(path, new JsonObject { [field] = content });

    private static IEnumerable<string> NodeUnits(string path, FabricNodeOUs? units)
    {
        if (units is null)
        {
            return [];
        }

        (string Role, FabricOUIdentifier? Unit)[] roles =
            [("client", units.ClientOuIdentifier), ("peer", units.PeerOuIdentifier), ("admin", units.AdminOuIdentifier), ("orderer", units.OrdererOuIdentifier)];
        var words = roles.Where(one => one.Unit is not null).Select(one => UnitOf(one.Unit!) is { } unit ? $"{one.Role} by {unit}" : null).ToArray();
        return words.Contains(null) || (!units.Enable && words.Length > 0) ? [Json(path, "fabric_node_ous", ElementJson.Plain(units))]
            : units.Enable ? [$"{path} tells roles by organizational units: {(words.Length == 0 ? "(none)" : string.Join(", ", words))}."]
            : [$"{path} does not tell roles by organizational units."];
    }

    private static string? UnitOf(FabricOUIdentifier unit) =>
        unit.Certificate.IsEmpty ? Unit(unit)
        : NameOf(unit.Certificate) is { } authority ? $"{Unit(unit)} under {authority}"
        : null;

    private static string Unit(FabricOUIdentifier unit) => Quotation.Of(unit.OrganizationalUnitIdentifier);

    /// <summary>Null where the bytes are not one certificate and nothing else.</summary>
    private static string? NameOf(ByteString bytes)
    {
        var pem = bytes.ToStringUtf8();
        if (!IsOneText(pem) || MspDefinition.TryRead(pem) is not { } certificate)
        {
            return null;
        }

        using (certificate)
        {
            return $"{Quotation.Of(certificate.Subject)} (SHA-256 {Convert.ToHexStringLower(certificate.GetCertHash(HashAlgorithmName.SHA256))})";
        }
    }

    private static bool IsOneText(string pem)
    {
        var from = 0;
        return CertificateReader.FindPem(pem, "CERTIFICATE", ref from) is { } first && pem.Trim().Length == first.Trim().Length;
    }
}

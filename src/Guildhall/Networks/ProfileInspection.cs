using System.Security.Cryptography.X509Certificates;
using Guildhall.Fabric;

namespace Guildhall.Networks;

/// <summary>What a connection profile says by itself.</summary>
internal static class ProfileInspection
{
    public const string Subject = "connection profile";

    public static (ConnectionProfile? Profile, List<AttachmentCheck> Found) Run(AttachmentRequest request, DateTimeOffset at)
    {
        ConnectionProfile profile;
        try
        {
            profile = ConnectionProfile.Parse(request.Profile, request.ReadFile);
            _ = ConnectionProfile.Parse(ProfileText.Write(profile)); // as it is kept, and will be read
        }
        catch (Exception problem) when (problem is FormatException or IOException or UnauthorizedAccessException)
        {
            return (null, [AttachmentCheck.Fail(CheckedPart.Profile, Subject, problem.Message, "Give the connection profile that programs of the organization use.")]);
        }

        List<AttachmentCheck> found =
        [
            AttachmentCheck.Good(CheckedPart.Profile, Subject, $"names {Count(profile.Organizations.Length, "organization")}, {Count(profile.Orderers.Length, "orderer")} and {Count(profile.Peers.Length, "peer")}."),
            .. profile.Orderers.SelectMany(node => OfNode(CheckedPart.Orderer, node, at)),
            .. profile.Peers.SelectMany(node => OfNode(CheckedPart.Peer, node, at)),
        ];
        return (profile, found);
    }

    private static IEnumerable<AttachmentCheck> OfNode(CheckedPart part, ProfileNode node, DateTimeOffset at)
    {
        if (node.Endpoint.Address.Scheme != Uri.UriSchemeHttps)
        {
            yield return AttachmentCheck.Warn(part, node.Name, "is reached without TLS: whoever is in between reads and changes what is said.", "Switch TLS on at the node, and write grpcs:// and tlsCACerts into the profile.");
        }
        else if (node.Endpoint.TlsAuthorities.IsEmpty)
        {
            yield return AttachmentCheck.Fail(part, node.Name, "has no TLS authority in the profile, and those of this machine are not trusted.", "Write the certificate of the authority that issued its TLS certificate into tlsCACerts.");
        }

        foreach (var authority in node.Endpoint.TlsAuthorities)
        {
            if (OfLifetime(part, node.Name, $"TLS authority \"{authority.Subject}\"", authority, at) is { } check)
            {
                yield return check;
            }
        }
    }

    /// <summary>Null while the certificate has time enough.</summary>
    public static AttachmentCheck? OfLifetime(CheckedPart part, string subject, string what, X509Certificate2 certificate, DateTimeOffset at)
    {
        var end = certificate.NotAfter.ToUniversalTime();
        return end < at.UtcDateTime
            ? AttachmentCheck.Fail(part, subject, $"{what} expired on {end:yyyy-MM-dd HH:mm} UTC.", "Renew it, and attach with the new one.")
            : end < at.UtcDateTime + Guards.Soon
                ? AttachmentCheck.Warn(part, subject, $"{what} expires on {end:yyyy-MM-dd}.", "Renew it before then, and attach with the new one.")
                : null;
    }

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";
}

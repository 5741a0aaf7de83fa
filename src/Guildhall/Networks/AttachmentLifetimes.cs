using System.Security.Cryptography.X509Certificates;
using Guildhall.Fabric;

namespace Guildhall.Networks;

/// <summary>What of an attached service has expired, or is about to.</summary>
public static class AttachmentLifetimes
{
    private static readonly FindingKind[] Ends = [FindingKind.CertificateExpired, FindingKind.CertificateExpiresSoon];

    public static AttachmentReport Of(Attachment attachment, DateTimeOffset at) => new([.. attachment.Organizations.SelectMany(organization => Of(organization, at))]);

    private static IEnumerable<AttachmentCheck> Of(AttachedOrganization organization, DateTimeOffset at) =>
    [
        .. Guards.Check(organization.Msp, at).Where(finding => Ends.Contains(finding.Kind)).Select(finding => new AttachmentCheck(
            finding.IsWarning ? CheckOutcome.Warning : CheckOutcome.Failed, CheckedPart.Msp, organization.Name, finding.Words, finding.Remedy)),
        .. Of(CheckedPart.Administrator, organization.Name, organization.Administrator, at),
        .. Of(CheckedPart.Client, organization.Name, organization.Client, at),
    ];

    private static IEnumerable<AttachmentCheck> Of(CheckedPart part, string name, HeldIdentity? held, DateTimeOffset at) =>
        new[] { ("its certificate", held?.CertificatePem), ("its TLS certificate", held?.Tls?.CertificatePem) }
            .Select(one => one.Item2 is { } pem ? Of(part, name, one.Item1, pem, at) : null).OfType<AttachmentCheck>();

    private static AttachmentCheck? Of(CheckedPart part, string name, string what, string pem, DateTimeOffset at)
    {
        using var certificate = X509Certificate2.CreateFromPem(pem);
        return ProfileInspection.OfLifetime(part, name, what, certificate, at);
    }
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Guildhall.Fabric;

namespace Guildhall.Networks;

/// <summary>What can be seen of an organization without asking anybody: its MSP, and the identities that are given for it.</summary>
internal static class OrganizationInspection
{
    private const int MaxIdLength = 249;
    private const int MaxNames = 20;

    /// <summary>Null when its MSP cannot be read.</summary>
    public static async Task<PreparedOrganization?> RunAsync(
        OrganizationFiles given,
        AttachedService service,
        ConnectionProfile? profile,
        NetworkSettings settings,
        DateTimeOffset at,
        Action<AttachmentCheck> take,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested(); // reading certificates is work
        foreach (var check in OfNames(given, service, profile))
        {
            take(check);
        }

        if (ReadMsp(given, at, take) is not { } msp)
        {
            return null;
        }

        var administrator = await IdentityInspection.RunAsync(CheckedPart.Administrator, given, given.Administrator, msp, settings, at, take, cancellationToken);
        var client = await IdentityInspection.RunAsync(CheckedPart.Client, given, given.Client, msp, settings, at, take, cancellationToken);
        var tls = given.Client?.Tls ?? given.Administrator?.Tls;
        return new PreparedOrganization(given, msp, administrator, client, tls is null ? null : ReadTls(given, tls, at, take));
    }

    private static IEnumerable<AttachmentCheck> OfNames(OrganizationFiles given, AttachedService service, ConnectionProfile? profile)
    {
        if (!service.Organizations.Contains(given.Name))
        {
            yield return AttachmentCheck.Fail(
                CheckedPart.Organization, given.Name, $"is no organization of service {service.Name}, which has {string.Join(", ", service.Organizations)}.", "Use a name that the service has, or add the organization to the service first (UpdateInstance).");
        }

        if (!given.MspId.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-') || given.MspId.Length is 0 or > MaxIdLength)
        {
            yield return AttachmentCheck.Fail(CheckedPart.Organization, given.Name, $"has the MSP id \"{given.MspId}\", which Fabric takes for no channel.", $"Use letters, digits, dots and dashes only, at most {MaxIdLength}.");
        }
        else if (profile is not null && profile.Organizations.All(organization => organization.MspId != given.MspId))
        {
            yield return AttachmentCheck.Fail(
                CheckedPart.Organization,
                given.Name,
                $"has the MSP id {given.MspId}, which the connection profile does not name; its organizations have {FirstOf([.. profile.Organizations.Select(organization => organization.MspId)])}.",
                "Correct the MSP id here, or mspid in the profile.");
        }
    }

    /// <summary>Each organization that is given says it, so that all of a long list would be there a hundred times.</summary>
    private static string FirstOf(string[] names) => string.Join(", ", names.Take(MaxNames)) + (names.Length > MaxNames ? $" and {names.Length - MaxNames} more" : "");

    private static MspDefinition? ReadMsp(OrganizationFiles given, DateTimeOffset at, Action<AttachmentCheck> take)
    {
        MspDefinition msp;
        try
        {
            msp = MspFiles.Read(given.MspId, given.Files.GroupBy(file => file.Path).ToDictionary(group => group.Key, group => Encoding.UTF8.GetBytes(group.Last().Text)));
        }
        catch (FormatException problem)
        {
            take(AttachmentCheck.Fail(CheckedPart.Msp, given.Name, problem.Message, "Give the organization's MSP folder: cacerts, tlscacerts and config.yaml."));
            return null;
        }

        var findings = Guards.Check(msp, at);
        foreach (var finding in findings)
        {
            take(new AttachmentCheck(finding.IsWarning ? CheckOutcome.Warning : CheckOutcome.Failed, CheckedPart.Msp, given.Name, finding.Words, finding.Remedy));
        }

        if (findings.All(finding => finding.IsWarning))
        {
            take(AttachmentCheck.Good(CheckedPart.Msp, given.Name, $"is {msp.MspId}; {(msp.NodeOusEnabled ? $"administrators bear the unit {msp.AdminUnit ?? "that admincerts lists"}" : "its administrators are listed")}."));
        }

        return msp;
    }

    private static X509Certificate2? ReadTls(OrganizationFiles given, GivenTlsCertificate tls, DateTimeOffset at, Action<AttachmentCheck> take)
    {
        try
        {
            using var shown = new SigningIdentity(given.MspId, tls.CertificatePem).ReadCertificate();
            var certificate = X509Certificate2.CreateFromPem(shown.ExportCertificatePem(), tls.KeyPem);
            if (ProfileInspection.OfLifetime(CheckedPart.Client, given.Name, "its TLS client certificate", certificate, at) is { } check)
            {
                take(check);
            }

            return certificate;
        }
        catch (Exception problem) when (problem is CryptographicException or ArgumentException)
        {
            take(AttachmentCheck.Fail(CheckedPart.Client, given.Name, "has a TLS client certificate that cannot be read, or whose key is another's.", "Give both in PEM, the key not encrypted."));
            return null;
        }
    }
}

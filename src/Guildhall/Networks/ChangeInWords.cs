using System.Collections.Immutable;
using Guildhall.Fabric;

namespace Guildhall.Networks;

/// <summary>What a change of a channel does, told from the bytes that are signed.</summary>
public static class ChangeInWords
{
    /// <summary>What is said where nothing is left to be changed.</summary>
    public const string SoAlready = "The channel is so already.";

    private static readonly string[] Complete = ["Admins", "Endorsement", "Readers", "Writers"];

    /// <summary>A sentence each: first who joins and leaves, then all that is written, then what it brings about. What needs the present configuration is told where that is at hand.</summary>
    public static ImmutableArray<string> Of(PreparedUpdate update, ChannelConfiguration? current)
    {
        var contents = UpdateContents.Of(update, current);
        return
        [
            .. contents.Added.Select(Joins),
            .. Leaving(contents, current).Select(name => $"{name} leaves channel {update.Channel}."),
            .. After(update, contents, current),
            .. contents.Account,
            .. current is null ? [] : Consequences.Of(current, update).Select(consequence => consequence.Words),
        ];
    }

    private static string Joins(ChannelOrganization organization)
    {
        var missing = Complete.Except(organization.Policies).ToArray();
        var authorities = organization.Msp.RootCertificates.Select(NameOf);
        return $"{Named(organization)} joins, with the authority {string.Join(", ", authorities)} (MSP digest {organization.MspDigest[..16]})"
            + (missing.Length == 0 ? "." : $", without the policies {string.Join(", ", missing)}: do not sign this unless you know why.");
    }

    private static IEnumerable<string> Leaving(UpdateContents contents, ChannelConfiguration? current) =>
        current is null || contents.OrganizationsAfter is not { } after ? [] : current.Organizations.Select(one => one.Name).Except(after);

    private static IEnumerable<string> After(PreparedUpdate update, UpdateContents contents, ChannelConfiguration? current)
    {
        if (contents.OrganizationsAfter is { } after)
        {
            yield return $"After it, the organizations of channel {update.Channel} are exactly {(after.IsEmpty ? "(none)" : string.Join(", ", after))}."
                + (current is null ? " Whoever is in the channel now and not among them leaves." : "");
        }
        else if (contents.Account.IsEmpty)
        {
            yield return "It changes nothing.";
        }
    }

    private static string Named(ChannelOrganization organization) => organization.Name == organization.MspId ? organization.Name : $"{organization.Name} ({Quotation.Of(organization.MspId)})";

    private static string NameOf(string certificatePem)
    {
        try
        {
            using var certificate = new SigningIdentity("", certificatePem).ReadCertificate();
            return Quotation.Of(certificate.Subject);
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            return "a certificate that cannot be read";
        }
    }
}

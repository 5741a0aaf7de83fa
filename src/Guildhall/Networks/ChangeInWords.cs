using System.Collections.Immutable;
using Guildhall.Fabric;

namespace Guildhall.Networks;

/// <summary>What a change of a channel does, told from the bytes that are signed.</summary>
public static class ChangeInWords
{
    /// <summary>What is said where nothing is left to be changed.</summary>
    public const string SoAlready = "The channel is so already.";

    private static readonly string[] Complete = ["Admins", "Endorsement", "Readers", "Writers"];

    /// <summary>A sentence each. What needs the present configuration is told where that is at hand.</summary>
    public static ImmutableArray<string> Of(PreparedUpdate update, ChannelConfiguration? current)
    {
        var contents = UpdateContents.Of(update);
        return
        [
            .. contents.Added.Select(Joins),
            .. Leaving(contents, current).Select(name => $"{name} leaves channel {update.Channel}."),
            .. After(update, contents, current),
            .. contents.OtherChanges.Select(element => $"It also changes {Plain(element)}."),
            .. current is null ? [] : Consequences.Of(current, AsChange(contents, current)).Select(consequence => consequence.Words),
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
        current is null || contents.OrganizationsAfter.IsEmpty ? [] : current.Organizations.Select(one => one.Name).Except(contents.OrganizationsAfter);

    private static IEnumerable<string> After(PreparedUpdate update, UpdateContents contents, ChannelConfiguration? current)
    {
        if (!contents.OrganizationsAfter.IsEmpty)
        {
            yield return $"After it, the organizations of channel {update.Channel} are exactly {string.Join(", ", contents.OrganizationsAfter)}."
                + (current is null ? " Whoever is in the channel now and not among them leaves." : "");
        }
        else if (contents.OtherChanges.IsEmpty)
        {
            yield return "It changes nothing.";
        }
    }

    private static ChannelChange AsChange(UpdateContents contents, ChannelConfiguration current)
    {
        var leaving = Leaving(contents, current).ToHashSet(StringComparer.Ordinal);
        return new ChannelChange
        {
            Add = [.. contents.Added.Select(one => new OrganizationDefinition(one.Msp, one.AnchorPeers))],
            Remove = [.. current.Organizations.Where(one => leaving.Contains(one.Name)).Select(one => one.MspId)],
        };
    }

    private static string Named(ChannelOrganization organization) => organization.Name == organization.MspId ? organization.Name : $"{organization.Name} ({organization.MspId})";

    private static string NameOf(string certificatePem)
    {
        try
        {
            using var certificate = new SigningIdentity("", certificatePem).ReadCertificate();
            return $"\"{certificate.Subject}\"";
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            return "a certificate that cannot be read";
        }
    }

    /// <summary>"[Policy] /Channel/Application/Admins" as "the policy /Channel/Application/Admins".</summary>
    private static string Plain(string element) =>
        $"the {element[1..element.IndexOf(']')].ToLowerInvariant()} {element[element.IndexOf('/')..]}";
}

using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Guildhall.Fabric;

/// <summary>Something about a change that Fabric would refuse, or worse, would not.</summary>
/// <param name="Subject">The organization that it is about.</param>
/// <param name="IsWarning">Whether the change can be made all the same.</param>
/// <param name="Remedy">What to do about it.</param>
public sealed record Finding(FindingKind Kind, string Subject, bool IsWarning, string Words, string Remedy);

public enum FindingKind
{
    /// <summary>No organization would be left; anybody could then take the channel over.</summary>
    LastOrganization,

    /// <summary>An organization without an Admins policy counts in majorities and can never agree.</summary>
    IncompletePolicies,

    /// <summary>The MSP id is another's, or the same organization's with another definition.</summary>
    MspIdInUse,

    /// <summary>Fabric takes letters, digits, dots and dashes only, at most 249.</summary>
    NameRefused,

    /// <summary>The same organization twice, or added and removed at once.</summary>
    Contradiction,

    NoCertificateAuthority,
    NotACertificateAuthority,
    CertificateUnreadable,
    CertificateExpired,
    CertificateExpiresSoon,
    KeyNotSupported,

    /// <summary>An intermediate authority whose issuer is not there.</summary>
    BrokenChain,

    /// <summary>No node OU for administrators, and none listed: Fabric refuses the organization.</summary>
    NoAdministrator,

    /// <summary>Without TLS authorities the peers of others cannot reach its peers.</summary>
    NoTlsAuthority,

    /// <summary>An organization that is to get anchor peers is not in the channel.</summary>
    NotOnChannel,

    /// <summary>Afterwards nobody could meet a policy.</summary>
    PolicyUnmeetable,
}

/// <summary>Looks at a change before anything is signed or submitted.</summary>
public static partial class Guards
{
    /// <summary>How long before its end a certificate is warned about.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromDays(30);

    /// <summary>Everything that speaks against the change, refusals first.</summary>
    public static ImmutableArray<Finding> Check(ChannelConfiguration current, ChannelChange change, DateTimeOffset at) =>
        [.. OfChange(current, change).Concat(change.Add.Where(one => !ChannelChange.IsAlreadyIn(current, one)).SelectMany(one => OfJoining(current, one).Concat(Check(one.Msp, at))))
            .OrderBy(finding => finding.IsWarning)];

    /// <summary>Everything that speaks against an organization's definition, on whatever channel.</summary>
    public static ImmutableArray<Finding> Check(MspDefinition msp, DateTimeOffset at) => [.. MspGuards.Check(msp, at)];

    private static IEnumerable<Finding> OfChange(ChannelConfiguration current, ChannelChange change)
    {
        var before = current.Organizations.Select(one => one.MspId).ToHashSet(StringComparer.Ordinal);
        if (before.Except(change.Remove).Union(change.Add.Select(one => one.Msp.MspId)).Any() == false)
        {
            yield return new Finding(
                FindingKind.LastOrganization, string.Join(", ", change.Remove), false, "No organization would be left in the channel. Fabric allows it, and then anybody can take the channel over.", "Leave at least one organization in the channel.");
        }

        foreach (var twice in change.Add.Select(one => one.Msp.MspId).Concat(change.Remove.Distinct()).GroupBy(id => id, StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            yield return new Finding(FindingKind.Contradiction, twice.Key, false, $"{twice.Key} is named more than once.", "Name each organization once.");
        }

        foreach (var absent in change.AnchorPeers.Keys.Except(before))
        {
            yield return new Finding(
                FindingKind.NotOnChannel, absent, false,
                $"{absent} is to get anchor peers and is not in the channel.",
                "Add the organization first, with its anchor peers.");
        }

        foreach (var incomplete in current.Organizations.Where(one => !one.Policies.Contains("Admins") && !change.Remove.Contains(one.MspId)))
        {
            yield return new Finding(
                FindingKind.IncompletePolicies, incomplete.MspId, true, $"{incomplete.MspId} is in the channel without an Admins policy: it counts in every majority and can never agree.", "Have it removed, while the others are still enough to decide.");
        }

        if (current.Group(ChannelConfiguration.ApplicationGroup) is not null)
        {
            foreach (var broken in Consequences.Of(current, change).Where(one => one.BreaksIt))
            {
                yield return new Finding(FindingKind.PolicyUnmeetable, broken.Path, false, broken.Words, "Change the policy first, so that those who stay can meet it.");
            }
        }
    }

    private static IEnumerable<Finding> OfJoining(ChannelConfiguration current, OrganizationDefinition joining)
    {
        var id = joining.Msp.MspId;
        if (!Allowed().IsMatch(id) || id.Length > 249 || id is "." or "..")
        {
            yield return new Finding(
                FindingKind.NameRefused, id, false,
                $"\"{id}\" is no name that Fabric takes.",
                "Use letters, digits, dots and dashes only, at most 249.");
        }

        if (current.Find(id) is not null || current.Organizations.Any(one => one.Name == id) || current.Msp(id) is { } other && !other.Equals(joining.Msp))
        {
            yield return new Finding(
                FindingKind.MspIdInUse, id, false,
                $"The channel has {id} already, with another definition.",
                "Choose another MSP id, or have the organization that bears it removed first.");
        }
    }

    [GeneratedRegex("^[a-zA-Z0-9.-]+$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Allowed();
}

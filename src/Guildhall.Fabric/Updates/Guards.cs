using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Guildhall.Fabric;

/// <summary>Something about a change that Fabric would refuse, or worse, would not.</summary>
/// <param name="Subject">The organization that it is about.</param>
/// <param name="IsWarning">Whether the change can be made all the same.</param>
/// <param name="Remedy">What to do about it.</param>
public sealed record Finding(FindingKind Kind, string Subject, bool IsWarning, string Words, string Remedy)
{
    /// <summary>Both, in a line.</summary>
    public string InWords => $"{Words} {Remedy}";
}

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

/// <summary>Looks at a change before anything is signed or submitted. It goes by the configuration and the update alone, so that it can be asked again of the very bytes that are signed.</summary>
public static partial class Guards
{
    /// <summary>How long before its end a certificate is warned about.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromDays(30);

    /// <summary>Everything that speaks against the change, refusals first.</summary>
    public static ImmutableArray<Finding> Check(ChannelConfiguration current, ChannelChange change, DateTimeOffset at)
    {
        var own = OfChange(current, change);
        var made = change.TakenOn(current).IsEmpty && current.Group(ChannelConfiguration.ApplicationGroup) is not null
            ? Of(current, current.With(change.ApplyTo(current)), Consequences.Of(current, change), at)
            : [];
        return Sorted(own.Concat(made));
    }

    /// <summary>Everything that speaks against the update, whoever made it, as it would be made on this configuration; refusals first.</summary>
    /// <exception cref="FabricException">An organization or a policy that it brings cannot be read.</exception>
    public static ImmutableArray<Finding> Check(ChannelConfiguration current, PreparedUpdate update, DateTimeOffset at) =>
        Sorted(Of(current, current.With(UpdateResult.Of(current, update.Message)), Consequences.Of(current, update), at));

    /// <summary>Everything that speaks against an organization's definition, on whatever channel.</summary>
    public static ImmutableArray<Finding> Check(MspDefinition msp, DateTimeOffset at) => [.. MspGuards.Check(msp, at)];

    /// <summary>Why the update must not be made on this configuration, with what to do; null when it may.</summary>
    /// <exception cref="FabricException">An organization or a policy that it brings cannot be read.</exception>
    public static string? WhyNot(ChannelConfiguration current, PreparedUpdate update, DateTimeOffset at) => Refusals(Check(current, update, at));

    /// <summary>The same of a change that has yet to be prepared.</summary>
    public static string? WhyNot(ChannelConfiguration current, ChannelChange change, DateTimeOffset at) => Refusals(Check(current, change, at));

    internal static Finding InUse(string mspId) => new(
        FindingKind.MspIdInUse, mspId, false,
        $"The channel has {mspId} already, with another definition.",
        "Choose another MSP id, or have the organization that bears it removed first.");

    private static string? Refusals(ImmutableArray<Finding> findings) =>
        findings.Any(finding => !finding.IsWarning) ? string.Join(" ", findings.Where(finding => !finding.IsWarning).Select(finding => finding.InWords)) : null;

    private static ImmutableArray<Finding> Sorted(IEnumerable<Finding> findings) => [.. findings.OrderBy(finding => finding.IsWarning)];

    /// <summary>What an update does not show: the change contradicts itself, or cannot be prepared.</summary>
    private static IEnumerable<Finding> OfChange(ChannelConfiguration current, ChannelChange change)
    {
        foreach (var twice in change.Add.Select(one => one.Msp.MspId).Concat(change.Remove.Distinct()).GroupBy(id => id, StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            yield return new Finding(FindingKind.Contradiction, twice.Key, false, $"{twice.Key} is named more than once.", "Name each organization once.");
        }

        foreach (var absent in change.AnchorPeers.Keys.Where(id => current.Find(id) is null))
        {
            yield return new Finding(
                FindingKind.NotOnChannel, absent, false,
                $"{absent} is to get anchor peers and is not in the channel.",
                "Add the organization first, with its anchor peers.");
        }

        foreach (var taken in change.TakenOn(current))
        {
            yield return InUse(taken);
        }
    }

    private static IEnumerable<Finding> Of(ChannelConfiguration current, ChannelConfiguration after, IEnumerable<PolicyConsequence> consequences, DateTimeOffset at)
    {
        var before = current.Organizations.ToDictionary(one => one.Name, StringComparer.Ordinal);
        if (after.Organizations.IsEmpty && !current.Organizations.IsEmpty)
        {
            yield return new Finding(
                FindingKind.LastOrganization, string.Join(", ", current.Organizations.Select(one => one.MspId)), false, "No organization would be left in the channel. Fabric allows it, and then anybody can take the channel over.", "Leave at least one organization in the channel.");
        }

        foreach (var incomplete in after.Organizations.Where(one => before.ContainsKey(one.Name) && !one.Policies.Contains("Admins")))
        {
            yield return new Finding(
                FindingKind.IncompletePolicies, incomplete.MspId, true, $"{incomplete.MspId} is in the channel without an Admins policy: it counts in every majority and can never agree.", "Have it removed, while the others are still enough to decide.");
        }

        foreach (var organization in after.Organizations)
        {
            foreach (var finding in before.TryGetValue(organization.Name, out var old)
                ? old.Msp.Equals(organization.Msp) ? [] : [InUse(organization.MspId)]
                : OfJoining(current, organization).Concat(Check(organization.Msp, at)))
            {
                yield return finding;
            }
        }

        foreach (var broken in consequences.Where(one => one.BreaksIt))
        {
            yield return new Finding(FindingKind.PolicyUnmeetable, broken.Path, false, broken.Words, "Change the policy first, so that those who stay can meet it.");
        }
    }

    private static IEnumerable<Finding> OfJoining(ChannelConfiguration current, ChannelOrganization joining)
    {
        foreach (var name in ((string[])[joining.Name, joining.MspId]).Distinct().Where(name => !Allowed().IsMatch(name) || name.Length > 249 || name is "." or ".."))
        {
            yield return new Finding(
                FindingKind.NameRefused, name, false,
                $"\"{name}\" is no name that Fabric takes.",
                "Use letters, digits, dots and dashes only, at most 249.");
        }

        if (current.Find(joining.MspId) is not null || (current.Msp(joining.MspId) is { } other && !other.Equals(joining.Msp)))
        {
            yield return InUse(joining.MspId);
        }
    }

    [GeneratedRegex("^[a-zA-Z0-9.-]+$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Allowed();
}

using System.Collections.Immutable;
using Guildhall.Fabric;
using Guildhall.Memberships;

namespace Guildhall.Networks;

/// <summary>How a channel's configuration and the register differ.</summary>
public enum DriftKind
{
    /// <summary>An organization is on the channel that is neither the inviter's nor a member's.</summary>
    Uninvited,

    /// <summary>A member, or the inviter, is not on the channel.</summary>
    Missing,

    /// <summary>An organization is on the channel by another MSP definition than the one that is attached.</summary>
    MspChanged,

    /// <summary>A member is attached to no network, so that nothing can be said about it. By itself that is no difference.</summary>
    Unattached,
}

/// <summary>One difference.</summary>
/// <param name="Subject">The MSP id; of a member that is not attached, the name of the organization.</param>
/// <param name="Remedy">What people can do. Guildhall itself changes nothing.</param>
public sealed record DriftFinding(DriftKind Kind, string Subject, string Words, string Remedy);

/// <summary>An organization as the register has it on a channel.</summary>
/// <param name="Msp">Null where its service is attached to no network.</param>
/// <param name="IsNeeded">False where it may be on the channel or not, as while it joins or leaves.</param>
public sealed record RegisteredOrganization(string AccountName, string ServiceName, string Name, MspDefinition? Msp, bool IsNeeded);

/// <summary>Holds a channel's configuration against the register.</summary>
public static class ChannelDrift
{
    /// <summary>A channel's configuration is written by others, and may have as many organizations as fit into it.</summary>
    public const int MostFindings = 100;

    public static ImmutableArray<DriftFinding> Of(ChannelConfiguration current, IReadOnlyCollection<RegisteredOrganization> registered)
    {
        var attached = registered.Where(one => one.Msp is not null).ToLookup(one => one.Msp!.MspId, StringComparer.Ordinal);
        IEnumerable<DriftFinding> findings =
        [
            .. current.Organizations.Where(one => !attached.Contains(one.MspId)).Take(MostFindings).Select(one => Uninvited(one, current.Channel)),
            .. registered.Where(one => one is { IsNeeded: true, Msp: not null } && current.Find(one.Msp.MspId) is null).Select(one => Missing(one, current.Channel)),
            .. registered.Where(one => one.Msp is not null && current.Find(one.Msp.MspId) is { } found && !found.Msp.Equals(one.Msp)).Select(one => Changed(one, current)),
            .. registered.Where(one => one is { IsNeeded: true, Msp: null }).Select(one => Unattached(one, current.Channel)),
        ];
        return [.. findings.Take(MostFindings)];
    }

    private static DriftFinding Uninvited(ChannelOrganization organization, string channel) => new(
        DriftKind.Uninvited,
        Refusal.Quote(organization.MspId),
        $"{Refusal.Quote(organization.MspId)} is on channel {channel}, and is neither the inviter's nor a member's.",
        "Ask the channel's administrators who added it. Invite its account here, or have it removed from the channel.");

    private static DriftFinding Missing(RegisteredOrganization registered, string channel) => new(
        DriftKind.Missing,
        registered.Msp!.MspId,
        $"{registered.Msp.MspId} of {registered.AccountName} is not on channel {channel}, and the register has it there.",
        $"Ask the channel's administrators who removed it. Have it added again, or let {registered.AccountName} quit here.");

    private static DriftFinding Changed(RegisteredOrganization registered, ChannelConfiguration current) => new(
        DriftKind.MspChanged,
        registered.Msp!.MspId,
        $"{registered.Msp.MspId} of {registered.AccountName} is on channel {current.Channel} by another MSP definition than the one attached (on the channel: digest {current.Find(registered.Msp.MspId)!.MspDigest[..16]}).",
        $"Compare the certificates. Where the organization has renewed them, attach service {registered.ServiceName} again with its MSP folder; otherwise find out who changed them.");

    private static DriftFinding Unattached(RegisteredOrganization registered, string channel) => new(
        DriftKind.Unattached,
        registered.Name,
        $"{registered.Name} of {registered.AccountName} is not attached to a network: whether it is on channel {channel} cannot be told.",
        $"Have service {registered.ServiceName} attached, with this organization.");
}

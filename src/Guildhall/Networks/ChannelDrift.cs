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

/// <summary>Holds a channel's configuration against the register, one registered organization after another. For one caller at a time.</summary>
/// <remarks>What it holds grows with the channel's configuration, and not with the register.</remarks>
public sealed class ChannelDrift(ChannelConfiguration current)
{
    /// <summary>A channel's configuration is written by others, and may have as many organizations as fit into it.</summary>
    public const int MostFindings = 100;

    private readonly HashSet<string> accounted = new(StringComparer.Ordinal);
    private readonly List<DriftFinding> missing = [];
    private readonly List<DriftFinding> changed = [];
    private readonly List<DriftFinding> unattached = [];

    /// <summary>What differs; to be asked for when every organization was added.</summary>
    public ImmutableArray<DriftFinding> Findings
    {
        get
        {
            var uninvited = current.Organizations.Where(one => !accounted.Contains(one.MspId)).Select(one => Uninvited(one, current.Channel));
            return [.. uninvited.Concat(missing).Concat(changed).Concat(unattached).Take(MostFindings)];
        }
    }

    public void Add(RegisteredOrganization registered)
    {
        if (registered.Msp is null)
        {
            if (registered.IsNeeded && unattached.Count < MostFindings)
            {
                unattached.Add(Unattached(registered, current.Channel));
            }
        }
        else if (current.Find(registered.Msp.MspId) is not { } found)
        {
            if (registered.IsNeeded && missing.Count < MostFindings)
            {
                missing.Add(Missing(registered, current.Channel));
            }
        }
        else
        {
            accounted.Add(registered.Msp.MspId);
            if (!found.Msp.Equals(registered.Msp) && changed.Count < MostFindings)
            {
                changed.Add(Changed(registered, current));
            }
        }
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

using System.Collections.Immutable;
using Guildhall.Memberships;

namespace Guildhall.Services;

/// <summary>Which peers may come into a channel or go out of it; they are counted, per organization.</summary>
public static class PeerRules
{
    /// <summary>The channel after so many more peers of each organization joined it.</summary>
    public static Result<Channel> Join(this Channel channel, Service service, IEnumerable<(string Organization, int Peers)> joining)
    {
        var peers = channel.Peers;
        foreach (var (name, count) in joining)
        {
            if (service.Organizations.FirstOrDefault(one => one.Name == name) is not { } organization)
            {
                return Refusal.OrganizationNotFound.Because($"service {service.Name} has no organization {Refusal.Quote(name)}");
            }

            var present = channel.PeersOf(name);
            if (count > organization.NodeCount - present)
            {
                return Refusal.PeerQuotaReached.Because(
                    $"{name} has {organization.NodeCount} peers, {present} of them in channel {channel.Name}; {count} more cannot join");
            }

            peers = With(peers, new Organization(name, present + count));
        }

        return channel with { Peers = peers };
    }

    /// <summary>The channel after so many peers of one organization left it; the last ones leave with their organization.</summary>
    public static Result<Channel> Leave(this Channel channel, string organization, int peers)
    {
        var present = channel.PeersOf(organization);
        if (present == 0)
        {
            return NotThere(channel, organization);
        }

        return peers < present
            ? channel with { Peers = With(channel.Peers, new Organization(organization, present - peers)) }
            : Refusal.PeerQuotaReached.Because(
                $"{organization} has {present} peers in channel {channel.Name}, fewer than that can leave; the last one leaves with orgs/quit");
    }

    /// <summary>The channel after the organizations left it with all their peers.</summary>
    public static Result<Channel> Leave(this Channel channel, IEnumerable<string> organizations)
    {
        var peers = channel.Peers;
        foreach (var name in organizations)
        {
            if (channel.PeersOf(name) == 0)
            {
                return NotThere(channel, name);
            }

            peers = peers.RemoveAll(organization => organization.Name == name);
        }

        return channel with { Peers = peers };
    }

    /// <summary>How many peers of the service's own organization are in the channel.</summary>
    public static int PeersOf(this Channel channel, string organization) =>
        channel.Peers.FirstOrDefault(one => one.Name == organization)?.NodeCount ?? 0;

    internal static Refusal TooMany(Organization organization, Edition edition, EditionLimits limits) => Refusal.PeerQuotaReached.Because(
        $"{edition} allows {limits.PeersPerOrganization} peers per organization, {organization.Name} would have {organization.NodeCount}");

    private static Refusal NotThere(Channel channel, string organization) => Refusal.OrganizationNotFound.Because(
        $"channel {channel.Name} has no organization {Refusal.Quote(organization)} of this service");

    private static ImmutableArray<Organization> With(ImmutableArray<Organization> peers, Organization changed) =>
        peers.Any(one => one.Name == changed.Name) ? [.. peers.Select(one => one.Name == changed.Name ? changed : one)] : peers.Add(changed);
}

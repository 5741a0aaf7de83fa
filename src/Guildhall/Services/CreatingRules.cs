using Guildhall.Memberships;

namespace Guildhall.Services;

/// <summary>Which services may be created.</summary>
public static class CreatingRules
{
    /// <summary>Why the service cannot be created; null when it can.</summary>
    /// <param name="inviter">The inviter's service, found and open to the caller; null for a creator.</param>
    /// <param name="services">The names of the services that the project has already.</param>
    public static Refusal? WhyNot(NewService wanted, Service? inviter, IReadOnlyCollection<string> services, Limits limits)
    {
        if (LookAlike.Find(wanted.Name, services) is { } other)
        {
            return Refusal.ServiceNameTaken.Because(other == wanted.Name ? other : $"{wanted.Name} looks like {other}");
        }

        var edition = limits.Of(wanted.Edition);
        var organizations = wanted.AllOrganizations;
        var channels = wanted.AllChannels;
        if (channels.SelectMany(channel => channel.Organizations).FirstOrDefault(name => organizations.All(one => one.Name != name)) is { } unknown)
        {
            return Refusal.OrganizationNotFound.Because($"channels names {Refusal.Quote(unknown)}, which peer_orgs does not");
        }

        if (services.Count >= limits.Services)
        {
            return Refusal.ServiceQuotaReached.Because($"the project has {services.Count} of {limits.Services}");
        }

        if (channels.Length > edition.Channels)
        {
            return Refusal.ChannelQuotaReached.Because($"{wanted.Edition} allows {edition.Channels}, this would make {channels.Length}");
        }

        if (NamingRules.WhyAlike(organizations, []) is { } alike)
        {
            return Refusal.ParameterInvalid.Because($"peer_orgs {alike}");
        }

        if (organizations.FirstOrDefault(organization => organization.NodeCount > edition.PeersPerOrganization) is { } large)
        {
            return PeerRules.TooMany(large, wanted.Edition, edition);
        }

        if (inviter is null)
        {
            return null;
        }

        return wanted.Channels.IsEmpty
            ? wanted.TraitsBeside(inviter.Traits).DifferenceTo(inviter.Traits) is { } difference ? Refusal.ServiceMismatch.Because(difference) : null
            : Refusal.NotCreator.Because("an invitee joins channels, so leave channels out");
    }
}

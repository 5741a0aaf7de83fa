using System.Collections.Immutable;
using Guildhall.Memberships;

namespace Guildhall.Services;

/// <summary>What UpdateInstance asks for: organizations to add, to scale or to remove.</summary>
/// <param name="Organizations">With the number of peers each shall have.</param>
public sealed record OrganizationChange(ImmutableArray<Organization> Organizations, bool IsRemoval)
{
    /// <summary>The service after the change, or why it is refused.</summary>
    /// <param name="channels">The service's own channels.</param>
    /// <param name="serving">The memberships that the service serves as invitee.</param>
    public Result<Service> ApplyTo(
        Service service, IReadOnlyCollection<Channel> channels, IReadOnlyCollection<Membership> serving, Limits limits)
    {
        var known = Organizations.ToLookup(organization => service.Organizations.Any(one => one.Name == organization.Name));
        if (IsRemoval)
        {
            return known[false].FirstOrDefault() is { } unknown
                ? Refusal.OrganizationNotFound.Because($"service {service.Name} has no organization {Refusal.Quote(unknown.Name)}")
                : Remove(service, channels, serving);
        }

        if (known[true].Any() && known[false].Any())
        {
            return Refusal.ParameterInvalid.Because(
                $"node_orgs scales {known[true].First().Name} and adds {Refusal.Quote(known[false].First().Name)}; one call makes one kind of change");
        }

        var edition = limits.Of(service.Traits.Edition);
        if (Organizations.FirstOrDefault(organization => organization.NodeCount > edition.PeersPerOrganization) is { } large)
        {
            return PeerRules.TooMany(large, service.Traits.Edition, edition);
        }

        return known[true].Any() ? Scale(service, channels, serving) : Add(service, limits);
    }

    private Result<Service> Add(Service service, Limits limits)
    {
        if (Organizations.FirstOrDefault(organization => !NamingRules.IsName(organization.Name)) is { } misnamed)
        {
            return Refusal.ParameterInvalid.Because($"node_orgs.name {Refusal.Quote(misnamed.Name)} {NamingRules.NameRule}");
        }

        var organizations = service.Organizations.AddRange(Organizations);
        return NamingRules.WhyAlike(Organizations, service.Organizations) is { } alike ? Refusal.ParameterInvalid.Because($"node_orgs.name {alike}")
            : organizations.Length > limits.ItemsPerList ? Refusal.ParameterInvalid.Because($"a service may have {limits.ItemsPerList} organizations, node_orgs would make {organizations.Length}")
            : service with { Organizations = organizations };
    }

    private Result<Service> Scale(
        Service service, IReadOnlyCollection<Channel> channels, IReadOnlyCollection<Membership> serving)
    {
        foreach (var organization in Organizations)
        {
            if (Uses(organization.Name, channels, serving).FirstOrDefault(use => use.Peers > organization.NodeCount) is { Channel: not null } use)
            {
                return Refusal.OrganizationInUse.Because(
                    $"{organization.Name} has {use.Peers} peers in channel {use.Channel} and cannot go down to {organization.NodeCount}");
            }
        }

        var wanted = Organizations.ToDictionary(organization => organization.Name);
        return service with
        {
            Organizations = [.. service.Organizations.Select(organization => wanted.GetValueOrDefault(organization.Name, organization))],
        };
    }

    private Result<Service> Remove(
        Service service, IReadOnlyCollection<Channel> channels, IReadOnlyCollection<Membership> serving)
    {
        var names = Organizations.Select(organization => organization.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var name in names)
        {
            if (Uses(name, channels, serving).FirstOrDefault() is { Channel: not null } use)
            {
                return Refusal.OrganizationInUse.Because($"{name} is in channel {use.Channel}");
            }
        }

        var left = service.Organizations.RemoveAll(organization => names.Contains(organization.Name));
        return left.IsEmpty
            ? Refusal.OrganizationInUse.Because($"service {service.Name} must keep one organization")
            : service with { Organizations = left };
    }

    /// <summary>Where the organization takes part, and with how many peers.</summary>
    private static IEnumerable<(string Channel, int Peers)> Uses(
        string organization, IEnumerable<Channel> channels, IEnumerable<Membership> serving) =>
    [
        .. channels.Select(channel => (channel.Name, channel.PeersOf(organization))).Where(use => use.Item2 > 0),
        .. serving.SelectMany(
            membership => membership.Organizations.Where(one => one.Name == organization),
            (membership, one) => (membership.ChannelName, one.NodeCount)),
    ];
}

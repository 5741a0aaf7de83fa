using System.Collections.Immutable;
using System.Globalization;
using Guildhall.Memberships;

namespace Guildhall.Services;

/// <summary>A channel as one service sees it.</summary>
/// <param name="IsOwn">Whether it is the service's own, and not one that it has joined.</param>
/// <param name="Organizations">Those of the service's organizations that are in it.</param>
public sealed record ChannelView(string Name, string Description, DateTimeOffset CreatedAt, bool IsOwn, ImmutableArray<PresentOrganization> Organizations);

/// <summary>An organization in a channel, and the names of its peers there.</summary>
/// <param name="Hash">Tells organizations of the same name apart: it covers the service they belong to.</param>
public sealed record PresentOrganization(string Name, string Hash, ImmutableArray<string> Peers)
{
    /// <param name="peers">How many of its peers; the first ones are meant.</param>
    public static PresentOrganization Of(string name, string serviceId, int peers)
    {
        var hash = Names.HashOf(name, serviceId);
        return new PresentOrganization(name, hash, [.. PeersOf(hash, peers)]);
    }

    /// <summary>The organizations that a member has brought.</summary>
    public static IEnumerable<PresentOrganization> Of(Membership membership) =>
        membership.Organizations.Select(organization => Of(organization.Name, membership.Invitee.ServiceId, organization.NodeCount));

    /// <summary>The names of the first so many peers.</summary>
    public static IEnumerable<string> PeersOf(string hash, int peers) =>
        Enumerable.Range(0, peers).Select(i => string.Create(CultureInfo.InvariantCulture, $"peer-{hash}-{i}"));
}

/// <summary>A service and the channels that it has or is in. Who else is in them is read apart, as it may be many.</summary>
/// <param name="Own">Its own channels.</param>
/// <param name="Serving">The memberships that it serves as invitee.</param>
public sealed record ServiceView(Service Service, IReadOnlyList<Channel> Own, IReadOnlyList<Membership> Serving)
{
    /// <summary>Its own channels, then those it has joined, each with the service's own organizations there.</summary>
    public IReadOnlyList<ChannelView> Channels =>
    [
        .. Own.Select(channel => new ChannelView(channel.Name, channel.Description, channel.CreatedAt, IsOwn: true, [.. OwnersOf(channel)])),
        .. Serving.Where(membership => membership.State == MembershipState.Joined)
            .Select(membership => new ChannelView(membership.ChannelName, "", membership.ChangedAt, IsOwn: false, [.. PresentOrganization.Of(membership)])),
    ];

    private IEnumerable<PresentOrganization> OwnersOf(Channel channel) =>
        channel.Peers.Select(organization => PresentOrganization.Of(organization.Name, Service.Id, organization.NodeCount));
}

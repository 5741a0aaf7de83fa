using System.Collections.Immutable;
using System.Globalization;
using Guildhall.Memberships;

namespace Guildhall.Services;

/// <summary>A channel as one service sees it, with the organizations that are in it.</summary>
public sealed record ChannelView(string Name, string Description, DateTimeOffset CreatedAt, ImmutableArray<PresentOrganization> Organizations);

/// <summary>An organization in a channel, and the names of its peers there.</summary>
/// <param name="Hash">Tells organizations of the same name apart: it covers the service they belong to.</param>
public sealed record PresentOrganization(string Name, string Hash, ImmutableArray<string> Peers)
{
    /// <param name="peers">How many of its peers; the first ones are meant.</param>
    public static PresentOrganization Of(string name, string serviceId, int peers)
    {
        var hash = Names.HashOf(name, serviceId);
        return new PresentOrganization(name, hash, [.. Enumerable.Range(0, peers).Select(i => string.Create(CultureInfo.InvariantCulture, $"peer-{hash}-{i}"))]);
    }
}

/// <summary>A service with everything that its pages show.</summary>
/// <param name="Own">Its own channels.</param>
/// <param name="Members">The current memberships in its channels, in any state.</param>
/// <param name="Serving">The memberships that it serves as invitee.</param>
public sealed record ServiceView(
    Service Service, IReadOnlyList<Channel> Own, IReadOnlyList<Membership> Members, IReadOnlyList<Membership> Serving)
{
    /// <summary>Its own channels with everyone who has joined them, then the channels it has joined, where it sees itself.</summary>
    public IReadOnlyList<ChannelView> Channels =>
    [
        .. Own.Select(channel => new ChannelView(channel.Name, channel.Description, channel.CreatedAt, [.. OwnersOf(channel), .. MembersOf(channel)])),
        .. Serving.Where(HasJoined).Select(membership => new ChannelView(membership.ChannelName, "", membership.ChangedAt, [.. PresentOf(membership)])),
    ];

    private IEnumerable<PresentOrganization> OwnersOf(Channel channel) =>
        channel.Peers.Select(organization => PresentOrganization.Of(organization.Name, Service.Id, organization.NodeCount));

    private IEnumerable<PresentOrganization> MembersOf(Channel channel) =>
        Members.Where(membership => membership.ChannelName == channel.Name && HasJoined(membership)).SelectMany(PresentOf);

    private static IEnumerable<PresentOrganization> PresentOf(Membership membership) =>
        membership.Organizations.Select(organization => PresentOrganization.Of(organization.Name, membership.Invitee.ServiceId, organization.NodeCount));

    private static bool HasJoined(Membership membership) => membership.State == MembershipState.Joined;
}

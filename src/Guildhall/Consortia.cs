using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Services;
using Guildhall.Storage;

namespace Guildhall;

/// <summary>An inviter's service with its channels and those of its members that the caller may see.</summary>
/// <param name="Members">The first of each channel, who is in before the others. Where a consortium is large, these are not all.</param>
/// <param name="Counts">How many there are in each channel and state.</param>
/// <param name="IsOwn">Whether it is the caller's project's own, which sees everyone; a member sees itself and who has joined its channels.</param>
public sealed record ConsortiumView(Service Inviter, IReadOnlyList<Channel> Channels, IReadOnlyList<Membership> Members, MemberCounts Counts, bool IsOwn);

/// <summary>The consortia that a project is in, as pictures need them. Changes nothing. Safe for concurrent use.</summary>
public sealed class Consortia(Store store)
{
    /// <summary>The most members of a picture, whatever their number: it is to be looked at, and the list of members has them all.</summary>
    public const int MostShown = 240;

    /// <summary>The most of one channel.</summary>
    private const int MostOfChannel = 60;

    /// <summary>The project's own consortia first, then those it has a place in; counted, and without their members.</summary>
    public Task<IReadOnlyList<ConsortiumView>> ListAsync(Caller caller, CancellationToken cancellationToken) =>
        store.ReadAsync<IReadOnlyList<ConsortiumView>>(
            async session =>
            {
                var consortia = new List<ConsortiumView>();
                foreach (var service in await session.ListServicesAsync(caller.ProjectId, cancellationToken))
                {
                    if (!service.IsInvitee)
                    {
                        consortia.Add(await CountOwnAsync(session, service, MemberCounts.Few, cancellationToken));
                    }
                }

                foreach (var places in (await ListPlacesAsync(session, caller, cancellationToken)).GroupBy(place => place.Inviter.ServiceId))
                {
                    consortia.Add(await CountJoinedAsync(session, [.. places], MemberCounts.Few, cancellationToken));
                }

                return consortia;
            },
            cancellationToken);

    /// <summary>One of them, by its inviter's service.</summary>
    public Task<Result<ConsortiumView>> ShowAsync(Caller caller, string serviceId, CancellationToken cancellationToken) =>
        store.ReadAsync<Result<ConsortiumView>>(
            async session =>
            {
                if (await session.FindServiceAsync(caller.ProjectId, serviceId, cancellationToken) is { IsInvitee: false } own)
                {
                    return await WithMembersAsync(session, await CountOwnAsync(session, own, Reach.Rows, cancellationToken), [], cancellationToken);
                }

                var places = (await ListPlacesAsync(session, caller, cancellationToken)).FindAll(place => place.Inviter.ServiceId == serviceId);
                return places.Count > 0
                    ? await WithMembersAsync(session, await CountJoinedAsync(session, places, Reach.Rows, cancellationToken), places, cancellationToken)
                    : Refusal.ServiceNotFound.Because(Refusal.Quote(serviceId));
            },
            cancellationToken);

    /// <summary>The caller's open memberships as invitee, oldest first.</summary>
    private static async Task<List<Membership>> ListPlacesAsync(Session session, Caller caller, CancellationToken cancellationToken)
    {
        var places = await session.ListPlacesAsync(caller.AccountId, caller.ProjectId, cancellationToken);
        places.Reverse();
        return places;
    }

    private static async Task<ConsortiumView> CountOwnAsync(Session session, Service service, int most, CancellationToken cancellationToken)
    {
        var counts = await session.CountMembersAsync(service.Id, channelName: null, most, cancellationToken);
        var channels = await session.ListChannelsAsync(service.Id, cancellationToken);
        return new ConsortiumView(
            service, channels, [], counts with { Counts = [.. counts.Counts.Where(count => channels.Exists(channel => channel.Name == count.ChannelName))] }, IsOwn: true);
    }

    /// <summary>As a member sees it: who has joined its channels, and itself.</summary>
    private static async Task<ConsortiumView> CountJoinedAsync(
        Session session, IReadOnlyCollection<Membership> places, int most, CancellationToken cancellationToken)
    {
        var inviter = places.First().Inviter;
        var channels = places.Select(place => place.ChannelName).ToHashSet(StringComparer.Ordinal);
        var service = (await session.FindServiceEvenDeletedAsync(inviter.ProjectId, inviter.ServiceId, cancellationToken))!;
        var counts = await session.CountMembersAsync(inviter.ServiceId, channelName: null, most, cancellationToken);
        var own = places.Where(place => place.State != MembershipState.Joined).Select(place => new MemberCount(place.ChannelName, place.State, 1));
        return new ConsortiumView(
            service,
            (await session.ListChannelsAsync(service.Id, cancellationToken)).FindAll(channel => channels.Contains(channel.Name)),
            [],
            counts with { Counts = [.. counts.Counts.Where(count => channels.Contains(count.ChannelName) && count.State == MembershipState.Joined), .. own] },
            IsOwn: false);
    }

    /// <param name="places">The caller's own memberships, which are shown whoever else is.</param>
    private static async Task<ConsortiumView> WithMembersAsync(
        Session session, ConsortiumView consortium, List<Membership> places, CancellationToken cancellationToken)
    {
        var each = Math.Clamp(MostShown / Math.Max(1, consortium.Channels.Count), 1, MostOfChannel);
        var members = new List<Membership>();
        foreach (var channel in consortium.Channels)
        {
            var own = places.FindAll(place => place.ChannelName == channel.Name);
            var first = await session.ListFirstMembersAsync(consortium.Inviter.Id, channel.Name, onlyJoined: !consortium.IsOwn, each, cancellationToken);
            members.AddRange(own.Concat(first).DistinctBy(member => member.Id));
        }

        return consortium with { Members = members };
    }
}

using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Services;
using Guildhall.Storage;

namespace Guildhall;

/// <summary>An inviter's service with its channels and those of its members that the caller may see.</summary>
/// <param name="IsOwn">Whether it is the caller's project's own, which sees everyone; a member sees itself and who has joined its channels.</param>
public sealed record ConsortiumView(Service Inviter, IReadOnlyList<Channel> Channels, IReadOnlyList<Membership> Members, bool IsOwn);

/// <summary>The consortia that a project is in, as pictures need them. Changes nothing. Safe for concurrent use.</summary>
public sealed class Consortia(Store store)
{
    /// <summary>The project's own consortia first, then those it has a place in.</summary>
    public Task<IReadOnlyList<ConsortiumView>> ListAsync(Caller caller, CancellationToken cancellationToken) =>
        store.ReadAsync<IReadOnlyList<ConsortiumView>>(
            async session =>
            {
                var consortia = new List<ConsortiumView>();
                foreach (var service in await session.ListServicesAsync(caller.ProjectId, cancellationToken))
                {
                    if (!service.IsInvitee)
                    {
                        consortia.Add(await ShowOwnAsync(session, service, cancellationToken));
                    }
                }

                foreach (var places in (await ListPlacesAsync(session, caller, cancellationToken)).GroupBy(place => place.Inviter.ServiceId))
                {
                    consortia.Add(await ShowJoinedAsync(session, caller, [.. places], cancellationToken));
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
                    return await ShowOwnAsync(session, own, cancellationToken);
                }

                var places = (await ListPlacesAsync(session, caller, cancellationToken)).FindAll(place => place.Inviter.ServiceId == serviceId);
                return places.Count > 0
                    ? await ShowJoinedAsync(session, caller, places, cancellationToken)
                    : Refusal.ServiceNotFound.Because(Refusal.Quote(serviceId));
            },
            cancellationToken);

    /// <summary>The caller's open memberships as invitee.</summary>
    private static async Task<List<Membership>> ListPlacesAsync(Session session, Caller caller, CancellationToken cancellationToken)
    {
        var current = await session.SearchMembersAsync(caller.AccountId, caller.ProjectId, new MemberSearch(), cancellationToken);
        return current.FindAll(membership => membership.Invitee.AccountId == caller.AccountId && membership.State.IsOpen());
    }

    private static async Task<ConsortiumView> ShowOwnAsync(Session session, Service service, CancellationToken cancellationToken) => new(
        service,
        await session.ListChannelsAsync(service.Id, cancellationToken),
        await session.ListInvitedByServiceAsync(service.Id, cancellationToken),
        IsOwn: true);

    private static async Task<ConsortiumView> ShowJoinedAsync(
        Session session, Caller caller, IReadOnlyCollection<Membership> places, CancellationToken cancellationToken)
    {
        var inviter = places.First().Inviter;
        var channels = places.Select(place => place.ChannelName).ToHashSet(StringComparer.Ordinal);
        var service = (await session.FindServiceEvenDeletedAsync(inviter.ProjectId, inviter.ServiceId, cancellationToken))!;
        var members = await session.ListInvitedByServiceAsync(inviter.ServiceId, cancellationToken);
        return new ConsortiumView(
            service,
            (await session.ListChannelsAsync(service.Id, cancellationToken)).FindAll(channel => channels.Contains(channel.Name)),
            members.FindAll(member => channels.Contains(member.ChannelName)
                && (member.State == MembershipState.Joined || places.Any(place => place.Id == member.Id))),
            IsOwn: false);
    }
}

using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Operations;
using Guildhall.Services;
using Guildhall.Storage;

namespace Guildhall;

/// <summary>An invitation, and what its account has to know before it answers.</summary>
/// <param name="Inviter">The inviter's service, also when it is deleted.</param>
/// <param name="Channel">The channel; null when it is deleted.</param>
/// <param name="Present">The first who have joined it, by name; shown as long as the invitation waits or the membership lasts.</param>
/// <param name="Counts">How many members the channel has, of a few.</param>
/// <param name="Candidates">The services of the caller's project, and why each cannot join; null for one that can.</param>
public sealed record InvitationView(
    Membership Invitation,
    Service Inviter,
    Channel? Channel,
    IReadOnlyList<Membership> Present,
    MemberCounts Counts,
    IReadOnlyList<(Service Service, Refusal? WhyNot)> Candidates)
{
    /// <summary>Whether these are all who have joined.</summary>
    public bool IsPresentWhole => Counts.IsExact && Counts.Joined() <= Present.Count;
}

/// <summary>What people look at before they decide: invitations, members and their operations. It changes nothing.</summary>
public sealed partial class Overview(Store store)
{
    /// <summary>The most members that a page shows beside other things; their list has them all.</summary>
    private const int MostShown = 50;

    internal static readonly Refusal NotAMember = Refusal.InvitationNotFound.Because("it is not among the members of this project");

    /// <summary>A page of the invitations of the caller's account, newest first, and how many there are on all pages.</summary>
    public Task<(List<(Membership Invitation, Service Inviter)> Found, Counted Count)> ListAsync(
        Caller caller, InboxPart part, int skip, int limit, CancellationToken cancellationToken) =>
        store.ReadAsync(
            async session =>
            {
                var from = await session.FindOldestInvitationInReachAsync(caller.AccountId, caller.ProjectId, cancellationToken);
                var invitations = await session.ListInboxAsync(caller.AccountId, caller.ProjectId, part, from, skip, limit, cancellationToken);
                var inviters = await session.FindInvitersAsync([.. invitations.Select(invitation => invitation.Inviter).Distinct()], cancellationToken);
                var count = await session.CountInboxAsync(caller.AccountId, caller.ProjectId, part, from, cancellationToken);
                return (invitations.ConvertAll(invitation => (invitation, inviters[invitation.Inviter.ServiceId])), count);
            },
            cancellationToken);

    /// <summary>How many invitations wait for an answer of the caller's account, of the newest.</summary>
    public Task<long> CountWaitingAsync(Caller caller, CancellationToken cancellationToken) =>
        store.ReadAsync(
            async session =>
            {
                var from = await session.FindOldestInvitationInReachAsync(caller.AccountId, caller.ProjectId, cancellationToken);
                return (await session.CountInboxAsync(caller.AccountId, caller.ProjectId, InboxPart.Waiting, from, cancellationToken)).Rows;
            },
            cancellationToken);

    /// <summary>An invitation of the caller's account with what it would join, and what it could join with.</summary>
    public Task<Result<InvitationView>> ShowAsync(Caller caller, string id, CancellationToken cancellationToken) =>
        store.ReadAsync<Result<InvitationView>>(
            async session =>
            {
                if (await session.FindNotificationAsync(caller.AccountId, caller.ProjectId, id, cancellationToken) is not { } invitation)
                {
                    return Refusal.NotificationNotFound.Because(Refusal.Quote(id));
                }

                var from = invitation.Inviter;
                var inviter = (await session.FindServiceEvenDeletedAsync(from.ProjectId, from.ServiceId, cancellationToken))!;
                var channelName = invitation.ChannelName;
                var isOpen = invitation.RemovedAt is null && invitation.State.IsOpen();
                return new InvitationView(
                    invitation,
                    inviter,
                    inviter.DeletedAt is null ? await session.FindChannelAsync(from.ServiceId, channelName, cancellationToken) : null,
                    isOpen ? await session.ListFirstMembersAsync(from.ServiceId, channelName, onlyJoined: true, MostShown, cancellationToken) : [],
                    isOpen ? await session.CountMembersAsync(from.ServiceId, channelName, MemberCounts.Few, cancellationToken) : new MemberCounts([], IsExact: true),
                    invitation.State == MembershipState.Waiting ? await ListCandidatesAsync(session, caller, inviter, cancellationToken) : []);
            },
            cancellationToken);

    /// <summary>A page of the memberships in which the caller's project takes part, and how many there are on all pages; the newest, as far as <see cref="Reach"/> goes.</summary>
    public Task<(List<Membership> Found, Counted Count)> SearchMembersAsync(Caller caller, MemberSearch search, CancellationToken cancellationToken) =>
        store.ReadAsync(
            async session =>
            {
                var within = search with { From = await session.FindOldestMemberInReachAsync(caller.AccountId, caller.ProjectId, before: null, cancellationToken) };
                return (
                    await session.SearchMembersAsync(caller.AccountId, caller.ProjectId, within, cancellationToken),
                    await session.CountMembersAsync(caller.AccountId, caller.ProjectId, within, cancellationToken));
            },
            cancellationToken);

    /// <summary>The next of all of them, newest invitation first, whatever the search sorts by.</summary>
    /// <param name="before">The id of the last one that was seen; null to begin.</param>
    public Task<Piece<Membership, string>> ReadMembersAsync(Caller caller, MemberSearch search, string? before, int limit, CancellationToken cancellationToken) =>
        store.ReadAsync(session => session.ReadNewestMembersAsync(caller.AccountId, caller.ProjectId, search, before, limit, cancellationToken), cancellationToken);

    /// <summary>The channels of the project's services, each with its service, in the order of both.</summary>
    public Task<List<(Service Service, string Channel)>> ListOwnChannelsAsync(Caller caller, CancellationToken cancellationToken) =>
        store.ReadAsync(
            async session =>
            {
                var services = await session.ListServicesAsync(caller.ProjectId, cancellationToken);
                var channels = (await session.ListChannelNamesAsync(caller.ProjectId, cancellationToken)).ToLookup(channel => channel.ServiceId, channel => channel.Name);
                return services.SelectMany(service => channels[service.Id], (service, channel) => (service, channel)).ToList();
            },
            cancellationToken);

    /// <summary>The names of the channels that the project's services have, or serve as invitees.</summary>
    public Task<SortedSet<string>> ListChannelNamesAsync(Caller caller, CancellationToken cancellationToken) =>
        store.ReadAsync(
            async session => new SortedSet<string>(
                [
                    .. (await session.ListChannelNamesAsync(caller.ProjectId, cancellationToken)).Select(channel => channel.Name),
                    .. await session.ListServedChannelNamesAsync(caller.ProjectId, cancellationToken),
                ],
                StringComparer.Ordinal),
            cancellationToken);

    /// <summary>A current membership in which the caller's project takes part, with those of its operations that are the project's own.</summary>
    public Task<Result<(Membership Membership, IReadOnlyList<Operation> Operations)>> ShowMemberAsync(
        Caller caller, string inviterServiceId, string id, CancellationToken cancellationToken) =>
        store.ReadAsync<Result<(Membership, IReadOnlyList<Operation>)>>(
            async session =>
            {
                var found = await session.FindMembershipAsync(inviterServiceId, id, cancellationToken);
                if (found is not { RemovedAt: null } membership || !IsSeenBy(caller, membership))
                {
                    return NotAMember;
                }

                var operations = new List<Operation>();
                foreach (var operationId in new[] { membership.JoinOperationId, membership.LeaveOperationId }.OfType<string>())
                {
                    if (await session.FindOperationAsync(caller.ProjectId, operationId, cancellationToken) is { } operation)
                    {
                        operations.Add(operation);
                    }
                }

                return (membership, operations);
            },
            cancellationToken);

    /// <summary>A current membership in which the caller's project takes part, and the operation that it is or was under way with; null before it agrees.</summary>
    public Task<Result<(Membership Membership, Operation? Operation)>> ShowProgressAsync(Caller caller, string id, CancellationToken cancellationToken) =>
        store.ReadAsync<Result<(Membership, Operation?)>>(
            async session =>
            {
                if (await session.FindMemberAsync(caller.AccountId, caller.ProjectId, id, cancellationToken) is not { } membership)
                {
                    return NotAMember;
                }

                return (
                    membership,
                    (membership.LeaveOperationId ?? membership.JoinOperationId) is { } operationId
                        ? await session.FindOperationAsync(membership.Invitee.ProjectId, operationId, cancellationToken)
                        : null);
            },
            cancellationToken);

    /// <summary>Why each account could not be invited to the channel now, in the order of the names; null for one that could.</summary>
    public Task<Result<IReadOnlyList<(string Name, Refusal? WhyNot)>>> CheckAsync(Caller caller, Invitations request, CancellationToken cancellationToken) =>
        store.ReadAsync<Result<IReadOnlyList<(string, Refusal?)>>>(
            async session =>
            {
                if (await session.FindServiceAsync(caller.ProjectId, request.ServiceId, cancellationToken) is not { } service)
                {
                    return Refusal.ServiceNotFound.Because(Refusal.Quote(request.ServiceId));
                }

                if (await session.FindChannelAsync(request.ServiceId, request.ChannelName, cancellationToken) is null)
                {
                    return Refusal.ChannelNotFound.Because($"service {service.Name} has no channel {Refusal.Quote(request.ChannelName)}");
                }

                if (InvitingRules.WhyNot(service) is { } forbidden)
                {
                    return forbidden;
                }

                var accounts = await session.FindAccountsByNameAsync(request.AccountNames.Where(IdentityNames.IsPlausible), cancellationToken);
                var standing = (await session.FindInvitedAsync(request.ServiceId, request.ChannelName, accounts.Keys, cancellationToken))
                    .ToDictionary(membership => membership.Invitee.AccountName);
                return request.AccountNames
                    .Select(name => (name, InvitingRules.WhyNot(caller.AccountId, name, accounts, standing.GetValueOrDefault(name))))
                    .ToArray();
            },
            cancellationToken);

    /// <summary>A page of the project's operations, newest first, and how many the filter shows on all pages.</summary>
    public Task<(List<Operation> Found, Counted Count)> ListOperationsAsync(
        Caller caller, OperationFilter filter, int skip, int limit, CancellationToken cancellationToken) =>
        store.ReadAsync(
            async session =>
            {
                var from = await session.FindOldestInReachAsync(caller.ProjectId, cancellationToken);
                return (
                    await session.ListNewestOperationsAsync(caller.ProjectId, filter, from, skip, limit, cancellationToken),
                    await session.CountNewestOperationsAsync(caller.ProjectId, filter, from, cancellationToken));
            },
            cancellationToken);

    /// <summary>One of the project's operations; null when it has none of that id.</summary>
    public Task<Operation?> FindOperationAsync(Caller caller, string id, CancellationToken cancellationToken) =>
        store.ReadAsync(session => session.FindOperationAsync(caller.ProjectId, id, cancellationToken), cancellationToken);

    private static bool IsSeenBy(Caller caller, Membership membership) =>
        membership.Inviter.ProjectId == caller.ProjectId
        || (membership.Invitee.AccountId == caller.AccountId && (membership.Invitee.ProjectId is "" || membership.Invitee.ProjectId == caller.ProjectId));

    private static async Task<List<(Service Service, Refusal? WhyNot)>> ListCandidatesAsync(
        Session session, Caller caller, Service inviter, CancellationToken cancellationToken)
    {
        var candidates = new List<(Service, Refusal?)>();
        foreach (var service in await session.ListServicesAsync(caller.ProjectId, cancellationToken))
        {
            var otherServed = await session.FindOtherServedAsync(service.Id, inviter.AccountId, cancellationToken);
            candidates.Add((service, AgreeingRules.WhyNot(service, inviter, otherServed, [])));
        }

        return candidates;
    }
}

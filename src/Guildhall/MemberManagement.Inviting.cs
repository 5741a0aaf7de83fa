using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Services;
using Guildhall.Storage;

namespace Guildhall;

// Inviting.
public sealed partial class MemberManagement
{
    /// <summary>Says that the work has to name the invitees: nobody else is to decide on their inboxes meanwhile. No caller hears it.</summary>
    private static readonly Refusal Crowded = new(0, "", "Too many could be invited at the same moment.", Rank: int.MaxValue, Remedy: "");

    private readonly Quotas quotas = quotas ?? Quotas.None;

    /// <summary>BatchInviteMembersToChannel: invites every account, or none.</summary>
    public async Task<Result<Done>> InviteAsync(Caller caller, Invitations request, CancellationToken cancellationToken)
    {
        var invited = await InviteAsync(caller, request, [], cancellationToken);
        if (!invited.IsRefused(out var refusal) || refusal != Crowded)
        {
            return invited;
        }

        var accounts = await store.ReadAsync(session => session.FindAccountsByNameAsync(request.AccountNames, cancellationToken), cancellationToken);
        return await InviteAsync(caller with { Budget = null }, request, [.. accounts.Values.Select(account => account.Id)], cancellationToken);
    }

    /// <param name="invitees">Those on whose inboxes nobody else decides meanwhile. None as long as there is room enough in them.</param>
    private Task<Result<Done>> InviteAsync(Caller caller, Invitations request, IReadOnlyCollection<string> invitees, CancellationToken cancellationToken) =>
        store.WriteAsync<Done>(
            caller,
            async transaction =>
            {
                // Asked for at once, so that they can share a round trip.
                var now = clock.GetUtcNow();
                var finding = (
                    Service: transaction.FindServiceAsync(caller.ProjectId, request.ServiceId, cancellationToken),
                    Channel: transaction.FindChannelAsync(request.ServiceId, request.ChannelName, cancellationToken),
                    Accounts: transaction.FindAccountsByNameAsync(request.AccountNames, cancellationToken),
                    Standing: FindStandingAsync(transaction, request, cancellationToken),
                    Taken: transaction.FindTakenAsync(request.ServiceId, cancellationToken),
                    Inboxes: quotas.LimitsInvitations
                        ? transaction.FindInboxesAsync(caller.AccountId, request.AccountNames, quotas, now, cancellationToken)
                        : Task.FromResult<Dictionary<string, Inbox>>([]));
                if (await finding.Service is not { } service)
                {
                    return Refusal.ServiceNotFound.Because(Refusal.Quote(request.ServiceId));
                }

                if (await finding.Channel is null)
                {
                    return Refusal.ChannelNotFound.Because($"service {service.Name} has no channel {Refusal.Quote(request.ChannelName)}");
                }

                if (InvitingRules.WhyNot(service) is { } forbidden)
                {
                    return forbidden;
                }

                var (accounts, standing) = (await finding.Accounts, await finding.Standing);
                foreach (var name in request.AccountNames)
                {
                    if (InvitingRules.WhyNot(caller.AccountId, name, accounts, standing.GetValueOrDefault(name)) is { } refusal)
                    {
                        return refusal;
                    }
                }

                if ((await TakePlacesAsync(transaction, service, request, await finding.Taken, cancellationToken)).IsRefused(out var full, out var taken))
                {
                    return full;
                }

                var inboxes = await finding.Inboxes;
                if (WhyNot(inboxes.Values, now) is { } tooMany)
                {
                    return tooMany;
                }

                if (invitees.Count == 0 && inboxes.Values.Any(inbox => InvitationQuotas.IsCrowded(inbox, quotas)))
                {
                    return Crowded;
                }

                await ReplaceAsync(transaction, standing.Values, cancellationToken);
                await transaction.SaveTakenAsync(service.Id, taken, cancellationToken);
                await transaction.AddAsync(NewInvitations(service, request.ChannelName, [.. request.AccountNames.Select(name => accounts[name])]), cancellationToken);
                return new Done();
            },
            cancellationToken,
            request.AccountNames.Length,
            invitees);

    /// <summary>How many places of the service are taken at most with those that are asked for, or why there are not so many.</summary>
    private async Task<Result<long>> TakePlacesAsync(
        Transaction transaction, Service service, Invitations request, long? taken, CancellationToken cancellationToken)
    {
        var limit = limits.Of(service.Traits.Edition).Members;
        if (taken is { } known && known + request.AccountNames.Length <= limit)
        {
            return known + request.AccountNames.Length;
        }

        var channels = await transaction.ListChannelsAsync(service.Id, cancellationToken);
        var have = await transaction.CountTakenAsync(service.Id, [.. channels.Select(channel => channel.Name)], request.AccountNames, cancellationToken);
        var before = await transaction.CountTakenAsync(service.Id, cancellationToken);
        var places = before + request.AccountNames.Length - have;
        return places <= limit
            ? places
            : Refusal.MemberLimitReached.Because(
                $"service {service.Name} ({service.Traits.Edition}) may have {limit} invited or joined accounts; it has {before}, and this would make {places}");
    }

    private Refusal? WhyNot(IEnumerable<Inbox> inboxes, DateTimeOffset now) =>
        inboxes.Select(inbox => InvitationQuotas.WhyNot(inbox, quotas, now)).OfType<Refusal>().FirstOrDefault();

    private static async Task<Dictionary<string, Membership>> FindStandingAsync(
        Transaction transaction, Invitations request, CancellationToken cancellationToken)
    {
        var found = await transaction.FindInvitedAsync(request.ServiceId, request.ChannelName, request.AccountNames, cancellationToken);
        return found.ToDictionary(membership => membership.Invitee.AccountName);
    }

    /// <summary>A new invitation takes the place of a finished record; the invitee's inbox keeps both.</summary>
    private Task ReplaceAsync(Transaction transaction, IEnumerable<Membership> finished, CancellationToken cancellationToken) =>
        transaction.SaveAsync(
            [.. finished.Select(membership => (membership, membership with { RemovedAt = clock.GetUtcNow(), RemovedBy = "" }))], cancellationToken);

    private Membership[] NewInvitations(Service service, string channelName, IReadOnlyList<Account> invited)
    {
        var now = clock.GetUtcNow();
        var inviter = Party.Of(service);
        return
        [
            .. invited.Select(account => new Membership(
                membershipIds.Next(now),
                channelName,
                inviter,
                Party.Invited(account.Id, account.Name),
                MembershipState.Waiting,
                service.TrustedComputing,
                [],
                now,
                now)),
        ];
    }
}

using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Operations;
using Guildhall.Outbox;
using Guildhall.Services;
using Guildhall.Storage;

namespace Guildhall;

/// <summary>The five operations on memberships, and the inbox: find, decide, save. The API, the console and the command line call these.</summary>
public sealed partial class MemberManagement(
    Store store, TimeProvider clock, MembershipIds membershipIds, OperationIds operationIds, IChannelNetwork network, Limits limits, Quotas? quotas = null)
{
    /// <summary>How long a deletion can be repeated and still be answered as done; clients repeat what they got no reply to.</summary>
    public static readonly TimeSpan RepeatedDeletion = TimeSpan.FromMinutes(10);

    /// <summary>HandleNotification: takes the invitee's answer. A yes reaches the channel, if there is one, later through the outbox.</summary>
    public Task<Result<Done>> AnswerAsync(Caller caller, InvitationAnswer answer, CancellationToken cancellationToken) =>
        store.WriteAsync<Done>(
            caller,
            async transaction =>
            {
                // Asked for at once, so that they can share a round trip.
                var finding = (
                    Newest: transaction.FindNewestAsync(answer.InviterServiceId, answer.ChannelName, caller.AccountName, cancellationToken),
                    Agreeing: FindAgreeingAsync(transaction, caller, answer, cancellationToken));
                if (await finding.Newest is not { } invitation || !answer.Names(invitation) || IsNotSeenBy(caller, invitation))
                {
                    return Refusal.InvitationNotFound.Because(
                        $"service {Refusal.Quote(answer.InviterServiceId)} has not invited {caller.AccountName} to channel {Refusal.Quote(answer.ChannelName)}");
                }

                var action = answer.Agreement is null ? MembershipAction.Reject : MembershipAction.Agree;
                if (invitation.Take(action, clock.GetUtcNow()).IsRefused(out var refusal, out var answered))
                {
                    return refusal;
                }

                if (answer.Agreement is { } agreement)
                {
                    return await AgreeAsync(transaction, invitation, answered, agreement, await finding.Agreeing, cancellationToken);
                }

                await transaction.SaveAsync(invitation, answered with { IsRead = true, Reason = answer.Reason }, cancellationToken);
                return new Done();
            },
            cancellationToken);

    /// <summary>DeleteMemberInvite: withdraws invitations and clears finished records, all or none.</summary>
    public Task<Result<Done>> DeleteAsync(Caller caller, Deletions request, CancellationToken cancellationToken) =>
        store.WriteAsync<Done>(
            caller,
            async transaction =>
            {
                if (await transaction.FindServiceEvenDeletedAsync(caller.ProjectId, request.ServiceId, cancellationToken) is not { } service)
                {
                    return Refusal.ServiceNotFound.Because(Refusal.Quote(request.ServiceId));
                }

                var now = clock.GetUtcNow();
                var names = request.Invitees.Select(invitee => invitee.AccountName).ToArray();
                var current = await transaction.FindInvitedAsync(service.Id, request.ChannelName, names, cancellationToken);
                var removed = await transaction.FindLastRemovedAsync(service.Id, request.ChannelName, names, cancellationToken);
                var standing = removed.Where(membership => membership.RemovedAt >= now - RepeatedDeletion).Concat(current).ToLookup(membership => membership.Invitee.AccountName);
                var removing = new List<(Membership Before, Membership After)>();
                foreach (var deletion in request.Invitees)
                {
                    if (deletion.Choose(standing[deletion.AccountName], caller.ProjectId).IsRefused(out var refusal, out var chosen))
                    {
                        return refusal;
                    }

                    if (chosen.RemovedAt is not null)
                    {
                        continue; // deleted a moment ago, by the same caller, who did not hear of it
                    }

                    if (chosen.Take(MembershipAction.Remove, now).IsRefused(out refusal, out var gone))
                    {
                        return refusal;
                    }

                    removing.Add((chosen, gone with { RemovedAt = now, RemovedBy = caller.ProjectId }));
                }

                await transaction.SaveAsync(removing, cancellationToken);

                return new Done();
            },
            cancellationToken,
            request.Invitees.Length);

    /// <summary>ListMembers: the next of the memberships in which the caller's project takes part, oldest invitation first.</summary>
    /// <param name="after">The id of the last one that was seen; null to begin.</param>
    public Task<Piece<Membership, string>> ReadMembersAsync(
        Caller caller, MembershipFilter filter, string? after, int limit, CancellationToken cancellationToken) =>
        store.ReadAsync(session => session.ReadMembersAsync(caller.AccountId, caller.ProjectId, filter, after, limit, cancellationToken), cancellationToken);

    /// <summary>HandleUnionMemberQuitList: begins to leave. Answers the operation's id, the same one when it is repeated.</summary>
    public Task<Result<string>> QuitAsync(Caller caller, Quitting request, CancellationToken cancellationToken) =>
        store.WriteAsync<string>(
            caller,
            async transaction =>
            {
                var newest = await transaction.FindNewestAsync(request.InviterServiceId, request.ChannelName, caller.AccountName, cancellationToken);
                if (newest is not { } membership || !request.Names(membership) || IsNotSeenBy(caller, membership))
                {
                    return Refusal.NotJoined.Because(
                        $"{caller.AccountName} has not joined channel {Refusal.Quote(request.ChannelName)} of service {Refusal.Quote(request.InviterServiceId)} with service {Refusal.Quote(request.InviteeServiceId)}");
                }

                if (membership.Take(MembershipAction.Leave, clock.GetUtcNow()).IsRefused(out var refusal, out var leaving))
                {
                    return refusal;
                }

                if (membership.LeaveOperationId is { } begun)
                {
                    return begun; // and may have ended since
                }

                var operation = await BeginLeavingAsync(transaction, membership, leaving, cancellationToken);
                return operation.Id;
            },
            cancellationToken);

    /// <summary>ListNotifications: the next of the caller's account's invitations, oldest first, hidden ones included and marked.</summary>
    /// <param name="after">The id of the last one that was seen; null to begin.</param>
    public Task<Piece<(Membership Invitation, Service Inviter), string>> ReadNotificationsAsync(
        Caller caller, MembershipFilter filter, string? after, int limit, CancellationToken cancellationToken) =>
        store.ReadAsync(
            async session =>
            {
                var invitations = await session.ReadInvitationsAsync(caller.AccountId, caller.ProjectId, filter, after, limit, cancellationToken);
                var inviters = await session.FindInvitersAsync([.. invitations.Rows.Select(invitation => invitation.Inviter).Distinct()], cancellationToken);
                return new Piece<(Membership, Service), string>(
                    invitations.Rows.ConvertAll(invitation => (invitation, inviters[invitation.Inviter.ServiceId])), invitations.Next);
            },
            cancellationToken);

    /// <summary>Marks a notification of the caller's account as read or hidden; null leaves a mark as it is.</summary>
    public Task<Result<Done>> MarkNotificationAsync(Caller caller, string id, bool? isRead, bool? isHidden, CancellationToken cancellationToken) =>
        store.WriteAsync<Done>(
            caller,
            async transaction =>
            {
                if (await transaction.FindNotificationAsync(caller.AccountId, caller.ProjectId, id, cancellationToken) is not { } invitation)
                {
                    return Refusal.NotificationNotFound.Because(Refusal.Quote(id));
                }

                if (isHidden is true && invitation.State == MembershipState.Waiting)
                {
                    return Refusal.NotificationWaiting;
                }

                var marked = invitation with { IsRead = isRead ?? invitation.IsRead, IsHidden = isHidden ?? invitation.IsHidden };
                await transaction.SaveAsync(invitation, marked, cancellationToken);
                return new Done();
            },
            cancellationToken);

    /// <summary>Ends what hangs on a service that is being deleted: its invitations, its members, and what it joined itself. Each statement is one for all of them.</summary>
    public async Task LetGoAsync(Transaction transaction, Service service, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var invited = await transaction.ListInvitedByServiceAsync(service.Id, cancellationToken);
        var dissolved = invited.ConvertAll(membership => (Before: membership, After: TakeOurs(membership, MembershipAction.Dissolve, now)));
        await StopWorkAsync(transaction, await transaction.ListWorkAsync(service.Id, cancellationToken), $"service {service.Name} was deleted", cancellationToken);

        // A cancelled invitation cannot be deleted by anyone, so it leaves the members list by itself.
        await transaction.SaveAsync(
            dissolved.ConvertAll(one => one.After.State == MembershipState.Cancelled ? (one.Before, one.After with { RemovedAt = now, RemovedBy = "" }) : one), cancellationToken);
        await transaction.LetGoOfAllAsync(service.Id, cancellationToken);
        foreach (var leaving in invited.Where(membership => membership.State == MembershipState.Leaving))
        {
            await transaction.DetachIfGoneAsync(leaving.Invitee, cancellationToken);
        }

        foreach (var membership in await transaction.ListServedByServiceAsync(service.Id, cancellationToken))
        {
            var leaving = TakeOurs(membership, MembershipAction.Abandon, now);
            if (leaving != membership)
            {
                await StopWorkAsync(transaction, membership, $"service {service.Name} was deleted", cancellationToken);
                _ = await BeginLeavingAsync(transaction, membership, leaving, cancellationToken);
            }
        }
    }

    /// <summary>An action of our own, which the lifecycle never refuses.</summary>
    internal static Membership TakeOurs(Membership membership, MembershipAction action, DateTimeOffset now) =>
        membership.Take(action, now).IsRefused(out var refusal, out var next)
            ? throw new InvalidOperationException($"The lifecycle refused {action}: {refusal.Message}")
            : next;

    /// <summary>Another project of the account answered it, or it was withdrawn before an answer.</summary>
    private static bool IsNotSeenBy(Caller caller, Membership membership) =>
        (membership.Invitee.ProjectId != "" && membership.Invitee.ProjectId != caller.ProjectId)
        || membership is { State: MembershipState.Waiting, RemovedAt: not null };

    /// <summary>What an agreement names, as far as it is there: the invitee's own service, whom else it serves, and the inviter's service.</summary>
    private async Task<Agreeing> FindAgreeingAsync(
        Transaction transaction, Caller caller, InvitationAnswer answer, CancellationToken cancellationToken)
    {
        if (answer.Agreement is not { } agreement)
        {
            return new Agreeing(null, null, null, false, []);
        }

        var finding = (
            Own: transaction.FindServiceAsync(caller.ProjectId, agreement.ServiceId, cancellationToken),
            Inviter: transaction.FindServiceEvenDeletedAsync(answer.InviterProjectId, answer.InviterServiceId, cancellationToken),
            OtherServed: transaction.FindOtherServedAsync(agreement.ServiceId, answer.InviterAccountId, cancellationToken),
            IsInviterDisabled: transaction.IsOwnerDisabledAsync(answer.InviterProjectId, answer.InviterServiceId, cancellationToken),
            Unproven: network.HasChannels ? transaction.ListUnprovenAsync(agreement.ServiceId, agreement.Organizations, cancellationToken) : Task.FromResult<List<string>>([]));
        return new Agreeing(await finding.Own, await finding.Inviter, await finding.OtherServed, await finding.IsInviterDisabled, await finding.Unproven);
    }

    private async Task<Result<Done>> AgreeAsync(
        Transaction transaction, Membership invitation, Membership answered, Agreement agreement, Agreeing found, CancellationToken cancellationToken)
    {
        if (found.Own is not { } service)
        {
            return Refusal.ServiceNotFound.Because(Refusal.Quote(agreement.ServiceId));
        }

        if (AgreeingRules.WhyNot(service, found.Inviter!, found.OtherServed, agreement.Organizations) is { } refusal)
        {
            return refusal;
        }

        if (found.IsInviterDisabled)
        {
            return Refusal.InviterDisabled.Because(invitation.Inviter.AccountName);
        }

        if (found.Unproven.Count > 0)
        {
            return Refusal.PossessionUnproven.Because(Holders.WhyUnproven(found.Unproven[0], Party.Of(service)));
        }

        var joining = answered.With(service, agreement.Organizations);
        var operation = NewOperation(OperationType.JoinConsortium, WorkKind.Join, joining, service.ClusterType, $"Join channel {invitation.ChannelName} of {invitation.Inviter.AccountName}");
        await BeginAsync(transaction, WorkKind.Join, invitation, joining with { JoinOperationId = operation.Id }, operation, cancellationToken);
        return new Done();
    }

    private async Task<Operation> BeginLeavingAsync(Transaction transaction, Membership before, Membership leaving, CancellationToken cancellationToken)
    {
        var service = await transaction.FindServiceEvenDeletedAsync(leaving.Invitee.ProjectId, leaving.Invitee.ServiceId, cancellationToken);
        var operation = NewOperation(OperationType.ScaleOrganization, WorkKind.Leave, leaving, service?.ClusterType ?? "cce", $"Quit channel {leaving.ChannelName} of {leaving.Inviter.AccountName}");
        await BeginAsync(transaction, WorkKind.Leave, before, leaving with { LeaveOperationId = operation.Id }, operation, cancellationToken);
        return operation;
    }

    /// <summary>Leaves it to the worker to make the change true on its channel. Where there is none to change, it is true with this transaction.</summary>
    private async Task BeginAsync(
        Transaction transaction, WorkKind kind, Membership before, Membership begun, Operation operation, CancellationToken cancellationToken)
    {
        if (network.HasChannels)
        {
            await transaction.AddAsync(operation, cancellationToken);
            await transaction.EnqueueAsync(kind, begun, operation, clock.GetUtcNow(), cancellationToken);
            await transaction.SaveAsync(before, begun, cancellationToken); // last: it is waited for, and takes the others with it
        }
        else
        {
            await transaction.AddAsync(operation.AsFinished(), cancellationToken);
            await transaction.SaveAsync(before, TakeOurs(begun, kind.Confirmation(), clock.GetUtcNow()), cancellationToken);
        }
    }

    private Operation NewOperation(OperationType type, WorkKind kind, Membership membership, string clusterType, string description) => new(
        operationIds.Next(type, after: membership.LeaveOperationId ?? membership.JoinOperationId),
        type,
        membership.Invitee.AccountId,
        membership.Invitee.ProjectId,
        membership.Invitee.ServiceId,
        membership.Invitee.ServiceName,
        clusterType.ToLowerInvariant(),
        OperationStatus.Waiting,
        description,
        network.Plan(kind, membership),
        clock.GetUtcNow());

    private async Task StopWorkAsync(Transaction transaction, Membership membership, string reason, CancellationToken cancellationToken)
    {
        if (await transaction.FindWorkAsync(membership, cancellationToken) is { } work)
        {
            await StopWorkAsync(transaction, [work], reason, cancellationToken);
        }
    }

    /// <summary>Whoever is at the work writes no more of the operations once it is taken back, so that they are read after that.</summary>
    private async Task StopWorkAsync(Transaction transaction, List<QueuedWork> all, string reason, CancellationToken cancellationToken)
    {
        await transaction.TakeBackAsync(all, cancellationToken);
        foreach (var operation in await transaction.FindOperationsAsync(all.ConvertAll(work => (work.OperationProjectId, work.OperationId)), cancellationToken))
        {
            await transaction.SaveAsync(operation.Stopped(reason, clock.GetUtcNow()), cancellationToken);
        }

        await transaction.CloseAsync(all.ConvertAll(work => (work.InviterServiceId, work.OperationId)), cancellationToken);
    }

    private readonly record struct Agreeing(Service? Own, Service? Inviter, string? OtherServed, bool IsInviterDisabled, List<string> Unproven);
}

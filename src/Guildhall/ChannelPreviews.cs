using System.Collections.Immutable;
using Guildhall.Fabric;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Outbox;
using Guildhall.Services;
using Guildhall.Storage;

namespace Guildhall;

/// <summary>What an answer or a quit would cause on its channel, told before it is given. It changes nothing. Safe for concurrent use.</summary>
/// <param name="networks">Certificates are judged by it.</param>
internal sealed class ChannelPreviews(Store store, NetworkSettings settings, ChannelSessions channels, CallersClock networks)
{
    /// <summary>
    /// The next change of the channel that the membership brings: that of agreeing while the caller's answer is awaited, that of quitting
    /// when it has joined, and otherwise the one that is under way.
    /// </summary>
    /// <param name="agreement">With what the caller would agree; without organizations, with all of the service's. Null where it is not to answer.</param>
    /// <param name="looks">Asked for one before the channel is read.</param>
    public async Task<Result<ChannelPreview>> ShowAsync(Caller caller, string membershipId, Agreement? agreement, ILooks looks, CancellationToken cancellationToken)
    {
        var found = await store.ReadAsync(session => FindAsync(session, caller, membershipId, agreement, cancellationToken), cancellationToken);
        if (found.IsRefused(out var refusal, out var change))
        {
            return refusal;
        }

        if (!settings.ChangesChannels)
        {
            return Refusal.ChannelUnreadable.Because("this Guildhall changes no channel, and connects to no node");
        }

        if (looks.Begin(caller.AccountName, nodes: 1, cancellationToken).IsRefused(out refusal, out var look))
        {
            return refusal;
        }

        using (look)
        {
            var silence = new Seen(null, $"none of its orderers answers within {look.Limits.ChannelDeadline.TotalSeconds:0} seconds", IsSilence: true);
            var seen = await look.RunAsync(look.Limits.ChannelDeadline, token => ReadAsync(change, look.Limits, token), outcome => outcome.IsSilence, silence);
            return seen.Preview is { } preview ? preview : Refusal.ChannelUnreadable.Because(seen.Problem!);
        }
    }

    private async Task<Seen> ReadAsync(PlannedChange change, LookLimits limits, CancellationToken cancellationToken)
    {
        try
        {
            using var channel = await channels.Within(limits.NodeDeadline).OpenAsync(change.Kind, change.Membership, cancellationToken);
            return new Seen(Of(channel, await channel.ReadAsync(cancellationToken), cancellationToken), null, IsSilence: false);
        }
        catch (Exception problem) when (problem is OperatorException or FabricException)
        {
            return new Seen(null, problem.Message, IsSilence: problem is FabricException { IsPassing: true });
        }
    }

    private ChannelPreview Of(ChannelSession channel, ChannelConfiguration current, CancellationToken cancellationToken)
    {
        var (isMade, findings) = (channel.Change.IsMadeOn(current), Guards.Check(current, channel.Change, networks.Time.GetUtcNow()));
        if (isMade || findings.Any(finding => finding.Kind == FindingKind.MspIdInUse))
        {
            return new ChannelPreview(channel.Kind, channel.Membership.ChannelName, current.Sequence, isMade ? [ChangeInWords.SoAlready] : [], [], isMade ? [] : findings, null, []);
        }

        var update = PreparedUpdate.For(current, channel.Change)!;
        return new ChannelPreview(
            channel.Kind,
            channel.Membership.ChannelName,
            current.Sequence,
            ChangeInWords.Of(update, current),
            Consequences.Of(current, channel.Change),
            findings,
            SignaturePlan.For(update, current).After([], cancellationToken),
            ElementDifference.Of(current, channel.Change));
    }

    private static async Task<Result<PlannedChange>> FindAsync(
        Session session, Caller caller, string membershipId, Agreement? agreement, CancellationToken cancellationToken)
    {
        if (await session.FindMemberAsync(caller.AccountId, caller.ProjectId, membershipId, cancellationToken) is not { } membership)
        {
            return Overview.NotAMember;
        }

        var planned = membership.State switch
        {
            MembershipState.Waiting when membership.Invitee.AccountId != caller.AccountId => Refusal.NothingPlanned.Because($"{membership.Invitee.AccountName} has not said with which organizations it would join"),
            MembershipState.Waiting => await AgreedAsync(session, caller, membership, agreement, cancellationToken),
            MembershipState.Joining => new PlannedChange(WorkKind.Join, membership),
            MembershipState.Joined or MembershipState.Leaving => new PlannedChange(WorkKind.Leave, membership),
            _ => Refusal.NothingPlanned.Because($"it is {membership.State.ToWire()}"),
        };
        return planned.IsRefused(out var refusal, out var change) ? refusal
            : await FindUnattachedAsync(session, change.Membership, cancellationToken) is { } unattached ? Refusal.NotAttached.Because($"{unattached.ServiceName} of {unattached.AccountName}")
            : change;
    }

    /// <summary>The membership as it would be if the caller agreed to it.</summary>
    private static async Task<Result<PlannedChange>> AgreedAsync(
        Session session, Caller caller, Membership invitation, Agreement? agreement, CancellationToken cancellationToken)
    {
        if (agreement is null)
        {
            return Refusal.ParameterMissing.Because("blockchain_id is required: the service with which the invitation would be agreed to");
        }

        if (await session.FindServiceAsync(caller.ProjectId, agreement.ServiceId, cancellationToken) is not { } service)
        {
            return Refusal.ServiceNotFound.Because(Refusal.Quote(agreement.ServiceId));
        }

        var chosen = agreement.Organizations.IsEmpty ? agreement with { Organizations = [.. service.Organizations.Select(one => one.Name)] } : agreement;
        var inviter = await session.FindServiceEvenDeletedAsync(invitation.Inviter.ProjectId, invitation.Inviter.ServiceId, cancellationToken);
        var otherServed = await session.FindOtherServedAsync(service.Id, inviter!.AccountId, cancellationToken);
        return AgreeingRules.WhyNot(service, inviter, otherServed, chosen.Organizations) is { } refusal ? refusal
            : await session.IsOwnerDisabledAsync(invitation.Inviter.ProjectId, invitation.Inviter.ServiceId, cancellationToken) ? Refusal.InviterDisabled.Because(invitation.Inviter.AccountName)
            : await WhyNotOwnAsync(session, invitation.With(service, chosen.Organizations), cancellationToken) is { } notOwn ? notOwn
            : new PlannedChange(WorkKind.Join, invitation.With(service, chosen.Organizations));
    }

    private static async Task<Refusal?> WhyNotOwnAsync(Session session, Membership joining, CancellationToken cancellationToken)
    {
        var names = joining.Organizations.Select(one => one.Name).ToArray();
        if (await session.ListUnprovenAsync(joining.Invitee.ServiceId, names, cancellationToken) is [var unproven, ..])
        {
            return Refusal.PossessionUnproven.Because(Holders.WhyUnproven(unproven, joining.Invitee));
        }

        var attached = await session.FindAttachmentAsync(joining.Invitee.ServiceId, cancellationToken);
        foreach (var mspId in attached?.Organizations.Where(one => names.Contains(one.Name)).Select(one => one.Msp.MspId) ?? [])
        {
            if (await session.FindHolderAsync(joining, mspId, cancellationToken) is not null)
            {
                return Refusal.OrganizationHeld.Because($"{mspId} on channel {joining.ChannelName}");
            }
        }

        return null;
    }

    private static async Task<Party?> FindUnattachedAsync(Session session, Membership membership, CancellationToken cancellationToken)
    {
        foreach (var party in (Party[])[membership.Inviter, membership.Invitee])
        {
            if (await session.FindAttachmentAsync(party.ServiceId, cancellationToken) is null)
            {
                return party;
            }
        }

        return null;
    }

    /// <param name="Problem">Why there is no preview.</param>
    private sealed record Seen(ChannelPreview? Preview, string? Problem, bool IsSilence);

    private sealed record PlannedChange(WorkKind Kind, Membership Membership);
}

/// <summary>A change of a channel before anybody has asked for it.</summary>
/// <param name="Sequence">Of the configuration that it was told from; another one may tell otherwise.</param>
/// <param name="Words">What it does and brings about, a sentence each; that the channel is so already where nothing is left to do. None where it would write over an organization: no update does that.</param>
/// <param name="Findings">What speaks against it, refusals first.</param>
/// <param name="Needed">Who has to sign; null where there is nothing to sign.</param>
internal sealed record ChannelPreview(
    WorkKind Kind,
    string ChannelName,
    ulong Sequence,
    ImmutableArray<string> Words,
    ImmutableArray<PolicyConsequence> Consequences,
    ImmutableArray<Finding> Findings,
    MissingSignatures? Needed,
    ImmutableArray<ElementDifference> Differences);

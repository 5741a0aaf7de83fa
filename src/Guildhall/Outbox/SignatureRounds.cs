using System.Collections.Immutable;
using Guildhall.Fabric;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Storage;
using Signer = Guildhall.Fabric.Signer;

namespace Guildhall.Outbox;

/// <summary>Prepares updates of channels and collects the signatures that their policies ask for, in any order, anew when a channel moves.</summary>
internal sealed class SignatureRounds(Store store, KeptKeys keys, MembershipIds ids, TimeProvider clock, CallersClock networks)
{
    /// <summary>Nobody reads it: what the work was for is gone, and with it the operation's work.</summary>
    internal const string WorkTakenBack = "The work was taken back meanwhile.";

    private static readonly TimeSpan BetweenTurns = TimeSpan.FromSeconds(5);

    /// <summary>How long until a channel is looked at again that waits for signatures. One that arrives is counted at once.</summary>
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(30);

    /// <summary>Prepares the update, unless the channel is so already, and asks for the signatures. One change of a channel at a time.</summary>
    public async Task<StepOutcome> PrepareAsync(ChannelSession channel, CancellationToken cancellationToken)
    {
        var current = await channel.ReadAsync(cancellationToken);
        if (channel.Change.IsMadeOn(current))
        {
            await CloseAsync(channel, cancellationToken);
            return StepOutcome.DoneSaying(ChangeInWords.SoAlready);
        }

        if (Guards.WhyNot(current, channel.Change, networks.Time.GetUtcNow()) is { } refused)
        {
            return await FailAsync(channel, refused, cancellationToken);
        }

        var update = PreparedUpdate.For(current, channel.Change)!;
        var missing = SignaturePlan.For(update, current).After([], cancellationToken);
        if (!missing.CanBeMet)
        {
            return await FailAsync(channel, $"Nobody can agree to this change: {missing.Words}. Change the policy that asks for it first.", cancellationToken);
        }

        return await BeginRoundAsync(channel, current, update, missing.MspIds, cancellationToken);
    }

    /// <summary>Signs for those who have given their keys and want it signed, and counts what the others have sent.</summary>
    public async Task<StepOutcome> CollectAsync(ChannelSession channel, CancellationToken cancellationToken)
    {
        var (enactment, requests, held) = await LoadAsync(channel, cancellationToken);
        if (enactment is null)
        {
            return await EndWithoutUpdateAsync(channel, cancellationToken);
        }

        var (current, now) = (await channel.ReadAsync(cancellationToken), networks.Time.GetUtcNow());
        if (!enactment.IsOpen && channel.Change.IsMadeOn(current))
        {
            return StepOutcome.Done; // others made the change, or an earlier run of the work did and never heard of it
        }

        if (!enactment.IsCurrent(current, channel.Change))
        {
            return StepOutcome.GoOnFrom(FabricPlan.Prepare, "The channel's configuration changed while signatures were collected. Whoever has to sign another update now is asked once more.");
        }

        if (Guards.WhyNot(current, enactment.Update, now) is { } refused)
        {
            return await FailAsync(channel, refused, cancellationToken);
        }

        requests = await AskAgainAsync(enactment, requests, held, now, cancellationToken);
        var (plan, counting) = (enactment.Plan, enactment.SignersAmong(requests, now).ToList());
        requests = await SignAsync(channel, enactment, plan, requests, held, counting, cancellationToken);
        if (plan.IsMetBy(counting, cancellationToken))
        {
            return enactment.IsOpen ? StepOutcome.Done : StepOutcome.GoOnFrom(FabricPlan.Prepare, "There are signatures enough now.");
        }

        return WhyHopeless(plan, counting, requests, cancellationToken) is { } declined ? await FailAsync(channel, declined, cancellationToken)
            : enactment.IsOpen ? StepOutcome.NotYet(clock.GetUtcNow() + BetweenLooks, Awaited(enactment, plan.After(counting, cancellationToken), requests))
            : StepOutcome.GoOnFrom(FabricPlan.Prepare, "The change is taken up again.");
    }

    /// <summary>Where there is no update, the channel was so already; or the inviter's service was attached to another network, and what was prepared is dropped.</summary>
    public async Task<StepOutcome> EndWithoutUpdateAsync(ChannelSession channel, CancellationToken cancellationToken) =>
        channel.Change.IsMadeOn(await channel.ReadAsync(cancellationToken))
            ? StepOutcome.Done
            : StepOutcome.GoOnFrom(FabricPlan.Prepare, "The update that was prepared is not of the channel as it is now. It is prepared anew.");

    public async Task<IReadOnlyList<UpdateSignature>> ListSignaturesAsync(Enactment enactment, CancellationToken cancellationToken)
    {
        var requests = await store.ReadAsync(
            session => session.ListRequestsAsync(enactment.InviterServiceId, enactment.OperationId, cancellationToken), cancellationToken);
        return [.. requests.Where(enactment.IsSignedBy).SelectMany(request => request.Signatures)];
    }

    /// <summary>Lets others change the channel, and asks nobody any more.</summary>
    public Task CloseAsync(ChannelSession channel, CancellationToken cancellationToken) =>
        store.WriteOwnAsync(
            async transaction =>
            {
                await transaction.CloseAsync(channel.Membership.Inviter.ServiceId, channel.OperationId, cancellationToken);
                return new Done();
            },
            cancellationToken);

    /// <summary>Nobody is asked, and no other change of the channel waits, for one that cannot be made as things are.</summary>
    private async Task<StepOutcome> FailAsync(ChannelSession channel, string why, CancellationToken cancellationToken)
    {
        await CloseAsync(channel, cancellationToken);
        return StepOutcome.Failed(why);
    }

    private async Task<StepOutcome> BeginRoundAsync(
        ChannelSession channel, ChannelConfiguration current, PreparedUpdate update, ImmutableArray<string> asked, CancellationToken cancellationToken)
    {
        var membership = channel.Membership;
        var result = await store.WriteAsync<StepOutcome>(
            async transaction =>
            {
                if (!await transaction.TryHoldWorkAsync(membership.Inviter.ServiceId, channel.OperationId, cancellationToken))
                {
                    return StepOutcome.Failed(WorkTakenBack);
                }

                var now = clock.GetUtcNow();
                var before = await transaction.FindEnactmentAsync(membership.Inviter.ServiceId, channel.OperationId, cancellationToken);
                if (before is { IsOpen: true } && before.Base.Sequence == current.Sequence && before.Update.IsSameAs(update))
                {
                    return StepOutcome.Done; // it was prepared, and nobody wrote down that it was
                }

                var open = await transaction.FindOpenAsync(membership.Inviter.ServiceId, membership.ChannelName, cancellationToken);
                if (open is not null && open != channel.OperationId)
                {
                    return StepOutcome.NotYet(now + BetweenTurns, $"Operation {open} changes the channel first.");
                }

                var enactment = before?.Update.IsSameAs(update) == true
                    ? before.On(current)
                    : new Enactment(membership.Inviter.ServiceId, channel.OperationId, membership.ChannelName, IsOpen: true, (before?.Round ?? 0) + 1, current, update, now);
                await transaction.SaveAsync(enactment, cancellationToken);
                await AskAsync(transaction, membership, enactment, asked, cancellationToken);
                return StepOutcome.Done;
            },
            cancellationToken);
        return result.IsRefused(out var refusal, out var outcome) ? StepOutcome.Failed(refusal.Message) : outcome;
    }

    /// <summary>Asks everybody who has a say and has not answered in this round, and nobody who has none any more.</summary>
    private async Task AskAsync(
        Transaction transaction, Membership membership, Enactment enactment, ImmutableArray<string> asked, CancellationToken cancellationToken)
    {
        var held = await transaction.ListSignersAsync(membership, cancellationToken);
        var before = await transaction.ListRequestsAsync(enactment.InviterServiceId, enactment.OperationId, cancellationToken);
        foreach (var mspId in asked)
        {
            var known = before.Find(request => request.MspId == mspId && request.Round == enactment.Round);
            if (known is { State: not SignatureState.Closed })
            {
                continue;
            }

            var projectId = held.Find(signer => signer.MspId == mspId)?.ProjectId ?? membership.Inviter.ProjectId;
            var request = known?.Again ?? new SignatureRequest(
                projectId, ids.Next(clock.GetUtcNow()), enactment.InviterServiceId, enactment.OperationId, enactment.ChannelName, mspId, enactment.Round,
                SignatureState.Waiting, Signatures: [], Reason: null, clock.GetUtcNow(), AnsweredAt: null);
            await transaction.AskAsync(request, cancellationToken);
        }

        foreach (var gone in before.Where(request => request.State is SignatureState.Waiting or SignatureState.Declined && !asked.Contains(request.MspId)))
        {
            await transaction.SaveAsync(gone, gone with { State = SignatureState.Closed, HeldBack = null }, cancellationToken);
        }
    }

    /// <summary>Asks those again whose signatures do not count any more, or of whom another one is of use now; and whoever has become an organization's holder in place of who stood in for it.</summary>
    private async Task<List<SignatureRequest>> AskAgainAsync(
        Enactment enactment, List<SignatureRequest> requests, List<ChannelSigner> held, DateTimeOffset at, CancellationToken cancellationToken)
    {
        if (!AsOf(requests).Any(one => one.IsChanged))
        {
            return requests;
        }

        return await store.WriteOwnAsync<List<SignatureRequest>>(
            async transaction =>
            {
                var asOfNow = AsOf(await transaction.ListRequestsAsync(enactment.InviterServiceId, enactment.OperationId, cancellationToken)).ToList();
                foreach (var (before, after, _) in asOfNow.Where(one => one.IsChanged))
                {
                    await transaction.SaveAsync(before, after, cancellationToken);
                }

                return [.. asOfNow.Select(one => one.After)];
            },
            cancellationToken);

        IEnumerable<(SignatureRequest Before, SignatureRequest After, bool IsChanged)> AsOf(List<SignatureRequest> current)
        {
            var missing = enactment.Plan.After(enactment.SignersAmong(current, at), cancellationToken);
            return current.Select(before => (Before: before, After: enactment.AsOf(ToHolder(before, held), missing, at))).Select(one => (one.Before, one.After, !ReferenceEquals(one.Before, one.After)));
        }
    }

    private static SignatureRequest ToHolder(SignatureRequest request, List<ChannelSigner> held) =>
        request.State is SignatureState.Waiting && held.Find(signer => signer.MspId == request.MspId)?.ProjectId is { } holder && holder != request.ProjectId
            ? request with { ProjectId = holder, ApprovedDigest = null, HeldBack = null }
            : request;

    private Task<(Enactment? Enactment, List<SignatureRequest> Requests, List<ChannelSigner> Held)> LoadAsync(ChannelSession channel, CancellationToken cancellationToken) =>
        store.ReadAsync(
            async session => (
                await session.FindEnactmentAsync(channel.Membership.Inviter.ServiceId, channel.OperationId, cancellationToken),
                await session.ListRequestsAsync(channel.Membership.Inviter.ServiceId, channel.OperationId, cancellationToken),
                await session.ListSignersAsync(channel.Membership, cancellationToken)),
            cancellationToken);

    /// <summary>Signs with the keys that are kept here, as far as they may and for as long as a signature helps.</summary>
    /// <param name="counting">Whoever has signed; those that sign here come to them.</param>
    private async Task<List<SignatureRequest>> SignAsync(
        ChannelSession channel, Enactment enactment, SignaturePlan plan, List<SignatureRequest> requests, List<ChannelSigner> held, List<Signer> counting, CancellationToken cancellationToken)
    {
        var answered = requests.ToList();
        var byMspId = held.DistinctBy(one => one.MspId).ToDictionary(one => one.MspId, StringComparer.Ordinal);
        for (var i = 0; i < answered.Count && !plan.IsMetBy(counting, cancellationToken); i++)
        {
            var request = answered[i];
            if (request.State == SignatureState.Waiting && request.Round == enactment.Round && byMspId.GetValueOrDefault(request.MspId) is { Administrator: { } key } signer
                && !enactment.IsSignedBy(request, key.CertificatePem))
            {
                answered[i] = await keys.AnswerAsync(channel, enactment, request, counting, signer, cancellationToken);
                counting.AddRange(enactment.SignersAmong([answered[i]], networks.Time.GetUtcNow()));
            }
        }

        return answered;
    }

    /// <summary>Why those who have not declined cannot be enough; null when they can.</summary>
    private static string? WhyHopeless(SignaturePlan plan, List<Signer> counting, List<SignatureRequest> requests, CancellationToken cancellationToken)
    {
        var declined = requests.Where(request => request.State == SignatureState.Declined).ToArray();
        return declined.Length == 0 || plan.CanBeMetWithout(declined.Select(request => request.MspId).ToHashSet(StringComparer.Ordinal), counting, cancellationToken)
            ? null
            : $"{string.Join("; ", declined.Select(request => $"{request.MspId} declined: {request.Reason}"))}. Without it the channel's policies cannot be met. Settle it with them; they can still sign.";
    }

    private static string Awaited(Enactment enactment, MissingSignatures missing, List<SignatureRequest> requests)
    {
        var signed = requests.Where(enactment.IsSignedBy).Select(request => request.MspId).ToArray();
        var further = signed.Intersect(missing.MspIds).ToArray();
        return $"Signed: {(signed.Length == 0 ? "nobody" : string.Join(", ", signed))}. Awaited: {missing.Words}."
            + (further.Length == 0 ? "" : $" Of {string.Join(" and ", further)}, another administrator's signature counts too.");
    }
}

using System.Collections.Immutable;
using Guildhall.Fabric;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Operations;
using Guildhall.Storage;

namespace Guildhall.Outbox;

/// <summary>Makes memberships true on channels of Hyperledger Fabric. Each step looks at the channel first, so that it can be run again at any time.</summary>
internal sealed class FabricNetwork(
    ChannelSessions channels, OwnNodes own, Holders holders, SignatureRounds rounds, Signers signers, Store store, TimeProvider clock, CallersClock networks) : IChannelNetwork
{
    private static readonly TimeSpan BetweenLooksAtPeers = TimeSpan.FromSeconds(30);

    /// <summary>A node that is behind catches up by itself, or is put right by somebody.</summary>
    private static readonly TimeSpan BetweenLooksAtNodes = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan BetweenLooksAtAccounts = TimeSpan.FromSeconds(30);

    /// <summary>However many nodes there are and whatever they do. The step is tried again, which begins with what it has already brought about.</summary>
    private static readonly TimeSpan LongestStep = TimeSpan.FromMinutes(2);

    public ImmutableArray<OperationStep> Plan(WorkKind kind, Membership membership) => FabricPlan.Of(kind, membership);

    public async Task<StepOutcome> RunAsync(WorkKind kind, Membership membership, OperationStep step, CancellationToken cancellationToken)
    {
        using var enough = new CancellationTokenSource(LongestStep, networks.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(enough.Token, cancellationToken);
        try
        {
            return await RunStepAsync(kind, membership, step, either.Token);
        }
        catch (AccountDisabledException disabled)
        {
            return StepOutcome.NotYet(clock.GetUtcNow() + BetweenLooksAtAccounts, disabled.Message);
        }
        catch (FabricException problem) when (problem.Kind == FabricErrorKind.Behind)
        {
            return StepOutcome.NotYet(clock.GetUtcNow() + BetweenLooksAtNodes, problem.Message);
        }
        catch (OperationCanceledException) when (enough.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return StepOutcome.Failed($"The nodes took longer than the {LongestStep.TotalMinutes:0} minutes that a step may take.");
        }
    }

    private async Task<StepOutcome> RunStepAsync(WorkKind kind, Membership membership, OperationStep step, CancellationToken cancellationToken)
    {
        await own.BindAnewAsync(
            membership.Inviter.ServiceId,
            membership.ChannelName,
            number => channels.ReadReferenceAsync(membership.Inviter, membership.ChannelName, number, cancellationToken),
            cancellationToken);
        using var channel = await channels.OpenAsync(kind, membership, cancellationToken);
        return step.Name switch
        {
            FabricPlan.Read => await ReadAsync(channel, cancellationToken),
            FabricPlan.Check => Check(channel, await channel.ReadAsync(cancellationToken)),
            FabricPlan.Prepare => await PrepareAsync(channel, cancellationToken),
            FabricPlan.Sign => await rounds.CollectAsync(channel, cancellationToken),
            FabricPlan.Submit => await SubmitAsync(channel, cancellationToken),
            FabricPlan.Confirm => await ConfirmAsync(channel, cancellationToken),
            FabricPlan.Peers => await JoinPeersAsync(channel, cancellationToken),
            FabricPlan.Verify => await VerifyAsync(channel, cancellationToken),
            _ => throw new InvalidDataException($"There is no step {step.Name}."),
        };
    }

    /// <summary>Nothing is prepared for a channel that is another chain than the inviter's service is bound to.</summary>
    private async Task<StepOutcome> ReadAsync(ChannelSession channel, CancellationToken cancellationToken)
    {
        var name = channel.Membership.ChannelName;
        _ = await own.SeeAsync(
            channel.InviterAttachment,
            name,
            number => channel.Orderers.ReadReferenceAsync(name, number, channel.Client, cancellationToken),
            _ => channel.ReadAsync(cancellationToken),
            cancellationToken);
        return StepOutcome.Done;
    }

    private StepOutcome Check(ChannelSession channel, ChannelConfiguration current)
    {
        var findings = Guards.Check(current, channel.Change, networks.Time.GetUtcNow());
        var refused = findings.Where(finding => !finding.IsWarning).Select(finding => finding.InWords).ToArray();
        return refused.Length > 0 ? StepOutcome.Failed(string.Join(" ", refused))
            : findings.Length > 0 ? StepOutcome.DoneSaying(string.Join(" ", findings.Select(finding => finding.InWords)))
            : StepOutcome.Done;
    }

    /// <summary>A change that was begun and has lost its place holds up no other one of the channel.</summary>
    private async Task<StepOutcome> PrepareAsync(ChannelSession channel, CancellationToken cancellationToken)
    {
        if (await holders.ClaimAsync(channel, await channel.ReadAsync(cancellationToken), cancellationToken) is { } held)
        {
            await rounds.CloseAsync(channel, cancellationToken);
            return held;
        }

        return await rounds.PrepareAsync(channel, cancellationToken);
    }

    private async Task<StepOutcome> SubmitAsync(ChannelSession channel, CancellationToken cancellationToken)
    {
        if (await FindOpenAsync(channel, cancellationToken) is not { } enactment)
        {
            return await rounds.EndWithoutUpdateAsync(channel, cancellationToken);
        }

        var current = await channel.ReadAsync(cancellationToken);
        if (current.WasMadeBy(enactment.Update) || channel.Change.IsMadeOn(current))
        {
            return StepOutcome.Done;
        }

        if (!enactment.IsCurrent(current, channel.Change))
        {
            return StepOutcome.GoOnFrom(FabricPlan.Prepare, "The channel's configuration changed since the update was prepared.");
        }

        if (Guards.WhyNot(current, enactment.Update, networks.Time.GetUtcNow()) is { } refused)
        {
            return StepOutcome.GoOnFrom(FabricPlan.Prepare, refused);
        }

        try
        {
            await channel.Orderers.SubmitAsync(enactment.Update, await rounds.ListSignaturesAsync(enactment, cancellationToken), channel.Client, cancellationToken);
        }
        catch (FabricException problem) when (problem.Kind == FabricErrorKind.UnknownOutcome)
        {
            // The answer was lost. The blocks will tell.
        }
        catch (FabricException problem) when (problem.Kind == FabricErrorKind.VersionConflict)
        {
            return enactment.IsCurrent(await channel.ReadAsync(cancellationToken), channel.Change)
                ? StepOutcome.NotYet(clock.GetUtcNow() + BetweenLooksAtNodes, $"The orderers that can be reached are behind, and take no update of configuration {enactment.Base.Sequence} yet. {problem.FabricText}")
                : StepOutcome.GoOnFrom(FabricPlan.Prepare, problem.Message);
        }

        return StepOutcome.Done;
    }

    private async Task<StepOutcome> ConfirmAsync(ChannelSession channel, CancellationToken cancellationToken)
    {
        if (await FindOpenAsync(channel, cancellationToken) is not { } enactment)
        {
            return await rounds.EndWithoutUpdateAsync(channel, cancellationToken);
        }

        if (await FindMadeAsync(channel, enactment, cancellationToken) is null
            && await channel.ReadEverywhereAsync(cancellationToken) is var current && !channel.Change.IsMadeOn(current))
        {
            return !enactment.Update.IsStillFor(current, channel.Change) ? StepOutcome.GoOnFrom(FabricPlan.Prepare, "The update did not come into a block: another change of the channel was faster.")
                : Guards.WhyNot(current, enactment.Update, networks.Time.GetUtcNow()) is { } refused ? StepOutcome.GoOnFrom(FabricPlan.Prepare, refused)
                : await SubmitAgainAsync(channel, enactment, cancellationToken);
        }

        await rounds.CloseAsync(channel, cancellationToken);
        return StepOutcome.Done;
    }

    /// <summary>Where the orderers are behind, the parties' peers may have the block; and where the service was attached anew meanwhile, they may be another network's.</summary>
    private static async Task<ChannelConfiguration?> FindMadeAsync(ChannelSession channel, Enactment enactment, CancellationToken cancellationToken)
    {
        try
        {
            return await channel.ConfirmAsync(enactment, cancellationToken);
        }
        catch (FabricException problem) when (problem.Kind is FabricErrorKind.Behind or FabricErrorKind.Untrusted)
        {
            return null;
        }
    }

    /// <summary>The same update with the same signatures: where the first one comes into a block after all, the second does nothing.</summary>
    private async Task<StepOutcome> SubmitAgainAsync(ChannelSession channel, Enactment enactment, CancellationToken cancellationToken)
    {
        _ = await channel.Orderers.SubmitEverywhereAsync(enactment.Update, await rounds.ListSignaturesAsync(enactment, cancellationToken), channel.Client, cancellationToken);
        return StepOutcome.NotYet(clock.GetUtcNow() + BetweenLooksAtNodes, "The update was taken and is in no block yet. It was sent again, to every orderer.");
    }

    private async Task<StepOutcome> JoinPeersAsync(ChannelSession channel, CancellationToken cancellationToken)
    {
        var notes = new List<string>();
        byte[]? firstBlock = null;
        foreach (var organization in channel.Organizations)
        {
            var peers = channel.InviteeNetwork.PeersOf(organization.Msp.MspId);
            if (organization.Administrator is not { } administrator)
            {
                if (await FindOutsideAsync(channel, organization, peers, cancellationToken) is { Length: > 0 } outside)
                {
                    return StepOutcome.NotYet(
                        clock.GetUtcNow() + BetweenLooksAtPeers,
                        $"An administrator of {organization.Name} has to join {string.Join(", ", outside.Select(peer => peer.Name))} to channel {channel.Membership.ChannelName} (peer channel join).");
                }

                if (organization.Client is null && !peers.IsEmpty)
                {
                    notes.Add($"Whether the peers of {organization.Name} are in the channel is not known: Guildhall holds no identity of it.");
                }

                continue;
            }

            if (firstBlock is null)
            {
                firstBlock = await channel.Orderers.ReadBlockAsync(channel.Membership.ChannelName, 0, channel.Client, cancellationToken);
                if (await WhyNotOwnAsync(channel, firstBlock, cancellationToken) is { } another)
                {
                    return StepOutcome.Failed(another);
                }
            }

            await JoinAsync(channel.Membership.Invitee, administrator, peers, firstBlock, cancellationToken);
        }

        return notes.Count == 0 ? StepOutcome.Done : StepOutcome.DoneSaying(string.Join(" ", notes));
    }

    /// <summary>An invitee whose own nodes show the channel joins its peers to that one, and to no other by the same name. Peers that are yet to join show nothing.</summary>
    private async Task<string?> WhyNotOwnAsync(ChannelSession channel, byte[] firstBlock, CancellationToken cancellationToken)
    {
        var invitee = channel.Membership.Invitee;
        try
        {
            var shown = await own.ReadAsync(invitee.ServiceId, invitee.AccountName, channel.Membership.ChannelName, cancellationToken);
            return shown is null || shown.First.Number > 0 || shown.First == BlockReference.Of(firstBlock)
                ? null
                : $"The inviter's nodes show another chain by the name of {channel.Membership.ChannelName} than those of {invitee.AccountName}: no peer is joined to it.";
        }
        catch (FabricException)
        {
            return null;
        }
    }

    private async Task JoinAsync(Party invitee, HeldIdentity administrator, ImmutableArray<ProfileNode> nodes, byte[] firstBlock, CancellationToken cancellationToken)
    {
        var signer = signers.Of(administrator);
        using var held = signer as IDisposable;
        foreach (var node in nodes)
        {
            using var peer = channels.Open(node, invitee);
            await peer.JoinAsync(firstBlock, signer, cancellationToken);
        }
    }

    /// <summary>The peers that are not in the channel, where Guildhall may ask them.</summary>
    private async Task<ProfileNode[]> FindOutsideAsync(
        ChannelSession channel, AttachedOrganization organization, ImmutableArray<ProfileNode> nodes, CancellationToken cancellationToken)
    {
        if ((organization.Client ?? organization.Administrator) is not { } identity)
        {
            return [];
        }

        var outside = new List<ProfileNode>();
        var asking = signers.Of(identity);
        using var held = asking as IDisposable;
        foreach (var node in nodes)
        {
            using var peer = channels.Open(node, channel.Membership.Invitee);
            if (!(await peer.ListChannelsAsync(asking, cancellationToken)).Contains(channel.Membership.ChannelName))
            {
                outside.Add(node);
            }
        }

        return [.. outside];
    }

    private async Task<StepOutcome> VerifyAsync(ChannelSession channel, CancellationToken cancellationToken)
    {
        if (!channel.Change.IsMadeOn(await channel.ReadAsync(cancellationToken)))
        {
            return StepOutcome.GoOnFrom(FabricPlan.Prepare, "The channel is not as it should be: somebody changed it back.");
        }

        if (channel.Kind == WorkKind.Leave)
        {
            return StepOutcome.Done;
        }

        foreach (var organization in channel.Organizations)
        {
            var peers = channel.InviteeNetwork.PeersOf(organization.Msp.MspId);
            if (await FindOutsideAsync(channel, organization, peers, cancellationToken) is { Length: > 0 } outside)
            {
                return StepOutcome.GoOnFrom(FabricPlan.Peers, $"{string.Join(", ", outside.Select(peer => peer.Name))} of {organization.Name} is not in the channel.");
            }
        }

        return StepOutcome.Done;
    }

    /// <summary>What is to be submitted; null where nothing is left to be changed.</summary>
    private async Task<Enactment?> FindOpenAsync(ChannelSession channel, CancellationToken cancellationToken) =>
        await store.ReadAsync(session => session.FindEnactmentAsync(channel.Membership.Inviter.ServiceId, channel.OperationId, cancellationToken), cancellationToken) is { IsOpen: true } enactment
            ? enactment
            : null;
}

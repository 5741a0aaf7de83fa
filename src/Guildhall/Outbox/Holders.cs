using System.Collections.Immutable;
using Guildhall.Fabric;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Storage;

namespace Guildhall.Outbox;

/// <summary>Knows whose an MSP id is on a channel: it has one holder, which alone joins with it and takes it out again.</summary>
internal sealed class Holders(Store store)
{
    private static readonly Refusal TakenBack = new(0, "", SignatureRounds.WorkTakenBack, Rank: int.MaxValue, Remedy: "");

    /// <summary>The organizations that the membership's change of the channel is about, each with the MSP with which it began.</summary>
    /// <param name="attached">What the invitee's service is now.</param>
    /// <param name="read">Reads the channel, where it has to be seen what is the membership's own.</param>
    /// <exception cref="OperatorException">One of them is not attached, or not proven; the message says what to do.</exception>
    public async Task<ImmutableArray<AttachedOrganization>> FindAsync(
        WorkKind kind, Membership membership, Attachment attached, Func<Task<ChannelConfiguration>> read, CancellationToken cancellationToken)
    {
        var (held, hasBegun) = await store.ReadAsync(
            async session => (
                await session.ListHeldAsync(membership, cancellationToken),
                kind == WorkKind.Leave || await session.HasEnactmentAsync(membership.Inviter.ServiceId, membership.JoinOperationId!, cancellationToken)),
            cancellationToken);
        if (held.Count == 0 || !hasBegun)
        {
            var named = NamedIn(membership, attached);
            if (kind == WorkKind.Join)
            {
                return named;
            }

            held = await FindUnheldAsync(membership, named, cancellationToken);
        }

        if (kind == WorkKind.Leave)
        {
            held = await FindOwnAsync(membership, held, cancellationToken);
        }

        if (kind == WorkKind.Leave && (held.Exists(one => one.JoinedAt is null) || await IsDeletedAsync(membership.Invitee, cancellationToken)))
        {
            // What was never seen to have joined may be another's by the same name; and whoever has given its service up has nobody to show what became of its own.
            var current = await read();
            held = held.FindAll(one => current.Find(one.Msp.MspId) is not { } found || IsOwn(one, attached, found.Msp));
        }

        return [.. held.Select(one => AsHeld(one, attached))];
    }

    /// <summary>Without what another membership is on the same chain with, through another service: it stays there for that one.</summary>
    private async Task<List<HeldOrganization>> FindOwnAsync(Membership membership, List<HeldOrganization> held, CancellationToken cancellationToken)
    {
        var others = new HashSet<string>(StringComparer.Ordinal);
        foreach (var one in held)
        {
            if (await store.ReadAsync(session => session.IsHeldElsewhereAsync(membership, one.Msp.MspId, cancellationToken), cancellationToken))
            {
                others.Add(one.Msp.MspId);
            }
        }

        return held.FindAll(one => !others.Contains(one.Msp.MspId));
    }

    private static ImmutableArray<AttachedOrganization> NamedIn(Membership membership, Attachment attached) =>
    [
        .. membership.Organizations.Select(organization => attached.Find(organization.Name) ?? throw new OperatorException(
            $"Organization {organization.Name} of service {membership.Invitee.ServiceName} is not attached: run guildhall fabric attach for the service again, with it.")),
    ];

    /// <summary>Has the membership hold what it joins with; what it leaves with has to be its own.</summary>
    /// <returns>Null when it is so; else why the change cannot be prepared.</returns>
    public async Task<StepOutcome?> ClaimAsync(ChannelSession channel, ChannelConfiguration current, CancellationToken cancellationToken)
    {
        if (channel.Kind == WorkKind.Leave)
        {
            var held = await store.ReadAsync(session => session.ListHeldAsync(channel.Membership, cancellationToken), cancellationToken);
            var attached = await store.ReadAsync(session => session.FindAttachmentAsync(channel.Membership.Invitee.ServiceId, cancellationToken), cancellationToken);
            return held.Find(one => one.JoinedAt is not null && Removes(channel, one) && current.Find(one.Msp.MspId) is { } found && !IsOwn(one, attached, found.Msp)) is { } another
                ? StepOutcome.Failed(
                    $"{another.Msp.MspId} on channel {channel.Membership.ChannelName} is another organization than the one that {channel.Membership.Invitee.AccountName} holds: it is not taken out. "
                    + "If it is the same with all its certificates renewed, attach the service with its present MSP and its administrator's key, or sign the challenge. If it is another's, delete the service: that ends the membership and leaves the other where it is.")
                : null;
        }

        if (channel.Organizations.FirstOrDefault(one => current.Find(one.Msp.MspId) is { } found && !found.Msp.Equals(one.Msp)) is { } taken)
        {
            return StepOutcome.Failed($"The channel has {taken.Msp.MspId} already, with another definition. Choose another MSP id, or have the organization that bears it removed first.");
        }

        var claimed = await store.WriteAsync<Done>(transaction => ClaimAsync(transaction, channel, cancellationToken), cancellationToken);
        return claimed.IsRefused(out var refusal, out _) ? StepOutcome.Failed(refusal.Message) : null;
    }

    private static bool Removes(ChannelSession channel, HeldOrganization held) => channel.Organizations.Any(one => one.Msp.MspId == held.Msp.MspId);

    /// <summary>Whether the channel's organization is the one that is held, or has become what the member's service is attached as and has shown the key of.</summary>
    private static bool IsOwn(HeldOrganization held, Attachment? attached, MspDefinition onChannel) =>
        held.IsSameAs(onChannel)
        || (held.JoinedAt is not null && attached?.Organizations.Any(one => one.ProvenAt is not null && new HeldOrganization(one.Name, one.Msp, held.JoinedAt).IsSameAs(onChannel)) == true);

    private async Task<bool> IsDeletedAsync(Party party, CancellationToken cancellationToken) =>
        await store.ReadAsync(session => session.FindServiceAsync(party.ProjectId, party.ServiceId, cancellationToken), cancellationToken) is null;

    private static async Task<Result<Done>> ClaimAsync(Transaction transaction, ChannelSession channel, CancellationToken cancellationToken)
    {
        var membership = channel.Membership;
        if (!await transaction.TryHoldWorkAsync(membership.Inviter.ServiceId, channel.OperationId, cancellationToken))
        {
            return TakenBack;
        }

        if (await transaction.HasEnactmentAsync(membership.Inviter.ServiceId, channel.OperationId, cancellationToken)
            && (await transaction.ListHeldAsync(membership, cancellationToken)).Count > 0)
        {
            return new Done(); // it goes on with what it began with
        }

        await transaction.LetGoAsync(membership, cancellationToken);
        foreach (var organization in channel.Organizations)
        {
            if (organization.ProvenAt is null)
            {
                return Refusal.PossessionUnproven.Because(WhyUnproven(organization.Msp.MspId, membership.Invitee));
            }

            if (await transaction.FindHolderElsewhereAsync(membership, organization.Msp.MspId, cancellationToken) is { } elsewhere)
            {
                return Refusal.OrganizationHeld.Because($"{elsewhere} holds {organization.Msp.MspId} on the same channel {membership.ChannelName}");
            }

            var holder = await transaction.FindHolderAsync(membership, organization.Msp.MspId, cancellationToken);
            if (holder is not null || !await transaction.HoldAsync(membership, new HeldOrganization(organization.Name, organization.Msp, JoinedAt: null), cancellationToken))
            {
                return Refusal.OrganizationHeld.Because(
                    $"both {holder ?? "another account"} and {membership.Invitee.AccountName} claim {organization.Msp.MspId} on channel {membership.ChannelName}, and {holder ?? "the other"} was first");
            }
        }

        return new Done();
    }

    public static string WhyUnproven(string mspId, Party party) => $"service {party.ServiceName} of {party.AccountName} has attached {mspId}, and no administrator's key of it has signed the challenge";

    /// <summary>With which organizations a membership leaves that has joined before it was written down with which: those that are its own.</summary>
    private async Task<List<HeldOrganization>> FindUnheldAsync(Membership membership, ImmutableArray<AttachedOrganization> named, CancellationToken cancellationToken)
    {
        var unheld = new List<HeldOrganization>();
        foreach (var organization in named)
        {
            var (holder, service) = await store.ReadAsync(
                async session => (
                    await session.FindHolderAsync(membership, organization.Msp.MspId, cancellationToken),
                    await session.FindServiceAsync(membership.Invitee.ProjectId, membership.Invitee.ServiceId, cancellationToken)),
                cancellationToken);
            if (holder is null && organization.ProvenAt is null && service is not null)
            {
                throw new OperatorException($"{Refusal.PossessionUnproven.Message}: {WhyUnproven(organization.Msp.MspId, membership.Invitee)}.");
            }

            unheld.AddRange(holder is null && organization.ProvenAt is not null ? [new HeldOrganization(organization.Name, organization.Msp, JoinedAt: null)] : []);
        }

        return unheld;
    }

    /// <summary>The organization as it began, with the keys of today where the same MSP id is attached.</summary>
    private static AttachedOrganization AsHeld(HeldOrganization held, Attachment attached) =>
        attached.Organizations.FirstOrDefault(one => one.Msp.MspId == held.Msp.MspId) is { } same
            ? same with { Name = held.Name, Msp = held.Msp }
            : new AttachedOrganization(held.Name, held.Msp, Administrator: null, Client: null);
}

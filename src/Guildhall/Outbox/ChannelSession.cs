using System.Collections.Immutable;
using Guildhall.Fabric;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Services;
using Guildhall.Storage;

namespace Guildhall.Outbox;

/// <summary>Opens the channels that memberships are to become true on.</summary>
internal sealed class ChannelSessions(Store store, Signers signers, Nodes nodes, CallersClock networks)
{
    /// <summary>How long one call may take; null for as long as the worker waits.</summary>
    private TimeSpan? CallDeadline { get; init; }

    /// <summary>The same, for somebody who waits for the answer: of several orderers, one that hangs does not use up the time of all.</summary>
    public ChannelSessions Within(TimeSpan callDeadline) => new(store, signers, nodes, networks) { CallDeadline = callDeadline };

    /// <exception cref="OperatorException">Something is not attached, or a key cannot be had; the message says what to do.</exception>
    /// <exception cref="AccountDisabledException">A party's account is disabled, and its keys do nothing.</exception>
    public async Task<ChannelSession> OpenAsync(WorkKind kind, Membership membership, CancellationToken cancellationToken)
    {
        await RefuseDisabledAsync(kind, membership, cancellationToken);
        var inviter = await AttachedAsync(membership.Inviter, cancellationToken);
        var invitee = await AttachedAsync(membership.Invitee, cancellationToken);
        var joining = membership.Organizations.Select(organization => invitee.Find(organization.Name) ?? throw new OperatorException(
            $"Organization {organization.Name} of service {membership.Invitee.ServiceName} is not attached: run guildhall fabric attach for the service again, with it.")).ToImmutableArray();
        var client = ClientOf(inviter, membership.Inviter.ServiceName);
        var change = kind == WorkKind.Join
            ? new ChannelChange { Add = [.. joining.Select(organization => new OrganizationDefinition(organization.Msp, []))] }
            : new ChannelChange { Remove = [.. joining.Select(organization => organization.Msp.MspId)] };
        return new ChannelSession(
            kind,
            membership,
            OrderersOf(inviter, membership.Inviter.AccountName),
            signers.Of(client),
            change,
            joining,
            signers.Dial(invitee))
        {
            Known = await store.ReadAsync(session => session.FindKnownAsync(membership.Inviter.ServiceId, membership.ChannelName, cancellationToken), cancellationToken),
        };
    }

    /// <summary>A channel's configuration, read in the name of the inviter's service.</summary>
    /// <param name="known">By it its signatures are judged; null where there is none.</param>
    /// <exception cref="OperatorException">A key cannot be had; the message says what to do.</exception>
    public async Task<ChannelConfiguration> ReadAsync(Attachment inviter, Service service, string channelName, ChannelConfiguration? known, CancellationToken cancellationToken)
    {
        using var orderers = OrderersOf(inviter, service.AccountName);
        var client = signers.Of(ClientOf(inviter, service.Name));
        using var held = client as IDisposable;
        return await orderers.ReadConfigurationAsync(channelName, client, known, cancellationToken);
    }

    /// <summary>A block of a channel by its hash, read in the name of the inviter's service.</summary>
    /// <param name="number">Null for the first one.</param>
    /// <exception cref="OperatorException">A key cannot be had; the message says what to do.</exception>
    public async Task<BlockReference> ReadReferenceAsync(Attachment inviter, Service service, string channelName, ulong? number, CancellationToken cancellationToken)
    {
        using var orderers = OrderersOf(inviter, service.AccountName);
        var client = signers.Of(ClientOf(inviter, service.Name));
        using var held = client as IDisposable;
        return await orderers.ReadReferenceAsync(channelName, number, client, cancellationToken);
    }

    /// <summary>One of the invitee's peers.</summary>
    public Peer Open(ProfileNode peer, Party invitee) => new(peer.Endpoint, OptionsOf(invitee.AccountName), networks.Time);

    private OrderingService OrderersOf(Attachment inviter, string accountName)
    {
        var orderers = signers.Dial(inviter).Orderers;
        return orderers.IsEmpty
            ? throw new OperatorException("The inviter's service is attached with a connection profile that names no orderer: attach it again with one that does.")
            : new OrderingService(orderers.Select(orderer => orderer.Endpoint), OptionsOf(accountName), networks.Time);
    }

    private FabricOptions OptionsOf(string accountName) => CallDeadline is { } deadline ? nodes.Of(accountName) with { CallDeadline = deadline } : nodes.Of(accountName);

    private static HeldIdentity ClientOf(Attachment inviter, string serviceName) => inviter.Client ?? throw new OperatorException(
        $"Guildhall holds no identity of service {serviceName} to read its channel with: attach it with a client's or an administrator's.");

    /// <summary>Who leaves needs no key of its own for it, unless it is asked to sign.</summary>
    private async Task RefuseDisabledAsync(WorkKind kind, Membership membership, CancellationToken cancellationToken)
    {
        var other = kind == WorkKind.Join ? membership.Invitee.AccountId : membership.Inviter.AccountId;
        var disabled = await store.ReadAsync(session => session.ListDisabledAsync(membership.Inviter.AccountId, other, cancellationToken), cancellationToken);
        if (disabled.Count > 0)
        {
            throw new AccountDisabledException($"Account {string.Join(" and account ", disabled)} is disabled, and its keys sign nothing. This goes on when it is enabled.");
        }
    }

    private async Task<Attachment> AttachedAsync(Party party, CancellationToken cancellationToken) =>
        await store.ReadAsync(session => session.FindAttachmentAsync(party.ServiceId, cancellationToken), cancellationToken)
        ?? throw new OperatorException(
            $"Service {party.ServiceName} of {party.AccountName} is not attached to a network: run guildhall fabric attach for it, or PUT /v2/{party.ProjectId}/blockchains/{party.ServiceId}/network.");
}

/// <summary>Something waits until an account is enabled again.</summary>
internal sealed class AccountDisabledException(string message) : OperatorException(message);

/// <summary>A membership's channel for as long as one step takes, and what is to be different on it.</summary>
/// <param name="Client">Reads the channel and submits to it, in the inviter's name.</param>
/// <param name="Organizations">The invitee's, which join or leave.</param>
/// <param name="InviteeNetwork">Where the invitee's peers are.</param>
internal sealed record ChannelSession(
    WorkKind Kind,
    Membership Membership,
    OrderingService Orderers,
    ISigner Client,
    ChannelChange Change,
    ImmutableArray<AttachedOrganization> Organizations,
    ConnectionProfile InviteeNetwork) : IDisposable
{
    public string OperationId => (Kind == WorkKind.Join ? Membership.JoinOperationId : Membership.LeaveOperationId)!;

    /// <summary>What the inviter's nodes have shown before and was believed: by it the signatures of what they show now are judged. Null at the first look.</summary>
    public ChannelConfiguration? Known { get; init; }

    public Task<ChannelConfiguration> ReadAsync(CancellationToken cancellationToken) =>
        Orderers.ReadConfigurationAsync(Membership.ChannelName, Client, Known, cancellationToken);

    public void Dispose()
    {
        Orderers.Dispose();
        (Client as IDisposable)?.Dispose();
    }
}

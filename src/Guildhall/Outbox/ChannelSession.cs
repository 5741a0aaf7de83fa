using System.Collections.Immutable;
using Guildhall.Fabric;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Services;
using Guildhall.Storage;

namespace Guildhall.Outbox;

/// <summary>Opens the channels that memberships are to become true on.</summary>
internal sealed class ChannelSessions(Store store, Signers signers, Nodes nodes, Holders holders, CallersClock networks)
{
    /// <summary>How long one call may take; null for as long as the worker waits.</summary>
    private TimeSpan? CallDeadline { get; init; }

    /// <summary>The same, for somebody who waits for the answer: of several orderers, one that hangs does not use up the time of all.</summary>
    public ChannelSessions Within(TimeSpan callDeadline) => new(store, signers, nodes, holders, networks) { CallDeadline = callDeadline };

    /// <exception cref="OperatorException">Something is not attached, or a key cannot be had; the message says what to do.</exception>
    /// <exception cref="AccountDisabledException">A party's account is disabled, and its keys do nothing.</exception>
    public async Task<ChannelSession> OpenAsync(WorkKind kind, Membership membership, CancellationToken cancellationToken)
    {
        await RefuseDisabledAsync(kind, membership, cancellationToken);
        var inviter = await AttachedAsync(membership.Inviter, cancellationToken);
        var invitee = await AttachedAsync(membership.Invitee, cancellationToken);
        var (service, channel, accountName) = (membership.Inviter.ServiceId, membership.ChannelName, membership.Inviter.AccountName);
        var known = await store.ReadAsync(session => session.FindKnownAsync(service, channel, cancellationToken), cancellationToken);
        var joining = await holders.FindAsync(
            kind, membership, invitee, () => ReadAsync(inviter, accountName, membership.Inviter.ServiceName, channel, known, cancellationToken), cancellationToken);
        var client = ClientOf(inviter, membership.Inviter.ServiceName);
        var inviteeNetwork = signers.Dial(invitee);
        var change = kind == WorkKind.Join
            ? new ChannelChange { Add = [.. joining.Select(organization => new OrganizationDefinition(organization.Msp, []))] }
            : new ChannelChange { Remove = [.. joining.Select(organization => organization.Msp.MspId)] };
        var orderers = OrderersOf(inviter, accountName);
        return new ChannelSession(
            kind,
            membership,
            orderers,
            HoldOrDispose(orderers, client),
            change,
            joining,
            inviteeNetwork)
        {
            InviterAttachment = inviter,
            Known = known,
            Keep = (newest, token) => store.WriteWhileAttachedAsync(inviter, transaction => transaction.SaveKnownAsync(service, newest, token), token),
            Witnesses =
            [
                (seen, token) => AskPeersAsync(inviter, accountName, channel, seen, token),
                (seen, token) => AskOrderersAsync(invitee, membership.Invitee.AccountName, channel, seen, token),
                (seen, token) => AskPeersAsync(invitee, membership.Invitee.AccountName, channel, seen, token),
            ],
        };
    }

    /// <summary>A channel's configuration, read in the name of the inviter's service: through its orderers, or its peers where those are behind.</summary>
    /// <param name="known">None that is older counts, and by it the signatures of a newer one are judged; null where there is none.</param>
    /// <exception cref="OperatorException">A key cannot be had; the message says what to do.</exception>
    public Task<ChannelConfiguration> ReadAsync(Attachment inviter, Service service, string channelName, ChannelConfiguration? known, CancellationToken cancellationToken) =>
        ReadAsync(inviter, service.AccountName, service.Name, channelName, known, cancellationToken);

    private async Task<ChannelConfiguration> ReadAsync(
        Attachment inviter, string accountName, string serviceName, string channelName, ChannelConfiguration? known, CancellationToken cancellationToken)
    {
        using var orderers = OrderersOf(inviter, accountName);
        var client = signers.Of(ClientOf(inviter, serviceName));
        using var held = client as IDisposable;
        return await Outbox.Witnesses.ReadAsync(
            () => orderers.ReadConfigurationAsync(channelName, client, known, cancellationToken),
            [(earlier, token) => AskPeersAsync(inviter, accountName, channelName, earlier, token)],
            known,
            cancellationToken);
    }

    /// <summary>A channel's configuration as another service's orderers show it, or else its peers; null where it has named none.</summary>
    /// <param name="known">None that is older counts, and by it the signatures of a newer one are judged.</param>
    /// <exception cref="FabricException">They could not be asked, are behind, or are not to be believed.</exception>
    public async Task<ChannelConfiguration?> AskAsync(string serviceId, string accountName, string channelName, ChannelConfiguration known, CancellationToken cancellationToken) =>
        await store.ReadAsync(session => session.FindAttachmentAsync(serviceId, cancellationToken), cancellationToken) is { } attachment
            ? await AskOrderersAsync(attachment, accountName, channelName, known, cancellationToken) ?? await AskPeersAsync(attachment, accountName, channelName, known, cancellationToken)
            : null;

    /// <summary>A block of a channel by its hash, read in the name of the inviter's service.</summary>
    /// <param name="number">Null for the first one.</param>
    /// <exception cref="OperatorException">A key cannot be had; the message says what to do.</exception>
    public Task<BlockReference> ReadReferenceAsync(Attachment inviter, Service service, string channelName, ulong? number, CancellationToken cancellationToken) =>
        ReadReferenceAsync(inviter, service.AccountName, service.Name, channelName, number, cancellationToken);

    /// <summary>The same, as the inviter's service is attached now.</summary>
    public async Task<BlockReference> ReadReferenceAsync(Party inviter, string channelName, ulong? number, CancellationToken cancellationToken) =>
        await ReadReferenceAsync(await AttachedAsync(inviter, cancellationToken), inviter.AccountName, inviter.ServiceName, channelName, number, cancellationToken);

    private async Task<BlockReference> ReadReferenceAsync(
        Attachment inviter, string accountName, string serviceName, string channelName, ulong? number, CancellationToken cancellationToken)
    {
        using var orderers = OrderersOf(inviter, accountName);
        var client = signers.Of(ClientOf(inviter, serviceName));
        using var held = client as IDisposable;
        return await orderers.ReadReferenceAsync(channelName, number, client, cancellationToken);
    }

    /// <summary>One of the invitee's peers.</summary>
    public Peer Open(ProfileNode peer, Party invitee) => new(peer.Endpoint, OptionsOf(invitee.AccountName), networks.Time);

    /// <summary>Null where the service has named no orderer, or nobody to ask it for.</summary>
    private Task<ChannelConfiguration?> AskOrderersAsync(Attachment attachment, string accountName, string channelName, ChannelConfiguration known, CancellationToken cancellationToken) =>
        AskAsync(ChannelReader.OfOrderers, signers.Dial(attachment).Orderers, attachment.Client, accountName, channelName, known, cancellationToken);

    private Task<ChannelConfiguration?> AskPeersAsync(Attachment attachment, string accountName, string channelName, ChannelConfiguration known, CancellationToken cancellationToken) =>
        AskAsync(ChannelReader.OfPeers, signers.Dial(attachment).Peers, attachment.Client, accountName, channelName, known, cancellationToken);

    private async Task<ChannelConfiguration?> AskAsync(
        Func<IEnumerable<NodeEndpoint>, FabricOptions, TimeProvider, ChannelReader> open,
        ImmutableArray<ProfileNode> asked,
        HeldIdentity? identity,
        string accountName,
        string channelName,
        ChannelConfiguration known,
        CancellationToken cancellationToken)
    {
        if (asked.IsEmpty || identity is null)
        {
            return null;
        }

        using var reader = open(asked.Select(node => node.Endpoint), Brief(accountName), networks.Time);
        var client = signers.Of(identity);
        using var held = client as IDisposable;
        return await reader.ReadConfigurationAsync(channelName, client, known, cancellationToken);
    }

    private FabricOptions Brief(string accountName) => OptionsOf(accountName) with { Patience = TimeSpan.Zero };

    private OrderingService OrderersOf(Attachment inviter, string accountName)
    {
        var orderers = signers.Dial(inviter).Orderers;
        return orderers.IsEmpty
            ? throw new OperatorException("The inviter's service is attached with a connection profile that names no orderer: attach it again with one that does.")
            : new OrderingService(orderers.Select(orderer => orderer.Endpoint), OptionsOf(accountName), networks.Time);
    }

    /// <summary>A key that cannot be had leaves no connection open.</summary>
    private ISigner HoldOrDispose(OrderingService orderers, HeldIdentity client)
    {
        try
        {
            return signers.Of(client);
        }
        catch
        {
            orderers.Dispose();
            throw;
        }
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

    /// <summary>What the inviter's service was attached as when the step began.</summary>
    public required Attachment InviterAttachment { get; init; }

    /// <summary>The newest configuration that was seen and believed: none that is older counts, and by it the signatures of a newer one are judged. Null at the first look.</summary>
    public ChannelConfiguration? Known { get; set; }

    /// <summary>Writes down what was seen and believed: it is gone by from now on, whoever reads the channel.</summary>
    public required Func<ChannelConfiguration, CancellationToken, Task> Keep { private get; init; }

    /// <summary>The parties' peers, for where the orderers are behind.</summary>
    public required ImmutableArray<AskWitness> Witnesses { private get; init; }

    /// <summary>The channel as it is now, and never as it was before something newer was seen.</summary>
    /// <exception cref="FabricException">It cannot be told now; that the nodes are behind among others (<see cref="FabricErrorKind.Behind"/>).</exception>
    public async Task<ChannelConfiguration> ReadAsync(CancellationToken cancellationToken)
    {
        var newest = await Outbox.Witnesses.ReadAsync(
            () => Orderers.ReadConfigurationAsync(Membership.ChannelName, Client, Known, cancellationToken), Witnesses, Known, cancellationToken);
        await BelieveAsync(newest, cancellationToken);
        return newest;
    }

    /// <summary>The same, where the parties' peers are asked as well, although the orderers show all that was seen before.</summary>
    public async Task<ChannelConfiguration> ReadEverywhereAsync(CancellationToken cancellationToken)
    {
        var newest = await ReadAsync(cancellationToken);
        var theirs = await Outbox.Witnesses.AskAllAsync(Witnesses, newest, cancellationToken);
        await BelieveAsync(theirs, cancellationToken);
        return theirs ?? newest;
    }

    /// <summary>The configuration that an update made; null as <see cref="OrderingService"/> says it.</summary>
    public async Task<ChannelConfiguration?> ConfirmAsync(Enactment enactment, CancellationToken cancellationToken)
    {
        var known = Known is { } newest && !(newest.Block < enactment.Base.Block) ? newest : enactment.Base;
        var made = await Orderers.ConfirmAsync(enactment.Update, enactment.Base, known, Client, cancellationToken);
        await BelieveAsync(made, cancellationToken);
        return made;
    }

    /// <summary>Goes by a configuration from now on that is newer, and was judged by the known one.</summary>
    public async Task BelieveAsync(ChannelConfiguration? newest, CancellationToken cancellationToken)
    {
        if (newest is not null && !(newest.Block <= Known?.Block))
        {
            await Keep(newest, cancellationToken);
            Known = newest;
        }
    }

    public void Dispose()
    {
        Orderers.Dispose();
        (Client as IDisposable)?.Dispose();
    }
}

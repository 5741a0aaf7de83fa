using System.Collections.Immutable;
using Guildhall.Fabric;
using Guildhall.Memberships;

namespace Guildhall.Networks;

/// <summary>What orderers and peers answer: whether they can be reached, and which channels there are.</summary>
/// <param name="profile">As it is dialled.</param>
internal sealed class NetworkInspection(
    AttachedService service, ConnectionProfile profile, IReadOnlyCollection<PreparedOrganization> organizations, Action<AttachmentCheck> take)
{
    /// <summary>Channels and organizations that one sentence names; what more there are, it counts.</summary>
    private const int MostNamed = 20;

    /// <summary>The chains that the service's channels are, as far as they could be read.</summary>
    public List<(string ChannelName, BlockReference First)> Chains { get; } = [];

    /// <summary>Nodes that are asked; a peer that several organizations name, once for each.</summary>
    public int NodeCount => profile.Orderers.Length + organizations.Sum(one => profile.PeersOf(one.Msp.MspId).Length);

    /// <summary>Who could be asked and is not named.</summary>
    public void LookForGaps()
    {
        if (profile.Orderers.IsEmpty && !service.IsInvitee)
        {
            take(AttachmentCheck.Fail(CheckedPart.Orderer, service.Name, "has no orderer in the connection profile, and its channels are changed there.", "Add \"orderers\" to the profile, each with url and tlsCACerts."));
        }

        foreach (var organization in organizations.Where(one => profile.PeersOf(one.Msp.MspId).IsEmpty))
        {
            take(AttachmentCheck.Warn(CheckedPart.Peer, organization.Given.Name, "has no peer in the connection profile: none will join a channel, and the service's number of peers stays as it is.", $"Add \"peers\" to the profile, and list them with the organization of {organization.Msp.MspId}."));
        }
    }

    /// <summary>Asks all of them, many at the same time, and each once: a node that is up answers at once.</summary>
    public async Task RunAsync(FabricOptions options, NodeLook look)
    {
        options = options with { CallDeadline = look.Limits.NodeDeadline, Patience = TimeSpan.Zero };
        using var places = new SemaphoreSlim(LookLimits.NodesAtOnce);
        var asking = new Asking(options, look, places);
        var reader = organizations.Select(one => one.Reader).FirstOrDefault(found => found is not null);
        var peers = organizations.Select(organization => AskPeersAsync(asking, organization)).ToArray();
        var orderers = await AskOrderersAsync(asking, reader);
        TellOrderers(orderers);
        foreach (var (organization, asked) in organizations.Zip(await Task.WhenAll(peers)))
        {
            TellPeers(organization, asked);
        }

        ImmutableArray<ProfileNode> reached = [.. orderers.Where(one => one.IsAnswered).Select(one => one.Node)];
        if (!service.IsInvitee && reader is not null && !reached.IsEmpty)
        {
            using var ordering = new OrderingService(reached.Select(node => node.Endpoint), options);
            foreach (var (channel, members) in service.Channels)
            {
                await OfChannelAsync(ordering, channel, members, reader, look);
            }
        }
    }

    private async Task<Asked[]> AskOrderersAsync(Asking asking, ISigner? reader)
    {
        using var nobody = reader is null ? new Passerby(service.Name) : null;
        var channel = service.Channels.Select(one => one.Name).FirstOrDefault("channel"); // any will do: that it is unknown is an answer too
        return await Task.WhenAll(profile.Orderers.Select(node => asking.AskAsync(node, async cancellationToken =>
        {
            using var orderer = new OrderingService([node.Endpoint], asking.Options);
            await orderer.ReadConfigurationAsync(channel, reader ?? nobody!.Signer, cancellationToken);
            return [];
        })));
    }

    private void TellOrderers(Asked[] orderers)
    {
        foreach (var (node, _, trouble) in orderers)
        {
            take(trouble is null or { IsAnswer: true }
                ? AttachmentCheck.Good(CheckedPart.Orderer, node.Name, $"answers at {node.Endpoint}{OverTls(node)}.")
                : OfTrouble(CheckedPart.Orderer, node, trouble, orderers.Any(one => one.IsAnswered)));
        }
    }

    private async Task<Asked[]> AskPeersAsync(Asking asking, PreparedOrganization organization)
    {
        using var nobody = organization.Reader is null ? new Passerby(organization.Msp.MspId) : null;
        return await Task.WhenAll(profile.PeersOf(organization.Msp.MspId).Select(node => asking.AskAsync(node, async cancellationToken =>
        {
            using var peer = new Peer(node.Endpoint, asking.Options);
            return await peer.ListChannelsAsync(organization.Reader ?? nobody!.Signer, cancellationToken);
        })));
    }

    private void TellPeers(PreparedOrganization organization, Asked[] peers)
    {
        foreach (var (node, channels, trouble) in peers)
        {
            take(trouble switch
            {
                null => OfChannels(node, channels),
                { IsAnswer: true } when organization.Reader is null => AttachmentCheck.Good(CheckedPart.Peer, node.Name, $"answers at {node.Endpoint}{OverTls(node)}; its channels are not asked for, as no identity of {organization.Msp.MspId} is held here."),
                { IsAnswer: true } => AttachmentCheck.Fail(CheckedPart.Peer, node.Name, $"does not let {organization.Msp.MspId} ask: {trouble.Words}", "See that it is a peer of this organization, and that the certificate is of its present authority."),
                _ => OfTrouble(CheckedPart.Peer, node, trouble, peers.Any(one => one.IsAnswered)),
            });
        }
    }

    private AttachmentCheck OfChannels(ProfileNode node, ImmutableArray<string> channels)
    {
        var words = $"answers at {node.Endpoint}{OverTls(node)}, and is in {(channels.IsEmpty ? "no channel" : "channel " + Listed(channels))}.";
        return service.Channels.Length > 0 && !service.Channels.Any(one => channels.Contains(one.Name))
            ? AttachmentCheck.Warn(CheckedPart.Peer, node.Name, words, "Join it to the service's channels (peer channel join), or leave it out of the profile.")
            : AttachmentCheck.Good(CheckedPart.Peer, node.Name, words);
    }

    private async Task OfChannelAsync(OrderingService orderers, string channel, ImmutableArray<string> members, ISigner reader, NodeLook look)
    {
        ChannelConfiguration configuration;
        try
        {
            configuration = await orderers.ReadConfigurationAsync(channel, reader, look.Token);
            Chains.Add((channel, await orderers.ReadReferenceAsync(channel, null, reader, look.Token)));
        }
        catch (FabricException problem)
        {
            take(AttachmentCheck.Fail(CheckedPart.Channel, channel, $"cannot be read by {reader.Identity.MspId}: {problem.Message}", "Create it on the orderers with this organization in it, or delete it from the service."));
            return;
        }
        catch (OperationCanceledException) when (look.IsOver)
        {
            take(AttachmentCheck.Fail(CheckedPart.Channel, channel, $"could not be read within the {look.Limits.Deadline.TotalSeconds:0} seconds that a look may take.", "See that the orderers answer without delay, and look again."));
            return;
        }

        take(AttachmentCheck.Good(CheckedPart.Channel, channel, $"has {Listed([.. configuration.Organizations.Select(one => one.MspId)])}, at sequence {configuration.Sequence}."));
        foreach (var organization in organizations)
        {
            var id = organization.Msp.MspId;
            if (configuration.Find(id) is not { } found)
            {
                var isNeeded = members.Contains(organization.Given.Name) || (members.IsEmpty && organizations.Count == 1);
                take(new AttachmentCheck(isNeeded ? CheckOutcome.Failed : CheckOutcome.Warning, CheckedPart.Channel, channel, $"does not have {id}, as which {organization.Given.Name} is attached.", "Add the organization to the channel first, or correct its MSP id."));
            }
            else if (!found.Msp.Equals(organization.Msp))
            {
                take(AttachmentCheck.Warn(CheckedPart.Channel, channel, $"knows {id} by other certificates or units than the MSP folder given.", "See which is newer; the channel goes by its own until its organization changes it."));
            }
        }
    }

    private static AttachmentCheck OfTrouble(CheckedPart part, ProfileNode node, Trouble trouble, bool othersAnswer) =>
        othersAnswer && trouble.IsSilence
            ? AttachmentCheck.Warn(part, node.Name, trouble.Words, "Start it, or take it out of the profile; others answer meanwhile.")
            : AttachmentCheck.Fail(part, node.Name, trouble.Words, trouble.Kind switch
            {
                FabricErrorKind.TlsRefused => "Put the authority that issued the node's TLS certificate into its tlsCACerts; where the node asks for a client certificate, give one.",
                FabricErrorKind.ClockSkew => "Set this machine's clock.",
                FabricErrorKind.NotAllowed => "Write an address into the profile that it connects to, or have the operator open this one.",
                FabricErrorKind.AnswerTooLarge => "See that it is an orderer or a peer. Where the channel's blocks are so large, have the operator raise fabric.block_megabytes.",
                FabricErrorKind.Crowded => "Look again in a moment.",
                _ => "See that it runs, that url names its address and port, that it speaks TLS where url says so, and that nothing in between keeps this Guildhall from it; where it asks for a client certificate, give one.",
            });

    private static string OverTls(ProfileNode node) => node.Endpoint.Address.Scheme == Uri.UriSchemeHttps ? " over TLS" : " without TLS";

    private static string Listed(ImmutableArray<string> names) =>
        string.Join(", ", names.Take(MostNamed).Select(Refusal.Quote)) + (names.Length > MostNamed ? $" and {names.Length - MostNamed} more" : "");

    /// <summary>How nodes are asked, so many at a time.</summary>
    private sealed record Asking(FabricOptions Options, NodeLook Look, SemaphoreSlim Places)
    {
        public async Task<Asked> AskAsync(ProfileNode node, Func<CancellationToken, Task<ImmutableArray<string>>> ask)
        {
            var silent = new Asked(node, [], new Trouble(FabricErrorKind.TimedOut, node.Endpoint.Unanswered));
            try
            {
                await Places.WaitAsync(Look.Token);
            }
            catch (OperationCanceledException) when (Look.IsOver)
            {
                return silent;
            }

            try
            {
                return await Look.RunAsync(Look.Limits.NodeDeadline, cancellationToken => TryAsync(node, ask, cancellationToken), asked => asked.Trouble is { IsSilence: true }, silent);
            }
            finally
            {
                Places.Release();
            }
        }

        private static async Task<Asked> TryAsync(ProfileNode node, Func<CancellationToken, Task<ImmutableArray<string>>> ask, CancellationToken cancellationToken)
        {
            try
            {
                return new Asked(node, await ask(cancellationToken), null);
            }
            catch (FabricException problem)
            {
                return new Asked(node, [], new Trouble(problem.Kind, problem.Message));
            }
        }
    }

    /// <param name="Channels">Of a peer.</param>
    private sealed record Asked(ProfileNode Node, ImmutableArray<string> Channels, Trouble? Trouble)
    {
        public bool IsAnswered => Trouble is null or { IsAnswer: true };
    }

    private sealed record Trouble(FabricErrorKind Kind, string Words)
    {
        public bool IsSilence => Kind is FabricErrorKind.Unreachable or FabricErrorKind.TimedOut;

        /// <summary>Whether it is what a node said, rather than what is wrong with the way to it.</summary>
        public bool IsAnswer => Kind is not (FabricErrorKind.Unreachable or FabricErrorKind.TlsRefused or FabricErrorKind.TimedOut or FabricErrorKind.ClockSkew
            or FabricErrorKind.Malformed or FabricErrorKind.NotAllowed or FabricErrorKind.AnswerTooLarge or FabricErrorKind.Crowded);
    }
}

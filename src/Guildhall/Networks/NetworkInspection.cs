using System.Collections.Immutable;
using Guildhall.Fabric;

namespace Guildhall.Networks;

/// <summary>What orderers and peers answer: whether they can be reached, and which channels there are.</summary>
internal static class NetworkInspection
{
    /// <summary>An operator waits for it, and a node that is up answers at once.</summary>
    private static readonly FabricOptions Brief = new() { CallDeadline = TimeSpan.FromSeconds(5), Patience = TimeSpan.FromSeconds(2) };

    public static async Task RunAsync(
        AttachedService service, ConnectionProfile profile, IReadOnlyCollection<PreparedOrganization> organizations, Action<AttachmentCheck> take, CancellationToken cancellationToken)
    {
        var reader = organizations.Select(one => one.Reader).FirstOrDefault(found => found is not null);
        var reached = await OfOrderersAsync(service, profile, reader, take, cancellationToken);
        foreach (var organization in organizations)
        {
            await OfPeersAsync(service, profile, organization, take, cancellationToken);
        }

        if (!service.IsInvitee && reader is not null && !reached.IsEmpty)
        {
            using var orderers = new OrderingService(reached.Select(node => node.Endpoint), Brief);
            foreach (var (channel, members) in service.Channels)
            {
                await OfChannelAsync(orderers, channel, members, organizations, reader, take, cancellationToken);
            }
        }
    }

    /// <returns>Those that can be reached.</returns>
    private static async Task<ImmutableArray<ProfileNode>> OfOrderersAsync(
        AttachedService service, ConnectionProfile profile, ISigner? reader, Action<AttachmentCheck> take, CancellationToken cancellationToken)
    {
        if (profile.Orderers.IsEmpty && !service.IsInvitee)
        {
            take(AttachmentCheck.Fail(CheckedPart.Orderer, service.Name, "has no orderer in the connection profile, and its channels are changed there.", "Add \"orderers\" to the profile, each with url and tlsCACerts."));
        }

        using var nobody = reader is null ? new Passerby(service.Name) : null;
        var channel = service.Channels.Select(one => one.Name).FirstOrDefault("channel"); // any will do: that it is unknown is an answer too
        var asked = profile.Orderers.Select(async node =>
        {
            using var orderer = new OrderingService([node.Endpoint], Brief);
            return (Node: node, Trouble: await TryAsync(() => orderer.ReadConfigurationAsync(channel, reader ?? nobody!.Signer, cancellationToken)));
        });
        var answers = await Task.WhenAll(asked);
        foreach (var (node, trouble) in answers)
        {
            take(trouble is null || IsAnswer(trouble)
                ? AttachmentCheck.Good(CheckedPart.Orderer, node.Name, $"answers at {node.Endpoint}{OverTls(node)}.")
                : OfTrouble(CheckedPart.Orderer, node, trouble, answers.Any(one => one.Trouble is null || IsAnswer(one.Trouble))));
        }

        return [.. answers.Where(one => one.Trouble is null || IsAnswer(one.Trouble)).Select(one => one.Node)];
    }

    private static async Task OfPeersAsync(
        AttachedService service, ConnectionProfile profile, PreparedOrganization organization, Action<AttachmentCheck> take, CancellationToken cancellationToken)
    {
        var nodes = profile.PeersOf(organization.Msp.MspId);
        if (nodes.IsEmpty)
        {
            take(AttachmentCheck.Warn(CheckedPart.Peer, organization.Given.Name, "has no peer in the connection profile: none will join a channel, and the service's number of peers stays as it is.", $"Add \"peers\" to the profile, and list them with the organization of {organization.Msp.MspId}."));
        }

        using var nobody = organization.Reader is null ? new Passerby(organization.Msp.MspId) : null;
        var asked = nodes.Select(async node =>
        {
            using var peer = new Peer(node.Endpoint, Brief);
            ImmutableArray<string> channels = [];
            var trouble = await TryAsync(async () => channels = await peer.ListChannelsAsync(organization.Reader ?? nobody!.Signer, cancellationToken));
            return (Node: node, Channels: channels, Trouble: trouble);
        });
        var answers = await Task.WhenAll(asked);
        foreach (var (node, channels, trouble) in answers)
        {
            take(trouble switch
            {
                null => OfChannels(service, node, channels),
                _ when IsAnswer(trouble) && organization.Reader is null => AttachmentCheck.Good(CheckedPart.Peer, node.Name, $"answers at {node.Endpoint}{OverTls(node)}; its channels are not asked for, as no identity of {organization.Msp.MspId} is held here."),
                _ when IsAnswer(trouble) => AttachmentCheck.Fail(CheckedPart.Peer, node.Name, $"does not let {organization.Msp.MspId} ask: {trouble.Message}", "See that it is a peer of this organization, and that the certificate is of its present authority."),
                _ => OfTrouble(CheckedPart.Peer, node, trouble, answers.Any(one => one.Trouble is null || IsAnswer(one.Trouble))),
            });
        }
    }

    private static AttachmentCheck OfChannels(AttachedService service, ProfileNode node, ImmutableArray<string> channels)
    {
        var words = $"answers at {node.Endpoint}{OverTls(node)}, and is in {(channels.IsEmpty ? "no channel" : "channel " + string.Join(", ", channels))}.";
        return service.Channels.Length > 0 && !service.Channels.Any(one => channels.Contains(one.Name))
            ? AttachmentCheck.Warn(CheckedPart.Peer, node.Name, words, "Join it to the service's channels (peer channel join), or leave it out of the profile.")
            : AttachmentCheck.Good(CheckedPart.Peer, node.Name, words);
    }

    private static async Task OfChannelAsync(
        OrderingService orderers,
        string channel,
        ImmutableArray<string> members,
        IReadOnlyCollection<PreparedOrganization> organizations,
        ISigner reader,
        Action<AttachmentCheck> take,
        CancellationToken cancellationToken)
    {
        ChannelConfiguration configuration;
        try
        {
            configuration = await orderers.ReadConfigurationAsync(channel, reader, cancellationToken);
        }
        catch (FabricException problem)
        {
            take(AttachmentCheck.Fail(CheckedPart.Channel, channel, $"cannot be read by {reader.Identity.MspId}: {problem.Message}", "Create it on the orderers with this organization in it, or delete it from the service."));
            return;
        }

        take(AttachmentCheck.Good(CheckedPart.Channel, channel, $"has {string.Join(", ", configuration.Organizations.Select(one => one.MspId))}, at sequence {configuration.Sequence}."));
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

    private static async Task<FabricException?> TryAsync(Func<Task> ask)
    {
        try
        {
            await ask();
            return null;
        }
        catch (FabricException problem)
        {
            return problem;
        }
    }

    /// <summary>Whether it is what a node said, rather than what is wrong with the way to it.</summary>
    private static bool IsAnswer(FabricException trouble) => trouble.Kind is not
        (FabricErrorKind.Unreachable or FabricErrorKind.TlsRefused or FabricErrorKind.TimedOut or FabricErrorKind.ClockSkew or FabricErrorKind.Malformed);

    private static AttachmentCheck OfTrouble(CheckedPart part, ProfileNode node, FabricException trouble, bool othersAnswer) =>
        othersAnswer && trouble.Kind is FabricErrorKind.Unreachable or FabricErrorKind.TimedOut
            ? AttachmentCheck.Warn(part, node.Name, trouble.Message, "Start it, or take it out of the profile; others answer meanwhile.")
            : AttachmentCheck.Fail(part, node.Name, trouble.Message, trouble.Kind switch
            {
                FabricErrorKind.TlsRefused => "Put the authority that issued the node's TLS certificate into its tlsCACerts; where the node asks for a client certificate, give one.",
                FabricErrorKind.ClockSkew => "Set this machine's clock.",
                _ => "See that it runs, that url names its address and port, and that nothing in between keeps this machine from it.",
            });

    private static string OverTls(ProfileNode node) => node.Endpoint.Address.Scheme == Uri.UriSchemeHttps ? " over TLS" : " without TLS";
}

using System.Collections.Immutable;
using Guildhall.Fabric.Messages;

namespace Guildhall.Fabric;

/// <summary>What is to be different on a channel. All of it happens in one update, or none.</summary>
public sealed record ChannelChange
{
    public ImmutableArray<OrganizationDefinition> Add { get; init; } = [];

    /// <summary>MSP ids of organizations that leave.</summary>
    public ImmutableArray<string> Remove { get; init; } = [];

    /// <summary>The anchor peers that organizations of the channel shall have from now on, by MSP id; none takes the value away.</summary>
    public ImmutableDictionary<string, ImmutableArray<AnchorPeer>> AnchorPeers { get; init; } = ImmutableDictionary<string, ImmutableArray<AnchorPeer>>.Empty;

    /// <summary>Whether nothing is left to be changed.</summary>
    public bool IsMadeOn(ChannelConfiguration channel) => TakenOn(channel).IsEmpty && ConfigDifference.Between(channel, ApplyTo(channel)) is null;

    /// <summary>The configuration as it would be. What is already so stays as it is, and what is not there to be removed is passed over.</summary>
    /// <exception cref="FabricException">It would write over an organization that is on the channel, or this is no channel that organizations take part in.</exception>
    internal Config ApplyTo(ChannelConfiguration before)
    {
        if (TakenOn(before) is { IsEmpty: false } taken)
        {
            throw new FabricException(FabricStep.Prepare, FabricErrorKind.InvalidUpdate, Guards.InUse(taken[0]).InWords);
        }

        var config = before.Config.Clone();
        if (config.ChannelGroup?.Groups.TryGetValue(ChannelConfiguration.ApplicationGroup, out var application) != true)
        {
            throw new FabricException(FabricStep.Prepare, FabricErrorKind.InvalidUpdate, $"Channel {before.Channel} is no application channel: no organization can take part in it.");
        }

        var organizations = application!.Groups;
        foreach (var leaving in Remove)
        {
            if (before.Find(leaving) is { } found)
            {
                organizations.Remove(found.Name);
            }
        }

        foreach (var joining in Add.Where(one => !IsAlreadyIn(before, one)))
        {
            organizations[joining.Name] = joining.ToGroup();
        }

        foreach (var (mspId, anchors) in AnchorPeers)
        {
            if (before.Find(mspId) is { } found && organizations.TryGetValue(found.Name, out var group) && !found.AnchorPeers.SequenceEqual(anchors))
            {
                Set(group, anchors);
            }
        }

        return config;
    }

    /// <summary>The MSP ids of those to be added that the channel has with another definition: adding them would put one organization in another's place.</summary>
    internal ImmutableArray<string> TakenOn(ChannelConfiguration channel) =>
        [.. Add.Where(one => !IsAlreadyIn(channel, one) && channel.Organizations.Any(other => !Remove.Contains(other.MspId) && (other.MspId == one.Msp.MspId || other.Name == one.Name)))
            .Select(one => one.Msp.MspId)];

    /// <summary>Whether the channel has it with the same MSP. Its policies and anchor peers are its own to change afterwards.</summary>
    internal static bool IsAlreadyIn(ChannelConfiguration channel, OrganizationDefinition organization) =>
        channel.Find(organization.Msp.MspId) is { } found && found.Msp.Equals(organization.Msp);

    private static void Set(ConfigGroup group, ImmutableArray<AnchorPeer> anchors)
    {
        if (anchors.IsEmpty)
        {
            group.Values.Remove("AnchorPeers");
            return;
        }

        var value = OrganizationDefinition.AnchorPeersValue(anchors);
        if (group.Values.TryGetValue("AnchorPeers", out var old))
        {
            (value.Version, value.ModPolicy) = (old.Version, old.ModPolicy);
        }

        group.Values["AnchorPeers"] = value;
    }
}

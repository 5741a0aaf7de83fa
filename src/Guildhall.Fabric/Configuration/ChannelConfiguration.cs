using System.Collections.Immutable;
using Google.Protobuf;
using Guildhall.Fabric.Messages;

namespace Guildhall.Fabric;

/// <summary>A channel's configuration at one point in time. It does not change.</summary>
public sealed class ChannelConfiguration
{
    internal const string ApplicationGroup = "Application";
    internal const string OrdererGroup = "Orderer";
    private const int MaxDepth = 10;
    private static readonly ConfigGroup Empty = new();
    private readonly ByteString lastUpdate;
    private readonly Dictionary<string, ChannelOrganization> byMspId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, MspDefinition> msps = new(StringComparer.Ordinal);

    /// <param name="before">A configuration that this one was cloned from: what it has read is not read again.</param>
    internal ChannelConfiguration(string channel, Config config, ulong? block, ByteString lastUpdate, ChannelConfiguration? before = null)
    {
        (Channel, Config, Block, this.lastUpdate) = (channel, config, block, lastUpdate);
        RefuseDepth(config.ChannelGroup, FabricStep.ReadConfiguration);
        Organizations = OrganizationsIn(ApplicationGroup, before?.Organizations, before);
        OrdererOrganizations = OrganizationsIn(OrdererGroup, before?.OrdererOrganizations, before);
        foreach (var organization in Organizations)
        {
            byMspId.TryAdd(organization.MspId, organization);
        }

        foreach (var organization in Organizations.Concat(OrdererOrganizations))
        {
            msps.TryAdd(organization.MspId, organization.Msp);
        }

        Policies = new PolicyReader(this);
    }

    public string Channel { get; }

    /// <summary>Counts the configuration's changes. Every change of the channel raises it by one.</summary>
    public ulong Sequence => Config.Sequence;

    /// <summary>The block that it was read from; null when a peer told it, which does not say.</summary>
    public ulong? Block { get; }

    /// <summary>The organizations that take part in the channel, by name.</summary>
    public ImmutableArray<ChannelOrganization> Organizations { get; }

    /// <summary>The organizations that run the ordering service, by name.</summary>
    public ImmutableArray<ChannelOrganization> OrdererOrganizations { get; }

    /// <summary>Where the channel says that its orderers are, as host:port.</summary>
    public ImmutableArray<string> OrdererAddresses =>
        Root.Values.TryGetValue("OrdererAddresses", out var shared) && Addresses(shared) is { Length: > 0 } addresses
            ? addresses
            : [.. (Group(OrdererGroup)?.Groups.Values ?? []).SelectMany(one => one.Values.TryGetValue("Endpoints", out var own) ? Addresses(own) : []).Distinct()];

    internal Config Config { get; }

    /// <summary>Its policies, each resolved once.</summary>
    internal PolicyReader Policies { get; }

    /// <summary>Of the change that was asked about last. Two who ask at once both work it out.</summary>
    internal KnownConsequences? LastConsequences { get; set; }

    internal ConfigGroup Root => Config.ChannelGroup ?? Empty;

    /// <exception cref="FabricException">The bytes are no block, or one without a configuration.</exception>
    public static ChannelConfiguration FromBlock(ReadOnlySpan<byte> block)
    {
        const FabricStep step = FabricStep.ReadConfiguration;
        return Blocks.ConfigurationIn(Wire.Parse(Messages.Block.Parser, block, step), step)
            ?? throw new FabricException(step, FabricErrorKind.Malformed, "The block holds no configuration.");
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <exception cref="FabricException">The bytes are no configuration.</exception>
    public static ChannelConfiguration FromBytes(string channel, ReadOnlySpan<byte> config, ulong? block = null) =>
        new(channel, Wire.Parse(Config.Parser, config, FabricStep.ReadConfiguration), block, ByteString.Empty);

    /// <summary>The configuration alone, in Fabric's own form, which its tools read as common.Config.</summary>
    public byte[] ToBytes() => Config.ToByteArray();

    /// <summary>The organization of this MSP id, or null.</summary>
    public ChannelOrganization? Find(string mspId) => byMspId.GetValueOrDefault(mspId);

    /// <summary>Whether this configuration is what the update made, byte for byte.</summary>
    public bool WasMadeBy(PreparedUpdate update) => lastUpdate.Span.SequenceEqual(update.Bytes.AsSpan());

    /// <summary>How the channel tells the members of this MSP, be it of the application or of the ordering service; or null.</summary>
    public MspDefinition? Msp(string mspId) => msps.GetValueOrDefault(mspId);

    /// <summary>Channels have four levels. Whoever makes them deeper wants whatever walks or shows them to break.</summary>
    internal static void RefuseDepth(ConfigGroup? group, FabricStep step, int depth = 1)
    {
        foreach (var below in group?.Groups.Values ?? [])
        {
            if (depth == MaxDepth)
            {
                throw new FabricException(step, FabricErrorKind.Malformed, $"The configuration has groups more than {MaxDepth} levels deep, and is not read.");
            }

            RefuseDepth(below, step, depth + 1);
        }
    }

    /// <summary>The consenter of a number, where consenters are known by numbers (BFT); or null.</summary>
    internal SigningIdentity? FindConsenter(uint number) =>
        Group(OrdererGroup)?.Values.TryGetValue("Orderers", out var value) == true
        && Wire.Parse(Orderers.Parser, value.Value, FabricStep.ReadConfiguration).ConsenterMapping.FirstOrDefault(one => one.Id == number) is { } consenter
            ? new SigningIdentity(consenter.MspId, consenter.Identity.ToStringUtf8())
            : null;

    /// <summary>This channel with another configuration, most of which is the same.</summary>
    internal ChannelConfiguration With(Config changed) => new(Channel, changed, Block, ByteString.Empty, this);

    internal ConfigGroup? Group(string name) => Root.Groups.TryGetValue(name, out var group) ? group : null;

    private static ImmutableArray<string> Addresses(ConfigValue value) =>
        [.. Wire.Parse(Messages.OrdererAddresses.Parser, value.Value, FabricStep.ReadConfiguration).Addresses];

    private ImmutableArray<ChannelOrganization> OrganizationsIn(string group, ImmutableArray<ChannelOrganization>? known, ChannelConfiguration? before)
    {
        var (read, old) = ((known ?? []).ToDictionary(one => one.Name, StringComparer.Ordinal), before?.Group(group)?.Groups);
        return [.. (Group(group)?.Groups ?? []).OrderBy(one => one.Key, StringComparer.Ordinal)
            .Select(one => ChannelOrganization.Read(one.Key, one.Value, old?.TryGetValue(one.Key, out var its) == true && ChannelOrganization.HasMspOf(one.Value, its) ? read[one.Key] : null))];
    }
}

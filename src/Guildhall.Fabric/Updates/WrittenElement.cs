using System.Collections.Immutable;
using Google.Protobuf.Collections;
using Guildhall.Fabric.Messages;

namespace Guildhall.Fabric;

/// <summary>An element that an update writes: a group, a value or a policy. One of the three is not null.</summary>
/// <remarks>
/// Written is what Fabric takes as written (computeDeltaSet in common/configtx/update.go): whatever stands in the write set and not at the same version
/// in the read set. Whatever stands in both at one version only says what has to be so; Fabric leaves the channel's own in its place, whatever the
/// update has there.
/// </remarks>
/// <param name="Kind">group, value or policy.</param>
/// <param name="Parent">The path of the group that it is in; empty for /Channel itself.</param>
/// <param name="WasRead">Whether the read set has it, at another version.</param>
internal sealed record WrittenElement(string Kind, string Parent, string Name, ulong Version, string ModPolicy, bool WasRead)
{
    public string Path => $"{Parent}/{Name}";

    /// <summary>With all that it has, of which each that is written is an element again.</summary>
    public ConfigGroup? Group { get; init; }

    public ConfigValue? Value { get; init; }

    public ConfigPolicy? Policy { get; init; }

    /// <summary>Whether it cannot be one that the channel has: those are raised by one version.</summary>
    public bool IsNew => !WasRead && Version == 0;

    /// <summary>From the top down; in a group its values first, then its policies, then its groups.</summary>
    public static ImmutableArray<WrittenElement> Of(ConfigUpdate update)
    {
        var found = ImmutableArray.CreateBuilder<WrittenElement>();
        Visit("", "Channel", update.ReadSet, update.WriteSet ?? new ConfigGroup(), found);
        return found.ToImmutable();
    }

    /// <summary>By which policy the channel has it changed now; null where the channel does not have it.</summary>
    public string? PolicyIn(ChannelConfiguration current)
    {
        if (Parent.Length == 0)
        {
            return current.Root.ModPolicy;
        }

        return GroupIn(current.Root, Parent) is not { } parent ? null
            : Kind switch
            {
                "group" => Of(parent.Groups, Name)?.ModPolicy,
                "value" => Of(parent.Values, Name)?.ModPolicy,
                _ => Of(parent.Policies, Name)?.ModPolicy,
            };
    }

    /// <summary>The group as the channel has it now; null for another element, and where the channel does not have it.</summary>
    public ConfigGroup? GroupIn(ChannelConfiguration current) => Group is null ? null : GroupIn(current.Root, Path);

    /// <param name="path">Such as /Channel/Application.</param>
    private static ConfigGroup? GroupIn(ConfigGroup root, string path)
    {
        var group = (ConfigGroup?)root;
        foreach (var name in path.Split('/').Skip(2))
        {
            group = Of(group?.Groups, name);
        }

        return group;
    }

    private static void Visit(string parent, string name, ConfigGroup? read, ConfigGroup write, ImmutableArray<WrittenElement>.Builder found)
    {
        if (read?.Version != write.Version)
        {
            found.Add(new WrittenElement("group", parent, name, write.Version, write.ModPolicy, read is not null) { Group = write });
        }

        var path = $"{parent}/{name}";
        foreach (var (key, value) in Sorted(write.Values))
        {
            if (Of(read?.Values, key) is var before && before?.Version != value.Version)
            {
                found.Add(new WrittenElement("value", path, key, value.Version, value.ModPolicy, before is not null) { Value = value });
            }
        }

        foreach (var (key, policy) in Sorted(write.Policies))
        {
            if (Of(read?.Policies, key) is var before && before?.Version != policy.Version)
            {
                found.Add(new WrittenElement("policy", path, key, policy.Version, policy.ModPolicy, before is not null) { Policy = policy });
            }
        }

        foreach (var (key, group) in Sorted(write.Groups))
        {
            Visit(path, key, Of(read?.Groups, key), group, found);
        }
    }

    private static IEnumerable<KeyValuePair<string, T>> Sorted<T>(MapField<string, T> members) => members.OrderBy(one => one.Key, StringComparer.Ordinal);

    private static T? Of<T>(MapField<string, T>? members, string name)
        where T : class => members?.TryGetValue(name, out var found) == true ? found : null;
}

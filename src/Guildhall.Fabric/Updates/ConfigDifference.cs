using Google.Protobuf.Collections;
using Guildhall.Fabric.Messages;

namespace Guildhall.Fabric;

/// <summary>The difference of two configurations as Fabric wants it: what was read, and what is written, as two sparse trees.</summary>
/// <remarks>
/// A group of which a member comes or goes is raised by one version and lists all its members, for Fabric drops those that a raised group does not
/// list. A group with changes further down keeps its version and lists the way to them. What stays is listed by its version only.
/// </remarks>
internal static class ConfigDifference
{
    /// <summary>Null when nothing differs.</summary>
    public static ConfigUpdate? Between(ChannelConfiguration before, Config after)
    {
        var (read, write, changed) = Compare(before.Root, after.ChannelGroup);
        return changed ? new ConfigUpdate { ChannelId = before.Channel, ReadSet = read, WriteSet = write } : null;
    }

    private static (ConfigGroup Read, ConfigGroup Write, bool Changed) Compare(ConfigGroup before, ConfigGroup after)
    {
        var (read, write, kept) = (new ConfigGroup { Version = before.Version }, new ConfigGroup { Version = before.Version }, new ConfigGroup());
        var raised = before.ModPolicy != after.ModPolicy;
        raised |= CompareValues(before.Values, after.Values, write, kept);
        raised |= ComparePolicies(before.Policies, after.Policies, write, kept);
        raised |= CompareGroups(before.Groups, after.Groups, read, write, kept);
        if (raised)
        {
            (write.Version, write.ModPolicy) = (before.Version + 1, after.ModPolicy);
            read.MergeFrom(kept);
            write.MergeFrom(kept);
        }

        return (read, write, raised || write.Values.Count + write.Policies.Count + write.Groups.Count > 0);
    }

    /// <returns>Whether a value came or went.</returns>
    private static bool CompareValues(MapField<string, ConfigValue> before, MapField<string, ConfigValue> after, ConfigGroup write, ConfigGroup kept)
    {
        foreach (var (name, value) in after)
        {
            if (!before.TryGetValue(name, out var old))
            {
                write.Values[name] = New(value.Clone());
            }
            else if (old.Value == value.Value && old.ModPolicy == value.ModPolicy)
            {
                kept.Values[name] = new ConfigValue { Version = old.Version };
            }
            else
            {
                write.Values[name] = value.Clone();
                write.Values[name].Version = old.Version + 1;
            }
        }

        return !SameNames(before, after);
    }

    private static bool ComparePolicies(MapField<string, ConfigPolicy> before, MapField<string, ConfigPolicy> after, ConfigGroup write, ConfigGroup kept)
    {
        foreach (var (name, policy) in after)
        {
            if (!before.TryGetValue(name, out var old))
            {
                write.Policies[name] = New(policy.Clone());
            }
            else if (Equals(old.Policy, policy.Policy) && old.ModPolicy == policy.ModPolicy)
            {
                kept.Policies[name] = new ConfigPolicy { Version = old.Version };
            }
            else
            {
                write.Policies[name] = policy.Clone();
                write.Policies[name].Version = old.Version + 1;
            }
        }

        return !SameNames(before, after);
    }

    private static bool CompareGroups(MapField<string, ConfigGroup> before, MapField<string, ConfigGroup> after, ConfigGroup read, ConfigGroup write, ConfigGroup kept)
    {
        foreach (var (name, group) in after)
        {
            if (!before.TryGetValue(name, out var old))
            {
                write.Groups[name] = New(group.Clone());
                continue;
            }

            var (readBelow, writtenBelow, changed) = Compare(old, group);
            if (changed)
            {
                (read.Groups[name], write.Groups[name]) = (readBelow, writtenBelow);
            }
            else
            {
                kept.Groups[name] = new ConfigGroup { Version = old.Version };
            }
        }

        return !SameNames(before, after);
    }

    private static bool SameNames<T>(MapField<string, T> before, MapField<string, T> after) => before.Count == after.Count && before.Keys.All(after.ContainsKey);

    private static ConfigValue New(ConfigValue value)
    {
        value.Version = 0;
        return value;
    }

    private static ConfigPolicy New(ConfigPolicy policy)
    {
        policy.Version = 0;
        return policy;
    }

    private static ConfigGroup New(ConfigGroup group)
    {
        group.Version = 0;
        foreach (var value in group.Values.Values)
        {
            New(value);
        }

        foreach (var policy in group.Policies.Values)
        {
            New(policy);
        }

        foreach (var below in group.Groups.Values)
        {
            New(below);
        }

        return group;
    }
}

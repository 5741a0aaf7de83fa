using Google.Protobuf.Collections;
using Guildhall.Fabric.Messages;

namespace Guildhall.Fabric;

/// <summary>What a configuration becomes by an update, as Fabric works it out (computeUpdateResult and configMapToConfig in common/configtx).</summary>
/// <remarks>
/// What is written takes the place of what was there, and a group that is written has the members that it lists and no others. A member that is added
/// to a group which is not written itself comes to nothing. Whether the versions and signatures are right is not looked at.
/// </remarks>
internal static class UpdateResult
{
    public static Config Of(ChannelConfiguration current, ConfigUpdate update) =>
        new() { Sequence = current.Sequence + 1, ChannelGroup = Overlay(current.Root, update.ReadSet, update.WriteSet ?? new ConfigGroup()) };

    private static ConfigGroup Overlay(ConfigGroup? before, ConfigGroup? read, ConfigGroup write)
    {
        var isWritten = read?.Version != write.Version || before is null;
        var listed = isWritten ? write : before!;
        var after = new ConfigGroup { Version = listed.Version, ModPolicy = listed.ModPolicy };
        Fill(after.Values, listed.Values, before?.Values, write.Values, (name, value) => Of(read?.Values, name)?.Version != value.Version);
        Fill(after.Policies, listed.Policies, before?.Policies, write.Policies, (name, policy) => Of(read?.Policies, name)?.Version != policy.Version);
        foreach (var name in listed.Groups.Keys)
        {
            var (old, written) = (Of(before?.Groups, name), Of(write.Groups, name));
            if ((written is null ? old : Overlay(old, Of(read?.Groups, name), written)) is { } group)
            {
                after.Groups[name] = group;
            }
        }

        return after;
    }

    private static void Fill<T>(MapField<string, T> after, MapField<string, T> listed, MapField<string, T>? before, MapField<string, T> write, Func<string, T, bool> isWritten)
        where T : class
    {
        foreach (var name in listed.Keys)
        {
            if ((Of(write, name) is { } one && isWritten(name, one) ? one : Of(before, name)) is { } found)
            {
                after[name] = found;
            }
        }
    }

    private static T? Of<T>(MapField<string, T>? members, string name)
        where T : class => members?.TryGetValue(name, out var found) == true ? found : null;
}

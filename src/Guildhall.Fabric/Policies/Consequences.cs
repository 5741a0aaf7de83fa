using System.Collections.Immutable;
using Guildhall.Fabric.Messages;

namespace Guildhall.Fabric;

/// <summary>How a policy counts.</summary>
/// <param name="Rule">ANY, ALL or MAJORITY; SIGNATURE for a policy that names its signers.</param>
/// <param name="CanBeMet">Whether the organizations of the channel could meet it, all together.</param>
public sealed record PolicyCount(string Rule, int Needed, int Of, bool CanBeMet);

/// <summary>What a change does to one policy of the channel.</summary>
/// <param name="Words">A sentence, such as "After this, MAJORITY of Admins is 3 of 5 (before: 2 of 3)."</param>
public sealed record PolicyConsequence(string Path, PolicyCount? Before, PolicyCount? After, string Words)
{
    /// <summary>Whether the change takes the policy out of everybody's reach.</summary>
    public bool BreaksIt => After is { CanBeMet: false } && Before is not { CanBeMet: false };
}

internal sealed record KnownConsequences(ChannelChange Change, ImmutableArray<PolicyConsequence> Consequences);

/// <summary>What a change brings for those who decide later, told before it is made.</summary>
public static class Consequences
{
    private static readonly string[] Groups = ["", ChannelConfiguration.ApplicationGroup];

    /// <summary>Every policy of the channel and of its application that counts otherwise afterwards.</summary>
    /// <remarks>Whoever shows a change asks for its guards too, which ask for these: the answer is kept with the configuration.</remarks>
    public static ImmutableArray<PolicyConsequence> Of(ChannelConfiguration current, ChannelChange change)
    {
        if (current.LastConsequences is not { } known || !ReferenceEquals(known.Change, change))
        {
            current.LastConsequences = known = new KnownConsequences(change, WorkOut(current, change.ApplyTo(current)));
        }

        return known.Consequences;
    }

    /// <summary>The same of an update, whoever made it.</summary>
    /// <exception cref="FabricException">Its policies are larger than anybody's.</exception>
    public static ImmutableArray<PolicyConsequence> Of(ChannelConfiguration current, PreparedUpdate update) => WorkOut(current, UpdateResult.Of(current, update.Message));

    private static ImmutableArray<PolicyConsequence> WorkOut(ChannelConfiguration current, Config changed)
    {
        var after = current.With(changed);
        return [.. Groups.SelectMany(group => Paths(current, group).Union(Paths(after, group)))
            .Select(path => (Path: path, Before: Count(current, path), After: Count(after, path)))
            .Where(one => one.Before != one.After)
            .OrderBy(one => one.Path, StringComparer.Ordinal)
            .Select(one => new PolicyConsequence(one.Path, one.Before, one.After, Words(one.Path, one.Before, one.After)))];
    }

    private static IEnumerable<string> Paths(ChannelConfiguration channel, string group) =>
        (group.Length == 0 ? channel.Root : channel.Group(group))?.Policies.Keys.Select(name => group.Length == 0 ? $"/Channel/{name}" : $"/Channel/{group}/{name}") ?? [];

    private static PolicyCount? Count(ChannelConfiguration channel, string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var group = parts.Length == 2 ? channel.Root : channel.Group(parts[1]);
        if (group is null || !group.Policies.TryGetValue(parts[^1], out var policy))
        {
            return null;
        }

        var canBeMet = Size.CanBeMet(channel.Policies.Read(path));
        return PolicyReader.ReadImplicit(policy) is { } rule
            ? new PolicyCount(rule.Rule.ToString().ToUpperInvariant(), PolicyReader.Needed(rule.Rule, group.Groups.Count), group.Groups.Count, canBeMet)
            : new PolicyCount("SIGNATURE", 0, 0, canBeMet);
    }

    private static string Words(string path, PolicyCount? before, PolicyCount? after)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        if (after is null)
        {
            return $"After this, there is no policy {path}.";
        }

        if (!after.CanBeMet)
        {
            return before is { CanBeMet: false } ? $"After this, the policy {path} still cannot be met by anyone." : $"After this, the policy {path} cannot be met by anyone any more.";
        }

        return after.Rule == "SIGNATURE"
            ? $"After this, the policy {path} can be met."
            : $"After this, {after.Rule} of {name} in {path[..path.LastIndexOf('/')]} is {after.Needed} of {after.Of}{(before is null ? "" : $" (before: {before.Needed} of {before.Of})")}.";
    }
}

using System.Collections.Immutable;
using Guildhall.Fabric.Messages;

namespace Guildhall.Fabric;

/// <summary>The elements that an update writes at a version other than the one it read: whose policies then have to agree.</summary>
internal static class ChangedElements
{
    /// <param name="Name">As Fabric writes it: [Group]  /Channel/Application.</param>
    /// <param name="Policy">The absolute path of the policy that guards the element; null when the element is new, for then its group's is asked.</param>
    public readonly record struct Element(string Name, string? Policy);

    public static ImmutableArray<Element> Of(PreparedUpdate update, ChannelConfiguration current)
    {
        var found = ImmutableArray.CreateBuilder<Element>();
        Visit("/Channel", update.Message.ReadSet, update.Message.WriteSet ?? new ConfigGroup(), current.Root, found);
        return [.. found.OrderBy(element => element.Name, StringComparer.Ordinal)];
    }

    /// <summary>Their names, which the update tells without the configuration that it was prepared on.</summary>
    public static ImmutableArray<string> Of(PreparedUpdate update)
    {
        var found = ImmutableArray.CreateBuilder<Element>();
        Visit("/Channel", update.Message.ReadSet, update.Message.WriteSet ?? new ConfigGroup(), existing: null, found);
        return [.. found.Select(element => element.Name).Order(StringComparer.Ordinal)];
    }

    private static void Visit(string path, ConfigGroup? read, ConfigGroup write, ConfigGroup? existing, ImmutableArray<Element>.Builder found)
    {
        if (read?.Version != write.Version)
        {
            found.Add(new Element($"[Group]  {path}", existing is null ? null : Absolute(path, existing.ModPolicy)));
        }

        foreach (var (name, value) in write.Values.Where(one => read?.Values.TryGetValue(one.Key, out var seen) != true || seen!.Version != one.Value.Version))
        {
            found.Add(new Element($"[Value]  {path}/{name}", existing?.Values.TryGetValue(name, out var old) == true ? Absolute(path, old.ModPolicy) : null));
        }

        foreach (var (name, policy) in write.Policies.Where(one => read?.Policies.TryGetValue(one.Key, out var seen) != true || seen!.Version != one.Value.Version))
        {
            found.Add(new Element($"[Policy] {path}/{name}", existing?.Policies.TryGetValue(name, out var old) == true ? Absolute(path, old.ModPolicy) : null));
        }

        foreach (var (name, group) in write.Groups)
        {
            Visit($"{path}/{name}", Below(read, name), group, Below(existing, name), found);
        }
    }

    private static ConfigGroup? Below(ConfigGroup? group, string name) => group?.Groups.TryGetValue(name, out var below) == true ? below : null;

    private static string Absolute(string path, string policy) => policy.StartsWith('/') ? policy : $"{path}/{policy}";
}

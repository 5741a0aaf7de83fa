using System.Collections.Immutable;
using Google.Protobuf.Collections;
using Guildhall.Fabric.Messages;

namespace Guildhall.Fabric;

/// <summary>Where two readings of a channel's configuration differ, element by element.</summary>
public static class ConfigurationComparison
{
    /// <summary>The elements that differ, each as Fabric names it in its errors, with its version and its mod_policy; what comes or goes as a whole is one of them.</summary>
    public static ImmutableArray<string> Differences(ChannelConfiguration one, ChannelConfiguration other)
    {
        var found = ImmutableArray.CreateBuilder<string>();
        Compare("/Channel", one.Root, other.Root, found);
        return found.ToImmutable();
    }

    private static void Compare(string path, ConfigGroup one, ConfigGroup other, ImmutableArray<string>.Builder found)
    {
        if (one.Version != other.Version || one.ModPolicy != other.ModPolicy)
        {
            found.Add($"[Group]  {path}");
        }

        CompareMembers($"[Value]  {path}", one.Values, other.Values, found);
        CompareMembers($"[Policy] {path}", one.Policies, other.Policies, found);
        foreach (var name in one.Groups.Keys.Union(other.Groups.Keys).Order(StringComparer.Ordinal))
        {
            if (one.Groups.TryGetValue(name, out var its) && other.Groups.TryGetValue(name, out var theirs))
            {
                Compare($"{path}/{name}", its, theirs, found);
            }
            else
            {
                found.Add($"[Group]  {path}/{name}");
            }
        }
    }

    private static void CompareMembers<T>(string where, MapField<string, T> one, MapField<string, T> other, ImmutableArray<string>.Builder found)
        where T : class =>
        found.AddRange(one.Keys.Union(other.Keys).Order(StringComparer.Ordinal)
            .Where(name => !Equals(one.GetValueOrDefault(name), other.GetValueOrDefault(name)))
            .Select(name => $"{where}/{name}"));

    private static T? GetValueOrDefault<T>(this MapField<string, T> members, string name)
        where T : class => members.TryGetValue(name, out var found) ? found : null;
}

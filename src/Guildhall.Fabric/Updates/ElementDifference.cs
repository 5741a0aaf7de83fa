using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Google.Protobuf.Collections;
using Guildhall.Fabric.Messages;

namespace Guildhall.Fabric;

/// <summary>An element of a channel's configuration that a change makes another, for people to look at before they sign.</summary>
/// <remarks>Before and after are in the form in which Fabric's configtxlator shows a decoded configuration.</remarks>
/// <param name="Element">As Fabric names it in its errors: <c>[Group]  /Channel/Application/Org2MSP</c>.</param>
/// <param name="Before">Null where the element is new.</param>
/// <param name="After">Null where the element goes away.</param>
public sealed record ElementDifference(string Element, JsonNode? Before, JsonNode? After)
{
    /// <summary>Everything that the change makes another, from the top down. What comes or goes as a whole is one element.</summary>
    public static ImmutableArray<ElementDifference> Of(ChannelConfiguration current, ChannelChange change)
    {
        var found = ImmutableArray.CreateBuilder<ElementDifference>();
        Compare("/Channel", current.Root, change.ApplyTo(current).ChannelGroup, found);
        return found.ToImmutable();
    }

    private static void Compare(string path, ConfigGroup before, ConfigGroup after, ImmutableArray<ElementDifference>.Builder found)
    {
        CompareMembers($"[Value]  {path}", before.Values, after.Values, ElementJson.Of, found);
        CompareMembers($"[Policy] {path}", before.Policies, after.Policies, (_, policy) => ElementJson.Of(policy), found);
        foreach (var name in Names(before.Groups, after.Groups))
        {
            var (old, now) = (Of(before.Groups, name), Of(after.Groups, name));
            if (old is not null && now is not null)
            {
                Compare($"{path}/{name}", old, now, found);
            }
            else
            {
                found.Add(new ElementDifference($"[Group]  {path}/{name}", old is null ? null : ElementJson.Of(old), now is null ? null : ElementJson.Of(now)));
            }
        }
    }

    private static void CompareMembers<T>(
        string where, MapField<string, T> before, MapField<string, T> after, Func<string, T, JsonNode> show, ImmutableArray<ElementDifference>.Builder found)
        where T : class
    {
        foreach (var name in Names(before, after))
        {
            var (old, now) = (Of(before, name), Of(after, name));
            if (!Equals(old, now))
            {
                found.Add(new ElementDifference($"{where}/{name}", old is null ? null : show(name, old), now is null ? null : show(name, now)));
            }
        }
    }

    private static IEnumerable<string> Names<T>(MapField<string, T> before, MapField<string, T> after) => before.Keys.Union(after.Keys).Order(StringComparer.Ordinal);

    private static T? Of<T>(MapField<string, T> members, string name)
        where T : class => members.TryGetValue(name, out var found) ? found : null;
}

using System.Collections.Immutable;

namespace Guildhall.Fabric;

/// <summary>The elements that an update writes at a version other than the one it read: whose policies then have to agree.</summary>
internal static class ChangedElements
{
    /// <param name="Name">As Fabric writes it: [Group]  /Channel/Application.</param>
    /// <param name="Policy">The absolute path of the policy that guards the element; null when the element is new, for then its group's is asked.</param>
    public readonly record struct Element(string Name, string? Policy);

    public static ImmutableArray<Element> Of(PreparedUpdate update, ChannelConfiguration current) =>
        [.. WrittenElement.Of(update.Message).Select(one => Of(one, current)).OrderBy(element => element.Name, StringComparer.Ordinal)];

    private static Element Of(WrittenElement written, ChannelConfiguration current)
    {
        var there = written.PolicyIn(current);
        return written.Kind switch
        {
            "group" => new Element($"[Group]  {written.Path}", there is null ? null : Absolute(written.Path, there)),
            "value" => new Element($"[Value]  {written.Path}", there is null ? null : Absolute(written.Parent, there)),
            _ => new Element($"[Policy] {written.Path}", there is null ? null : Absolute(written.Parent, there)),
        };
    }

    private static string Absolute(string path, string policy) => policy.StartsWith('/') ? policy : $"{path}/{policy}";
}

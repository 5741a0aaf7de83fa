using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Guildhall.Fabric;

/// <summary>Reads YAML, and JSON, which is YAML too.</summary>
internal static class YamlText
{
    private const int MaxLength = 1024 * 1024;

    /// <exception cref="FormatException">The text is neither, or is not a mapping.</exception>
    public static YamlMappingNode Read(string text, string name)
    {
        try
        {
            return text.Length > MaxLength ? throw new FormatException($"{name} is longer than {MaxLength} characters.")
                : new YamlComposer(text, name).Compose() as YamlMappingNode ?? throw new FormatException($"{name} is not a YAML or JSON object.");
        }
        catch (YamlException problem)
        {
            throw new FormatException($"{name} is neither YAML nor JSON: line {problem.Start.Line}, column {problem.Start.Column}: {problem.Message}", problem);
        }
        catch (Exception problem) when (problem is InvalidOperationException or ArgumentException or OverflowException)
        {
            throw new FormatException($"{name} is neither YAML nor JSON.", problem); // YamlDotNet's own complaint about some texts
        }
    }

    public static YamlMappingNode? Map(this YamlMappingNode map, string key) => map.Child(key) as YamlMappingNode;

    public static IEnumerable<YamlNode> List(this YamlMappingNode map, string key) => map.Child(key) is YamlSequenceNode list ? list.Children : [];

    public static string? Text(this YamlMappingNode map, string key) => (map.Child(key) as YamlScalarNode)?.Value;

    /// <summary>A mapping's entries by name; none when there is no such mapping.</summary>
    public static IEnumerable<(string Name, YamlNode Value)> Entries(this YamlMappingNode map, string key) =>
        map.Map(key)?.Children.Select(child => ((child.Key as YamlScalarNode)?.Value ?? "", child.Value)) ?? [];

    private static YamlNode? Child(this YamlMappingNode map, string key) => map.Children.TryGetValue(new YamlScalarNode(key), out var child) ? child : null;
}

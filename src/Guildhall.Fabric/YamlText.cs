using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Guildhall.Fabric;

/// <summary>Reads YAML, and JSON, which is YAML too.</summary>
internal static class YamlText
{
    private const int MaxDepth = 64;

    /// <exception cref="FormatException">The text is neither, or is not a mapping.</exception>
    public static YamlMappingNode Read(string text, string name)
    {
        try
        {
            RefuseDepth(text, name);
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return stream.Documents.Count == 1 && stream.Documents[0].RootNode is YamlMappingNode map ? map : throw new FormatException($"{name} is not a YAML or JSON object.");
        }
        catch (YamlException problem)
        {
            throw new FormatException($"{name} is neither YAML nor JSON: line {problem.Start.Line}, column {problem.Start.Column}: {problem.Message}", problem);
        }
    }

    /// <remarks>The reader of nodes calls itself once for each level, and a text of a million brackets would end the process.</remarks>
    private static void RefuseDepth(string text, string name)
    {
        var depth = 0;
        var parser = new Parser(new StringReader(text));
        while (parser.MoveNext())
        {
            depth += parser.Current!.NestingIncrease;
            if (depth > MaxDepth)
            {
                throw new FormatException($"{name} is nested more than {MaxDepth} levels deep.");
            }
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

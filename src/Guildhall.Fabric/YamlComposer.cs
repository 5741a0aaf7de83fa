using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Guildhall.Fabric;

/// <summary>Makes a tree of one YAML document whose author may mean harm.</summary>
/// <remarks>
/// An alias counts as all that it stands for, so that what is read is never larger than the budget says: a few lines of aliases of aliases
/// stand for billions of nodes. An alias inside of what it stands for would be without end and is refused, as is a key that is not plain text:
/// YamlDotNet's own reader of trees takes both, and comparing such keys ends the process or takes hours. Merge keys (&lt;&lt;) are carried out.
/// </remarks>
internal sealed class YamlComposer(string text, string name)
{
    private const int MaxDepth = 64;
    private const int MaxNodes = 100_000;
    private const int MaxCharacters = 4 * 1024 * 1024;

    private readonly Parser parser = new(new StringReader(text));

    /// <summary>Null while the node that bears the anchor is still being read.</summary>
    private readonly Dictionary<AnchorName, Sized?> anchors = [];

    private int nodes;
    private long characters;

    /// <exception cref="FormatException">It is larger or deeper than the budget allows, or says something that no profile needs; the message says what.</exception>
    /// <exception cref="YamlException">It is not YAML.</exception>
    public YamlNode? Compose()
    {
        parser.Consume<StreamStart>();
        if (parser.Accept<StreamEnd>(out _))
        {
            return null;
        }

        parser.Consume<DocumentStart>();
        var root = Read(depth: 1).Node;
        parser.Consume<DocumentEnd>();
        return parser.Accept<StreamEnd>(out _) ? root : throw new FormatException($"{name} holds several YAML documents; one is needed.");
    }

    private Sized Read(int depth)
    {
        if (parser.TryConsume<AnchorAlias>(out var alias))
        {
            return Resolve(alias, depth);
        }

        if (depth > MaxDepth)
        {
            throw TooDeep();
        }

        var anchor = parser.Accept<NodeEvent>(out var next) ? next.Anchor : AnchorName.Empty;
        if (!anchor.IsEmpty)
        {
            anchors[anchor] = null;
        }

        var read = parser.TryConsume<Scalar>(out var scalar) ? Text(scalar)
            : parser.TryConsume<SequenceStart>(out _) ? List(depth)
            : Map(parser.Consume<MappingStart>(), depth);
        if (!anchor.IsEmpty)
        {
            anchors[anchor] = read;
        }

        return read;
    }

    private Sized Resolve(AnchorAlias alias, int depth)
    {
        if (!anchors.TryGetValue(alias.Value, out var known))
        {
            throw new FormatException($"{name} refers to an anchor that it does not have: {At(alias)}.");
        }

        if (known is not { } target)
        {
            throw new FormatException($"{name} is without end: the alias in {At(alias)} stands inside of what it refers to.");
        }

        if (depth - 1 + target.Depth > MaxDepth)
        {
            throw TooDeep();
        }

        Count(target.Nodes, target.Characters);
        return target;
    }

    private Sized Text(Scalar scalar)
    {
        Count(1, scalar.Value.Length);
        for (var i = 0; i < scalar.Value.Length; i++)
        {
            var isPair = char.IsHighSurrogate(scalar.Value[i]) && i + 1 < scalar.Value.Length && char.IsLowSurrogate(scalar.Value[i + 1]);
            if (!isPair && (char.IsSurrogate(scalar.Value[i]) || (char.IsControl(scalar.Value[i]) && scalar.Value[i] is not ('\t' or '\n' or '\r' or '\u0085'))))
            {
                throw new FormatException($"{name} holds a character that is no text: {At(scalar)}.");
            }

            i += isPair ? 1 : 0;
        }

        return new Sized(new YamlScalarNode(scalar.Value), 1, scalar.Value.Length, 1);
    }

    private Sized List(int depth)
    {
        Count(1, 0);
        var (list, size) = (new YamlSequenceNode(), new Size());
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            var item = Read(depth + 1);
            list.Add(item.Node);
            size.Add(item);
        }

        return size.Of(list);
    }

    private Sized Map(MappingStart start, int depth)
    {
        Count(1, 0);
        var (map, merged) = (new YamlMappingNode(), new List<YamlMappingNode>());
        var size = new Size();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var isMerge = parser.Accept<Scalar>(out var plain) && plain is { Value: "<<", Style: ScalarStyle.Plain };
            var isText = parser.Accept<Scalar>(out _) || parser.Accept<AnchorAlias>(out _);
            var key = isText ? Read(depth + 1) : default;
            if (key.Node is not YamlScalarNode)
            {
                throw new FormatException($"{name} has a list or an object as a key, in the object that begins in {At(start)}; keys are text.");
            }

            var value = Read(depth + 1);
            size.Add(key);
            size.Add(value);
            if (isMerge)
            {
                merged.AddRange(Mergeable(value.Node, start));
            }
            else if (!map.Children.TryAdd(key.Node, value.Node))
            {
                throw new FormatException($"{name} has the key {key.Node} twice, in the object that begins in {At(start)}.");
            }
        }

        foreach (var (key, value) in merged.SelectMany(one => one.Children))
        {
            map.Children.TryAdd(key, value); // what stands there itself counts, and then the first that is merged
        }

        return size.Of(map);
    }

    private IEnumerable<YamlMappingNode> Mergeable(YamlNode node, MappingStart start) => node switch
    {
        YamlMappingNode one => [one],
        YamlSequenceNode several when several.Children.All(one => one is YamlMappingNode) => several.Children.Cast<YamlMappingNode>(),
        _ => throw new FormatException($"{name} merges (<<) something that is no object, into the one that begins in {At(start)}."),
    };

    private void Count(int more, long length)
    {
        (nodes, characters) = (nodes + more, characters + length);
        if (nodes > MaxNodes || characters > MaxCharacters)
        {
            throw new FormatException($"{name} holds more than {(nodes > MaxNodes ? $"{MaxNodes} values" : $"{MaxCharacters} characters")}, counting each alias as all that it stands for.");
        }
    }

    private FormatException TooDeep() => new($"{name} is nested more than {MaxDepth} levels deep.");

    private static string At(ParsingEvent of) => $"line {of.Start.Line}, column {of.Start.Column}";

    /// <summary>A node, and how much it is with every alias in it written out.</summary>
    /// <param name="Depth">How many levels it has; 1 for a text.</param>
    private readonly record struct Sized(YamlNode Node, int Nodes, long Characters, int Depth);

    private sealed class Size
    {
        private int nodes = 1;
        private long characters;
        private int depth;

        public void Add(Sized part) => (nodes, characters, depth) = (nodes + part.Nodes, characters + part.Characters, Math.Max(depth, part.Depth));

        public Sized Of(YamlNode node) => new(node, nodes, characters, depth + 1);
    }
}

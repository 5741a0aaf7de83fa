namespace Guildhall.Tests.Fuzzing;

/// <summary>A reader of what others send, and what it may throw at them.</summary>
/// <param name="Name">As <c>make fuzz</c> calls it; its real inputs are in the folder Corpus of that name.</param>
/// <param name="Read">Reads an input, and does with it what the program does first.</param>
/// <param name="IsRefusal">Whether this is how the reader says no. Anything else that is thrown is a fault.</param>
internal sealed record FuzzTarget(string Name, Action<byte[]> Read, Func<Exception, bool> IsRefusal)
{
    private readonly Lazy<byte[][]> corpus = new(() => FilesOf("Corpus", Name));

    /// <summary>Texts that mean something to the reader.</summary>
    public string[] Tokens { get; init; } = [];

    /// <summary>What something can be wrapped in, again and again.</summary>
    public (string Open, string Close)[] Nestings { get; init; } = [];

    /// <summary>The form of its inputs, where that is binary.</summary>
    public Tlv? Structure { get; init; }

    /// <summary>Real inputs.</summary>
    public byte[][] Corpus => corpus.Value;

    /// <summary>Inputs that were faults once.</summary>
    public byte[][] Found => FilesOf("Found", Name);

    private static byte[][] FilesOf(string kind, string name)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Fuzzing", kind, name);
        return Directory.Exists(folder) ? [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)] : [];
    }
}

namespace Guildhall.Tests.Fuzzing;

/// <summary>Every reader of what others send. A new one gets its target here, real inputs in the folder Corpus, and nothing else.</summary>
internal static class FuzzTargets
{
    /// <summary>JSON and YAML are wrapped in the same things.</summary>
    internal static readonly (string, string)[] Brackets = [("[", "]"), ("{\"a\":", "}"), ("{a: ", "}"), ("[[],", "]"), ("? [", "]"), ("- ", ""), ("&a [", "]"), ("? ", "")];

    public static readonly FuzzTarget[] All = [.. FileTargets.All, .. ChannelTargets.All, .. RequestTargets.All];

    /// <summary>Targets that are faulty on purpose: what the fuzzer must find.</summary>
    public static readonly FuzzTarget[] Faulty =
    [
        new("endless-recursion", input => Recurse(input, 0), _ => false),
        new("endless-loop", _ => SpinForEver(), _ => false),
        new("too-much-memory", input => Fill(input.Length), _ => false),
        new("another-exception", _ => throw new InvalidOperationException("not one of its own"), problem => problem is FormatException),
    ];

    /// <summary>The input of this number among those that are kept.</summary>
    public static byte[] Numbered(FuzzTarget target, int number) => number < target.Corpus.Length ? target.Corpus[number] : target.Found[number - target.Corpus.Length];

    private static int Recurse(byte[] input, int depth) => Recurse(input, depth + 1) + input.Length;

    private static void SpinForEver()
    {
        while (true)
        {
            Thread.SpinWait(1000);
        }
    }

    private static void Fill(int length)
    {
        var kept = new List<byte[]>();
        while (kept.Count < 1024)
        {
            kept.Add(new byte[(256 * 1024) + length]);
        }

        GC.KeepAlive(kept);
    }
}

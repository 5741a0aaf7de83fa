using System.Collections.Immutable;

namespace Guildhall.Services;

/// <summary>The Fabric versions a service can name, and the consensus each of them knows.</summary>
public static class FabricVersions
{
    /// <summary>What a service gets that names none.</summary>
    public const string Default = "2.2";

    private const int MaxDigits = 3;

    /// <summary>Every consensus there is.</summary>
    public static readonly ImmutableArray<string> Consensus = ["etcdraft", "sflic", "solo", "kafka"];

    private static readonly ImmutableArray<string> BeforeRaft = ["solo", "sflic", "kafka"];
    private static readonly ImmutableArray<string> WithRaft = ["etcdraft", "sflic"];

    /// <summary>Two or three numbers of at most three digits: <c>1.4</c>, <c>2.2</c>, <c>2.5.9</c>.</summary>
    public static bool IsVersion(string text)
    {
        var parts = text.Split('.');
        return parts.Length is 2 or 3 && parts.All(part => part.Length is > 0 and <= MaxDigits && part.All(char.IsAsciiDigit));
    }

    /// <summary>The consensus of a version, the default first.</summary>
    public static ImmutableArray<string> ConsensusOf(string version) =>
        version.StartsWith("1.", StringComparison.Ordinal) ? BeforeRaft : WithRaft;
}

namespace Guildhall.Fabric;

/// <summary>How long to wait, and for how long to try again.</summary>
public sealed record FabricOptions
{
    public static readonly FabricOptions Default = new();

    /// <summary>How long one call may take.</summary>
    public TimeSpan CallDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For how long a call is repeated that found nobody, or no leader. Electing one takes seconds.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long to wait for an accepted update to show up in a block.</summary>
    public TimeSpan CommitPatience { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The time between two attempts; it doubles each time, to at most two seconds.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(100);
}

namespace Guildhall.Networks;

/// <summary>How many looks at tenants' nodes there may be while somebody waits for the answer, and how long one may take. docs/decisions/nodes.md says why.</summary>
public sealed record LookLimits
{
    /// <summary>Nodes that a look may ask for the price of one.</summary>
    public const int NodesPerLook = 10;

    /// <summary>Nodes that one look asks at once.</summary>
    public const int NodesAtOnce = 50;

    /// <summary>Looks at once. One account has at most a quarter of them.</summary>
    public int AtOnce { get; init; } = 16;

    /// <summary>Looks of one account per minute, of ten nodes each; 0 for as many as it likes.</summary>
    public int PerMinute { get; init; } = 30;

    /// <summary>How long one look may take, however many nodes there are.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long one node is waited for. One that does not answer takes exactly as long, whatever is wrong with it.</summary>
    public TimeSpan NodeDeadline { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How long a channel is waited for that somebody wants to see; one that cannot be read takes exactly as long.</summary>
    public TimeSpan ChannelDeadline { get; init; } = TimeSpan.FromSeconds(10);

    public int AtOncePerAccount => Math.Max(1, AtOnce / 4);
}

using System.Net;

namespace Guildhall.Fabric;

/// <summary>How long to wait, for how long to try again, how nodes are connected to, and how much they may send.</summary>
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

    /// <summary>The most bytes of a block, and so of a channel's configuration. Fabric's own samples let a block have 10 MB.</summary>
    public int MaxBlockBytes { get; init; } = 16 << 20;

    /// <summary>What is received counts against it, for as long as it is in memory; null for no other bound than that of each answer.</summary>
    public ReceiveBudget? Budget { get; init; }

    /// <summary>Opens the connection to a node; null for any address that the system's resolver gives. It throws <see cref="NodeRefusedException"/> for one that is not to be connected to.</summary>
    public Func<DnsEndPoint, CancellationToken, ValueTask<Stream>>? Connect { get; init; }

    /// <summary>Is told what exactly went wrong with a connection. That is for who runs this program: it may show what is behind an address, which exceptions do not.</summary>
    public Action<NodeEndpoint, string>? OnFailure { get; init; }
}

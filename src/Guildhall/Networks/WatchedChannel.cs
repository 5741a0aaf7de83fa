using System.Collections.Immutable;

namespace Guildhall.Networks;

/// <summary>What came of holding a channel against the register.</summary>
public enum ChannelState
{
    /// <summary>The channel is as the register has it.</summary>
    True,

    /// <summary>They differ.</summary>
    Drifted,

    /// <summary>The channel could not be read.</summary>
    Unreadable,
}

/// <summary>A channel of an attached inviter's service, as it was when it was last looked at.</summary>
/// <param name="Sequence">Of the configuration; null when it could not be read.</param>
/// <param name="Problem">Why it could not be read.</param>
/// <param name="Since">When it was first seen with these findings.</param>
public sealed record WatchedChannel(
    string ServiceId,
    string ChannelName,
    ChannelState State,
    long? Sequence,
    ImmutableArray<DriftFinding> Findings,
    string? Problem,
    DateTimeOffset CheckedAt,
    DateTimeOffset Since)
{
    public static WatchedChannel Read(string serviceId, string channelName, ulong sequence, ImmutableArray<DriftFinding> findings, DateTimeOffset now) => new(
        serviceId, channelName, findings.Any(finding => finding.Kind != DriftKind.Unattached) ? ChannelState.Drifted : ChannelState.True, (long)sequence, findings, null, now, now);

    public static WatchedChannel NotRead(string serviceId, string channelName, string problem, DateTimeOffset now) =>
        new(serviceId, channelName, ChannelState.Unreadable, null, [], problem, now, now);

    /// <summary>Whether it says the same as an earlier look, which then has said it first.</summary>
    public bool SaysAs(WatchedChannel earlier) => State == earlier.State && Findings.SequenceEqual(earlier.Findings);
}

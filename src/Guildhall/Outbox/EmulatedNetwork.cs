using System.Collections.Immutable;
using Guildhall.Memberships;
using Guildhall.Operations;

namespace Guildhall.Outbox;

/// <summary>Stands in for a Fabric network in the demo, and where programs are tried out: takes as long as it is told, and fails when it is told. Safe for concurrent use.</summary>
public sealed class EmulatedNetwork(TimeProvider clock) : IChannelNetwork
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Trouble> troubles = [];

    /// <summary>What every channel does that has no trouble of its own: nothing, at once.</summary>
    public static readonly Trouble None = new(TimeSpan.Zero, null);

    /// <param name="Delay">How long the channel takes for its configuration update.</param>
    /// <param name="Failure">Why the update fails; null when it does not.</param>
    public sealed record Trouble(TimeSpan Delay, string? Failure);

    /// <summary>The trouble of a channel (by name), or of all channels that have none of their own (an empty name).</summary>
    public Trouble this[string channelName]
    {
        get
        {
            lock (gate)
            {
                return troubles.GetValueOrDefault(channelName) ?? troubles.GetValueOrDefault("") ?? None;
            }
        }

        set
        {
            lock (gate)
            {
                troubles[channelName] = value;
            }
        }
    }

    /// <summary>Every channel that was given trouble, by name; the empty name stands for all others.</summary>
    public IReadOnlyDictionary<string, Trouble> All
    {
        get
        {
            lock (gate)
            {
                return new Dictionary<string, Trouble>(troubles);
            }
        }
    }

    public ImmutableArray<OperationStep> Plan(WorkKind kind, Membership membership) => EnactmentPlan.Of(kind, membership);

    public Task<StepOutcome> RunAsync(WorkKind kind, Membership membership, OperationStep step, CancellationToken cancellationToken) =>
        Task.FromResult(Run(membership.ChannelName, step));

    private StepOutcome Run(string channelName, OperationStep step)
    {
        if (step.Name != EnactmentPlan.UpdateChannel)
        {
            return StepOutcome.Done;
        }

        var (delay, failure) = this[channelName];
        var ready = (step.StartedAt ?? clock.GetUtcNow()) + delay;
        return (clock.GetUtcNow() < ready, failure) switch
        {
            (true, _) => StepOutcome.NotYet(ready),
            (_, not null) => StepOutcome.Failed(failure),
            _ => StepOutcome.Done,
        };
    }
}

using System.Collections.Immutable;
using Guildhall.Memberships;
using Guildhall.Operations;

namespace Guildhall.Outbox;

/// <summary>The channels that memberships become true on.</summary>
public interface IChannelNetwork
{
    /// <summary>The steps of the work, in order; they are recorded in the operation before the first one runs.</summary>
    ImmutableArray<OperationStep> Plan(WorkKind kind, Membership membership);

    /// <summary>Runs one step. It may be run again after a crash, and must then do no harm.</summary>
    /// <param name="step">With <see cref="OperationStep.StartedAt"/> set to when it was first run.</param>
    Task<StepOutcome> RunAsync(WorkKind kind, Membership membership, OperationStep step, CancellationToken cancellationToken);
}

/// <summary>How a step ended: done, not done before a time, or failed with a reason and tried again later.</summary>
public sealed record StepOutcome(DateTimeOffset? NotBefore, string? Failure)
{
    public static readonly StepOutcome Done = new(null, null);

    public static StepOutcome NotYet(DateTimeOffset askAgain) => new(askAgain, null);

    public static StepOutcome Failed(string reason) => new(null, reason);
}

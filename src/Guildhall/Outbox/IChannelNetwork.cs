using System.Collections.Immutable;
using Guildhall.Memberships;
using Guildhall.Operations;

namespace Guildhall.Outbox;

/// <summary>The channels that memberships become true on.</summary>
public interface IChannelNetwork
{
    /// <summary>Whether there is anything to change. If not, a change of a membership is true as soon as it is recorded, and its steps are not run.</summary>
    bool HasChannels => true;

    /// <summary>The steps of the work, in order; they are recorded in the operation before the first one runs.</summary>
    ImmutableArray<OperationStep> Plan(WorkKind kind, Membership membership);

    /// <summary>Runs one step. It may be run again after a crash, and must then do no harm.</summary>
    /// <param name="step">With <see cref="OperationStep.StartedAt"/> set to when it was first run.</param>
    Task<StepOutcome> RunAsync(WorkKind kind, Membership membership, OperationStep step, CancellationToken cancellationToken);
}

/// <summary>How a step ended: done, not done before a time, failed with a reason and tried again later, or to be reached anew from an earlier step on.</summary>
/// <param name="Says">What people should know of it, shown with the step.</param>
/// <param name="Earlier">The name of the step from which the work is done again.</param>
public sealed record StepOutcome(DateTimeOffset? NotBefore, string? Failure, string? Says = null, string? Earlier = null)
{
    public static readonly StepOutcome Done = new(null, null);

    public static StepOutcome DoneSaying(string says) => new(null, null, says);

    public static StepOutcome NotYet(DateTimeOffset askAgain, string? says = null) => new(askAgain, null, says);

    public static StepOutcome Failed(string reason) => new(null, reason);

    public static StepOutcome GoOnFrom(string earlier, string why) => new(null, null, why, earlier);
}

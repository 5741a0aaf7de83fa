using System.Collections.Concurrent;
using System.Collections.Immutable;
using Guildhall.Memberships;
using Guildhall.Operations;
using Guildhall.Outbox;

namespace Guildhall.Tests.Replicas;

/// <summary>Channels that remember every step that was run on them, and can hold up the first one until it is let go or called off.</summary>
internal sealed class HeldNetwork(bool holds) : IChannelNetwork
{
    private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Membership and step, in the order they were begun.</summary>
    public ConcurrentQueue<(string Membership, string Step)> Runs { get; } = [];

    /// <summary>Completes when the step that is held up has begun.</summary>
    public Task Reached => reached.Task;

    /// <summary>Whether the step that was held up was called off.</summary>
    public bool IsCalledOff { get; private set; }

    public void LetGo() => released.SetResult();

    public ImmutableArray<OperationStep> Plan(WorkKind kind, Membership membership) => EnactmentPlan.Of(kind, membership);

    public async Task<StepOutcome> RunAsync(WorkKind kind, Membership membership, OperationStep step, CancellationToken cancellationToken)
    {
        Runs.Enqueue((membership.Id, step.Name));
        if (holds && reached.TrySetResult())
        {
            try
            {
                await released.Task.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                IsCalledOff = true;
                throw;
            }
        }

        return StepOutcome.Done;
    }
}

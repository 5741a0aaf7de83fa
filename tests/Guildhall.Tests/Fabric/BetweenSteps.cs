using System.Collections.Concurrent;
using System.Collections.Immutable;
using Guildhall.Memberships;
using Guildhall.Operations;
using Guildhall.Outbox;

namespace Guildhall.Tests.Fabric;

/// <summary>Lets something happen before each step of a change is run for the first time.</summary>
internal sealed class BetweenSteps(IChannelNetwork inner, Func<Task> happen) : IChannelNetwork
{
    private readonly ConcurrentDictionary<(WorkKind Kind, string Step), bool> happened = new();

    /// <summary>How often it has happened.</summary>
    public int Count => happened.Count;

    public ImmutableArray<OperationStep> Plan(WorkKind kind, Membership membership) => inner.Plan(kind, membership);

    public async Task<StepOutcome> RunAsync(WorkKind kind, Membership membership, OperationStep step, CancellationToken cancellationToken)
    {
        if (happened.TryAdd((kind, step.Name), true))
        {
            await happen();
        }

        return await inner.RunAsync(kind, membership, step, cancellationToken);
    }
}

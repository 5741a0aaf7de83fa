using System.Collections.Concurrent;
using System.Collections.Immutable;
using Guildhall.Memberships;
using Guildhall.Operations;
using Guildhall.Outbox;

namespace Guildhall.Tests.Fabric;

/// <summary>Does each step, and the first time loses what came of it, as a worker does that is killed before it has written it down.</summary>
internal sealed class DyingNetwork(IChannelNetwork inner) : IChannelNetwork
{
    private readonly ConcurrentDictionary<(WorkKind Kind, string Step), bool> died = new();

    public ImmutableArray<OperationStep> Plan(WorkKind kind, Membership membership) => inner.Plan(kind, membership);

    public async Task<StepOutcome> RunAsync(WorkKind kind, Membership membership, OperationStep step, CancellationToken cancellationToken)
    {
        var outcome = await inner.RunAsync(kind, membership, step, cancellationToken);
        return outcome == StepOutcome.Done && died.TryAdd((kind, step.Name), true) ? throw new IOException("killed") : outcome;
    }
}

using System.Collections.Immutable;
using System.Diagnostics;
using Guildhall.Memberships;
using Guildhall.Operations;
using Guildhall.Outbox;

namespace Guildhall.Tests.Fabric;

/// <summary>Notes how long each step takes.</summary>
internal sealed class StopwatchNetwork(IChannelNetwork inner, Action<string, TimeSpan> note) : IChannelNetwork
{
    public ImmutableArray<OperationStep> Plan(WorkKind kind, Membership membership) => inner.Plan(kind, membership);

    public async Task<StepOutcome> RunAsync(WorkKind kind, Membership membership, OperationStep step, CancellationToken cancellationToken)
    {
        var begun = Stopwatch.GetTimestamp();
        var outcome = await inner.RunAsync(kind, membership, step, cancellationToken);
        note(step.Name, Stopwatch.GetElapsedTime(begun));
        return outcome;
    }
}

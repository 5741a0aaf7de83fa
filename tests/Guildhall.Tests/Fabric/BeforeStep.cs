using System.Collections.Immutable;
using Guildhall.Memberships;
using Guildhall.Operations;
using Guildhall.Outbox;

namespace Guildhall.Tests.Fabric;

/// <summary>Lets something happen each time before one step of a change is run.</summary>
internal sealed class BeforeStep(IChannelNetwork inner, string name, Action happen) : IChannelNetwork
{
    public ImmutableArray<OperationStep> Plan(WorkKind kind, Membership membership) => inner.Plan(kind, membership);

    public Task<StepOutcome> RunAsync(WorkKind kind, Membership membership, OperationStep step, CancellationToken cancellationToken)
    {
        if (step.Name == name)
        {
            happen();
        }

        return inner.RunAsync(kind, membership, step, cancellationToken);
    }
}

using System.Collections.Immutable;
using Guildhall.Memberships;
using Guildhall.Operations;

namespace Guildhall.Outbox;

/// <summary>No network at all: the register is kept, and whoever runs the channel follows it by hand.</summary>
public sealed class RegisterOnlyNetwork : IChannelNetwork
{
    public bool HasChannels => false;

    public ImmutableArray<OperationStep> Plan(WorkKind kind, Membership membership) =>
        [OperationStep.Planned("Register", "Recorded; no channel is attached to this Guildhall")];

    /// <remarks>Of work that was left when there were channels.</remarks>
    public Task<StepOutcome> RunAsync(WorkKind kind, Membership membership, OperationStep step, CancellationToken cancellationToken) =>
        Task.FromResult(StepOutcome.Done);
}

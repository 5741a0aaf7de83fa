using Guildhall.Memberships;

namespace Guildhall.Outbox;

/// <summary>What the worker has to make true on a channel.</summary>
public enum WorkKind
{
    Join,
    Leave,
}

public static class WorkKinds
{
    /// <summary>What the membership takes when the work is done.</summary>
    public static MembershipAction Confirmation(this WorkKind kind) => kind == WorkKind.Join ? MembershipAction.ConfirmJoined : MembershipAction.ConfirmLeft;

    /// <summary>Whether a membership that stands there still waits for the work.</summary>
    public static bool IsAskedForIn(this WorkKind kind, MembershipState state) => kind == WorkKind.Join
        ? state is MembershipState.Joining or MembershipState.Joined
        : state is MembershipState.Leaving or MembershipState.Left;
}

/// <summary>A row of the outbox: work asked for by a change of a membership, and the operation that shows its progress.</summary>
/// <param name="Attempt">Failed attempts since the last step that succeeded.</param>
/// <param name="ClaimedBy">The claim that holds it, one worker's and never used again; empty without one.</param>
/// <param name="ClaimedUntil">When the claim's <see cref="Lease"/> ends, unless it is renewed.</param>
public sealed record QueuedWork(
    string Id,
    string InviterServiceId,
    string MembershipId,
    string OperationProjectId,
    string OperationId,
    WorkKind Kind,
    int Attempt,
    DateTimeOffset DueAt,
    string ClaimedBy,
    DateTimeOffset ClaimedUntil);

namespace Guildhall.Memberships;

/// <summary>Where a membership stands. Each state says whose move it is.</summary>
public enum MembershipState
{
    /// <summary>Invited; the invitee has the next move.</summary>
    Waiting,

    /// <summary>The invitee declined; nobody has to move.</summary>
    Rejected,

    /// <summary>Agreed; the worker makes it true on the channel. It stays here while the channel cannot be reached.</summary>
    Joining,

    /// <summary>In the channel; either party may move.</summary>
    Joined,

    /// <summary>The invitee quits; the worker makes it true on the channel.</summary>
    Leaving,

    /// <summary>Was joined and left (wire: <c>quit</c>); nobody has to move.</summary>
    Left,

    /// <summary>The inviter's service went away after the invitee had agreed (wire: <c>released</c>); nobody has to move.</summary>
    Dissolved,

    /// <summary>The inviter's service went away before an answer (wire: <c>canceled</c>); nobody has to move.</summary>
    Cancelled,
}

/// <summary>What can happen to a membership.</summary>
public enum MembershipAction
{
    /// <summary>The invitee says yes (HandleNotification, <c>agreed</c>).</summary>
    Agree,

    /// <summary>The invitee says no (HandleNotification, <c>reject</c>).</summary>
    Reject,

    /// <summary>The inviter withdraws an invitation, or clears the record of a finished one (DeleteMemberInvite).</summary>
    Remove,

    /// <summary>The invitee quits (HandleUnionMemberQuitList).</summary>
    Leave,

    /// <summary>The invitee's service is deleted, so its organizations leave whatever they joined.</summary>
    Abandon,

    /// <summary>The inviter's service, or the channel's, is deleted.</summary>
    Dissolve,

    /// <summary>The worker saw the organizations in the channel.</summary>
    ConfirmJoined,

    /// <summary>The worker saw the organizations gone from the channel.</summary>
    ConfirmLeft,
}

/// <summary>The life of a membership as one pure expression; <c>docs/lifecycle.md</c> draws it.</summary>
public static class Lifecycle
{
    /// <summary>The state after the action, or why the action is refused.</summary>
    /// <exception cref="InvalidOperationException">Only a bug of ours can ask for this transition.</exception>
    public static Result<MembershipState> Next(this MembershipState state, MembershipAction action) => (action, state) switch
    {
        (MembershipAction.Agree, MembershipState.Waiting) => MembershipState.Joining,
        (MembershipAction.Agree, MembershipState.Joining or MembershipState.Joined) => Refusal.AlreadyAgreed,
        (MembershipAction.Agree, _) => Refusal.InvitationClosed,

        (MembershipAction.Reject, MembershipState.Waiting) => MembershipState.Rejected,
        (MembershipAction.Reject, _) => Refusal.InvitationClosed,

        // The record goes; what it said when it went stays as it was.
        (MembershipAction.Remove, MembershipState.Waiting or MembershipState.Rejected) => state,
        (MembershipAction.Remove, MembershipState.Left or MembershipState.Dissolved) => state,
        (MembershipAction.Remove, _) => Refusal.NotDeletable,

        (MembershipAction.Leave, MembershipState.Joined) => MembershipState.Leaving,
        (MembershipAction.Leave, MembershipState.Leaving or MembershipState.Left) => state, // quitting twice is the same quit
        (MembershipAction.Leave, _) => Refusal.NotJoined,

        (MembershipAction.Abandon, MembershipState.Joining or MembershipState.Joined) => MembershipState.Leaving,
        (MembershipAction.Abandon, _) => state,

        (MembershipAction.Dissolve, MembershipState.Waiting) => MembershipState.Cancelled,
        (MembershipAction.Dissolve, MembershipState.Joining or MembershipState.Joined or MembershipState.Leaving) => MembershipState.Dissolved,
        (MembershipAction.Dissolve, _) => state,

        // The worker may say it twice: its work is done at least once.
        (MembershipAction.ConfirmJoined, MembershipState.Joining or MembershipState.Joined) => MembershipState.Joined,
        (MembershipAction.ConfirmLeft, MembershipState.Leaving or MembershipState.Left) => MembershipState.Left,

        _ => throw new InvalidOperationException($"A membership that is {state} cannot take {action}."),
    };

    /// <summary>Whether the membership occupies its place: its account cannot be invited to the same channel again.</summary>
    public static bool IsOpen(this MembershipState state) => state is
        MembershipState.Waiting or MembershipState.Joining or MembershipState.Joined or MembershipState.Leaving;
}

using Guildhall.Memberships;

namespace Guildhall.Console.Shared;

/// <summary>Whose move it is, as docs/lifecycle.md has it.</summary>
internal static class Moves
{
    public static string Of(ConsoleRequest request, Membership membership)
    {
        var isInvitee = membership.Invitee.AccountId == request.Caller.AccountId;
        return membership.State switch
        {
            MembershipState.Waiting => isInvitee ? request.T("Yours: answer") : request.T("{0} answers", membership.Invitee.AccountName),
            MembershipState.Joining or MembershipState.Leaving => request.T("The channel is being changed"),
            MembershipState.Joined => isInvitee ? request.T("Nobody's; you may quit") : request.T("Nobody's; {0} may quit", membership.Invitee.AccountName),
            _ => MayRemove(request, membership) ? request.T("Nobody's; you may clean up") : request.T("Nobody's"),
        };
    }

    public static bool MayRemove(ConsoleRequest request, Membership membership) =>
        membership.Inviter.ProjectId == request.Caller.ProjectId
        && membership.State is MembershipState.Waiting or MembershipState.Rejected or MembershipState.Left or MembershipState.Dissolved;

    public static bool MayQuit(ConsoleRequest request, Membership membership) =>
        membership.Invitee.ProjectId == request.Caller.ProjectId && membership.State == MembershipState.Joined;
}

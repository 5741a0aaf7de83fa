using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Services;

namespace Guildhall.Api;

/// <summary>DeleteMemberInvite: withdraws invitations, or clears the records of finished ones.</summary>
internal static class DeleteInvitations
{
    private static readonly string[] DeletableStates =
    [
        MembershipState.Left.ToWire(), MembershipState.Waiting.ToWire(), MembershipState.Rejected.ToWire(), MembershipState.Dissolved.ToWire(),
    ];

    public static void MapDeleteInvitations(this IEndpointRouteBuilder api) =>
        api.MapDelete("members/invitations", HandleAsync).WithName("DeleteMemberInvite");

    private static async Task<IResult> HandleAsync(
        Fields body, Caller caller, MemberManagement members, Limits limits, CancellationToken cancellationToken)
    {
        var request = new Deletions(
            body.Id("bcs_id"), body.Name("channel_name"), body.List("invited_userinfo", ReadInvitee, limits.InviteesPerCall));
        body.RefuseRepeats("invited_userinfo", request.Invitees.Select(invitee => invitee.AccountName));
        return body.Refusal is { } malformed
            ? malformed.ToResponse()
            : (await members.DeleteAsync(caller, request, cancellationToken)).ToResponse();
    }

    private static Deletion ReadInvitee(Fields invitee) => new(
        invitee.Name("invited_user", "invited_username"),
        invitee.OptionalChoice("status", DeletableStates) is { } status ? Names.StateFromWire(status) : null,
        invitee.OptionalText("invited_bcs_id", Names.MaxIdLength));
}

using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Services;

namespace Guildhall.Api;

/// <summary>BatchInviteMembersToChannel: invites accounts to a channel of the caller's service.</summary>
internal static class InviteMembers
{
    public static void MapInviteMembers(this IEndpointRouteBuilder api) =>
        api.MapPost("members/invitations", HandleAsync).WithName("BatchInviteMembersToChannel");

    private static async Task<IResult> HandleAsync(
        Fields body, Caller caller, MemberManagement members, Limits limits, CancellationToken cancellationToken)
    {
        var request = new Invitations(
            body.Id("bcs_id"),
            body.Name("channel_name"),
            // Older SDKs and the reference's own example 3 say invited_username.
            body.List("invited_userinfo", invitee => invitee.Name("invited_user", "invited_username"), limits.InviteesPerCall));
        body.OptionalText("invitor_username");
        body.RefuseRepeats("invited_userinfo", request.AccountNames);
        return body.Refusal is { } malformed
            ? malformed.ToResponse()
            : (await members.InviteAsync(caller, request, cancellationToken)).ToResponse();
    }
}

using System.Collections.Immutable;
using Guildhall.Identity;
using Guildhall.Memberships;

namespace Guildhall.Api;

/// <summary>HandleNotification: the invitee agrees to an invitation, or rejects it.</summary>
internal static class AnswerInvitation
{
    public static void MapAnswerInvitation(this IEndpointRouteBuilder api) =>
        api.MapPost("notification/handle", HandleAsync).WithName("HandleNotification");

    private static async Task<IResult> HandleAsync(Fields body, Caller caller, MemberManagement members, CancellationToken cancellationToken)
    {
        var request = Read(body, caller);
        return body.Refusal is { } malformed
            ? malformed.ToResponse()
            : (await members.AnswerAsync(caller, request, cancellationToken)).ToResponse();
    }

    private static InvitationAnswer Read(Fields body, Caller caller)
    {
        var channel = body.Name("channel_name");
        var agrees = body.Choice("status", "agreed", "reject") == "agreed";
        var (service, project, account) = body.Object("invitor_info", inviter =>
        {
            inviter.Name("invitor_bcs_name"); // mandatory in the reference; the id alone identifies
            return (inviter.Id("invitor_bcs_id"), inviter.Id("invitor_project_id"), inviter.Id("invitor_user_id"));
        });

        // Ours, and taken with a no only.
        var reason = agrees ? null : ReadReason(body);

        // The reference's own example rejects and still sends the invitee and its organizations: they are not looked at.
        return new InvitationAnswer(channel, service, project, account, agrees ? ReadAgreement(body, caller) : null, reason);
    }

    /// <summary>Why it is a no; null when nothing, or only blanks, is said.</summary>
    internal static string? ReadReason(Fields body) => body.OptionalText("reason", InvitationAnswer.MaxReasonLength)?.Trim() is { Length: > 0 } reason ? reason : null;

    private static Agreement ReadAgreement(Fields body, Caller caller)
    {
        var service = body.Object("invitee_info", invitee =>
        {
            invitee.Name("invitee_bcs_name");
            invitee.MustBe("invitee_project_id", caller.ProjectId, "the project in the path");
            invitee.MustBe("invitee_user_id", caller.AccountId, "the caller's account");
            return invitee.Id("invitee_bcs_id");
        });
        ImmutableArray<string> organizations = body.List("invited_orgs", organization => organization.Name("name"));
        body.RefuseRepeats("invited_orgs", organizations);
        return new Agreement(service, organizations);
    }
}

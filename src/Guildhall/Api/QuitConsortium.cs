using Guildhall.Api.Wire;
using Guildhall.Identity;
using Guildhall.Memberships;

namespace Guildhall.Api;

/// <summary>HandleUnionMemberQuitList: the invitee leaves a channel.</summary>
internal static class QuitConsortium
{
    public static void MapQuitConsortium(this IEndpointRouteBuilder api) =>
        api.MapPut("members/quit", HandleAsync).WithName("HandleUnionMemberQuitList");

    private static async Task<IResult> HandleAsync(Fields body, Caller caller, MemberManagement members, CancellationToken cancellationToken)
    {
        var request = new Quitting(
            body.Id("inviter_bcsid"),
            body.Id("inviter_projectid"),
            body.Id("inviter_domainid"),
            body.Name("channel_name"),
            body.Id("invitee_bcsid"));
        body.Name("inviter_username"); // mandatory in the reference; the ids alone identify
        body.MustBe("invitee_projectid", caller.ProjectId, "the project in the path");
        body.MustBe("invitee_domainid", caller.AccountId, "the caller's account");
        if (body.Refusal is { } malformed)
        {
            return malformed.ToResponse();
        }

        var begun = await members.QuitAsync(caller, request, cancellationToken);
        return begun.IsRefused(out var refusal, out var operationId)
            ? refusal.ToResponse()
            : Answers.Ok(new QuitBegun("success", operationId), Answers.Json.QuitBegun);
    }
}

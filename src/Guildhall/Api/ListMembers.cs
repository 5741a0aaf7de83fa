using Guildhall.Api.Wire;
using Guildhall.Identity;
using Guildhall.Memberships;
using Microsoft.AspNetCore.Http.Features;

namespace Guildhall.Api;

/// <summary>ListMembers: the memberships in which the caller's project is inviter or invitee.</summary>
internal static class ListMembers
{
    /// <remarks>The lists are captured: asked for per request, they would cost a scope of services each.</remarks>
    public static void MapListMembers(this IEndpointRouteBuilder api)
    {
        var lists = api.ServiceProvider.GetRequiredService<MemberLists>();
        api.MapGet("members", context => HandleAsync(context, lists)).WithName("ListMembers");
    }

    private static Task HandleAsync(HttpContext context, MemberLists lists)
    {
        var caller = context.Features.GetRequiredFeature<Caller>();
        var query = context.Request.QueryString.Value ?? "";
        if (lists.TrySend(context, caller, query, out var sending))
        {
            return sending;
        }

        var asked = Query.Of(context);
        var (page, isExtended) = (asked.ReadMembershipPage(), asked.Flag("extended"));
        return asked.Refusal is { } malformed
            ? malformed.ToResponse().ExecuteAsync(context)
            : lists.SendAsync(context, caller, query, page, isExtended);
    }

    /// <param name="isExtended">Adds what the reference has no field for: the state above all.</param>
    internal static Member ToWire(Membership membership, bool isExtended)
    {
        var member = new Member(
            membership.TrustedComputing,
            membership.ChannelName,
            ToWire(membership),
            new MemberInvitor(
                membership.Inviter.ServiceId, membership.Inviter.ServiceName, membership.Inviter.ProjectId, membership.Inviter.AccountId, membership.Inviter.AccountName),
            new MemberInvitee(membership.Invitee.ServiceId, membership.Invitee.AccountId, membership.Invitee.AccountName));
        return !isExtended ? member : member with
        {
            Id = membership.Id,
            Status = membership.State.ToWire(),
            InvitedTime = membership.InvitedAt.ToWire(),
            UpdatedTime = membership.ChangedAt.ToWire(),
            OperationId = membership.LeaveOperationId ?? membership.JoinOperationId,
            Reason = membership.Reason,
        };
    }

    /// <summary>The invitee's organizations, as members and notifications both show them.</summary>
    internal static IReadOnlyList<OrganizationV2> ToWire(Membership membership) =>
    [
        .. membership.Organizations.Select(organization => new OrganizationV2(
            organization.Name, Names.HashOf(organization.Name, membership.Invitee.ServiceId), organization.NodeCount, "", "")),
    ];
}

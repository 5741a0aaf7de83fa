using Guildhall.Api.Wire;
using Guildhall.Identity;
using Guildhall.Memberships;

namespace Guildhall.Api;

/// <summary>ListMembers: the memberships in which the caller's project is inviter or invitee.</summary>
internal static class ListMembers
{
    public static void MapListMembers(this IEndpointRouteBuilder api) =>
        api.MapGet("members", HandleAsync).WithName("ListMembers");

    private static async Task<IResult> HandleAsync(
        Query query, Caller caller, MemberManagement members, CancellationToken cancellationToken)
    {
        var (page, isExtended) = (query.MembershipPage(), query.Flag("extended"));
        if (query.Refusal is { } malformed)
        {
            return malformed.ToResponse();
        }

        var found = await members.ListMembersAsync(caller, page.Filter, cancellationToken);
        var shown = page.Cut(found, membership => membership.Id, out var pageInfo);
        return Answers.Ok(new MemberList(shown.ConvertAll(membership => ToWire(membership, isExtended)), pageInfo), Answers.Json.MemberList);
    }

    /// <param name="isExtended">Adds what the reference has no field for: the state above all.</param>
    private static Member ToWire(Membership membership, bool isExtended)
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
        };
    }

    /// <summary>The invitee's organizations, as members and notifications both show them.</summary>
    internal static IReadOnlyList<OrganizationV2> ToWire(Membership membership) =>
    [
        .. membership.Organizations.Select(organization => new OrganizationV2(
            organization.Name, Names.HashOf(organization.Name, membership.Invitee.ServiceId), organization.NodeCount, "", "")),
    ];
}

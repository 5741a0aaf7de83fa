using Guildhall.Api.Wire;
using Guildhall.Hosting;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Services;

namespace Guildhall.Api;

/// <summary>ListNotifications: the invitations of the caller's account, answered ones included.</summary>
internal static class ListNotifications
{
    public static void MapListNotifications(this IEndpointRouteBuilder api) =>
        api.MapGet("notifications", HandleAsync).WithName("ListNotifications");

    private static async Task<IResult> HandleAsync(
        Query query, Caller caller, MemberManagement members, WireOptions options, CancellationToken cancellationToken)
    {
        var page = query.MembershipPage();
        if (query.Refusal is { } malformed)
        {
            return malformed.ToResponse();
        }

        var found = await members.ListNotificationsAsync(caller, page.Filter, cancellationToken);
        var shown = page.Cut(found, notification => notification.Invitation.Id, out var pageInfo);
        return Answers.Ok(
            new NotificationPage(shown.ConvertAll(notification => ToWire(notification.Invitation, notification.Inviter, options)), pageInfo),
            Answers.Json.NotificationPage);
    }

    private static Notification ToWire(Membership invitation, Service inviter, WireOptions options) => new(
        invitation.Id,
        invitation.ChannelName,
        invitation.State.ToWire(),
        invitation.ChangedAt.ToWire(),
        invitation.InvitedAt.ToWire(),
        invitation.TrustedComputing,
        new NotificationInvitor(
            inviter.AccountId,
            inviter.AccountName,
            inviter.Id,
            inviter.Name,
            inviter.Traits.Consensus,
            inviter.ProjectId,
            inviter.ClusterType,
            inviter.DatabaseType,
            inviter.Traits.SignAlgorithm,
            inviter.Traits.FabricVersion,
            OrderFadeEnabled: false,
            OrderFadeCache: 0),
        new NotificationInvitee(
            invitation.Invitee.AccountId,
            options.InviteeName ? invitation.Invitee.AccountName : null,
            invitation.Invitee.ServiceName,
            invitation.Invitee.ServiceId,
            invitation.Invitee.ProjectId),
        invitation.IsHidden ? 1 : 0,
        ListMembers.ToWire(invitation),
        invitation.IsRead ? 1 : 0,
        CrossVersionUpgrade: "",
        invitation.Reason);
}

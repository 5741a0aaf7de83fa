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

    private static async Task HandleAsync(
        HttpContext context, Query query, Caller caller, MemberManagement members, WireOptions options, LongAnswers answers)
    {
        var page = query.ReadMembershipPage();
        if (query.Refusal is { } malformed)
        {
            await malformed.ToResponse().ExecuteAsync(context);
            return;
        }

        var shape = new ListShape<(Membership Invitation, Service Inviter), string, Notification>(
            "notifications", Answers.Json.Notification, row => ToWire(row.Invitation, row.Inviter, options), id => id);
        using var list = new ListBody<(Membership, Service), string, Notification>(
            shape, page.Limit, page.After, (after, limit, cancellationToken) => members.ReadNotificationsAsync(caller, page.Filter, after, limit, cancellationToken));
        await answers.SendAsync(context, caller, list.Body, list.WriteNextAsync);
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

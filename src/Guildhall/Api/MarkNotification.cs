using Guildhall.Identity;

namespace Guildhall.Api;

/// <summary>MarkNotification, Guildhall's own: marks a notification as read or hidden, or takes the mark back.</summary>
internal static class MarkNotification
{
    public static void MapMarkNotification(this IEndpointRouteBuilder api) =>
        api.MapPut("notifications/{notification_id}", HandleAsync).WithName("MarkNotification");

    private static async Task<IResult> HandleAsync(
        string notification_id, Fields body, Caller caller, MemberManagement members, CancellationToken cancellationToken)
    {
        var isRead = body.OptionalNumber("read_status", 0, 1);
        var isHidden = body.OptionalNumber("hide", 0, 1);
        if (isRead is null && isHidden is null)
        {
            body.Refuse(Memberships.Refusal.ParameterMissing.Because("read_status or hide is required"));
        }

        return body.Refusal is { } malformed
            ? malformed.ToResponse()
            : (await members.MarkNotificationAsync(caller, notification_id, IsOne(isRead), IsOne(isHidden), cancellationToken)).ToResponse();
    }

    private static bool? IsOne(int? mark) => mark is null ? null : mark == 1;
}

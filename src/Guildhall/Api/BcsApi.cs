namespace Guildhall.Api;

/// <summary>The member-management API under <c>/v2/{project_id}</c>: what every operation shares, and the list of them.</summary>
internal static class BcsApi
{
    public static void MapBcs(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/v2/{project_id}").WithMetadata(new ProjectScoped());
        api.MapInviteMembers();
        api.MapAnswerInvitation();
        api.MapDeleteInvitations();
        api.MapListMembers();
        api.MapQuitConsortium();
        api.MapShowMember();
        api.MapShowNetworkPlan();
        api.MapListNotifications();
        api.MapMarkNotification();
        api.MapListSignatureRequests();
        api.MapShowSignatureRequest();
        api.MapSignChannelUpdate();
        api.MapDeclineChannelUpdate();
        api.MapServices();
    }
}

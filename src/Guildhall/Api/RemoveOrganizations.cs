using Guildhall.Identity;
using Microsoft.AspNetCore.Mvc;

namespace Guildhall.Api;

/// <summary>BatchRemoveOrgsFromChannel: the service's own organizations leave one of its channels.</summary>
internal static class RemoveOrganizations
{
    /// <remarks>The reference's path has no <c>channels</c> segment, and its <c>channel_id</c> is the channel's name.</remarks>
    public static void MapRemoveOrganizations(this IEndpointRouteBuilder api) =>
        api.MapPut("blockchains/{blockchain_id}/{channel_id}/orgs/quit", HandleAsync).WithName("BatchRemoveOrgsFromChannel");

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "blockchain_id")] string serviceId,
        [FromRoute(Name = "channel_id")] string channelName,
        Fields body,
        Caller caller,
        ChannelManagement channels,
        CancellationToken cancellationToken)
    {
        var organizations = body.NameList("org_names");
        body.RefuseRepeats("org_names", organizations);
        return body.Refusal is { } malformed
            ? malformed.ToResponse()
            : (await channels.RemoveOrganizationsAsync(caller, serviceId, channelName, organizations, cancellationToken)).ToResponse();
    }
}

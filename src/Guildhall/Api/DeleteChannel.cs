using Guildhall.Identity;
using Microsoft.AspNetCore.Mvc;

namespace Guildhall.Api;

/// <summary>DeleteChannel: deletes a channel that is empty.</summary>
internal static class DeleteChannel
{
    /// <remarks>The reference says <c>channel</c> here, and <c>channels</c> everywhere else.</remarks>
    public static void MapDeleteChannel(this IEndpointRouteBuilder api) =>
        api.MapDelete("blockchains/{blockchain_id}/channel/{channel_id}", HandleAsync).WithName("DeleteChannel");

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "blockchain_id")] string serviceId,
        [FromRoute(Name = "channel_id")] string channelName,
        Query query,
        Caller caller,
        ChannelManagement channels,
        CancellationToken cancellationToken) =>
        query.Refusal is { } malformed
            ? malformed.ToResponse()
            : (await channels.DeleteAsync(caller, serviceId, channelName, cancellationToken)).ToResponse();
}

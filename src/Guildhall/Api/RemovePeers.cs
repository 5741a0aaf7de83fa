using Guildhall.Identity;
using Microsoft.AspNetCore.Mvc;

namespace Guildhall.Api;

/// <summary>BatchRemovePeersFromChannel: some peers of one organization leave a channel, not all.</summary>
internal static class RemovePeers
{
    public static void MapRemovePeers(this IEndpointRouteBuilder api) =>
        api.MapPut("blockchains/{blockchain_id}/{channel_id}/peers/quit", HandleAsync).WithName("BatchRemovePeersFromChannel");

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "blockchain_id")] string serviceId,
        [FromRoute(Name = "channel_id")] string channelName,
        Fields body,
        Caller caller,
        ChannelManagement channels,
        CancellationToken cancellationToken)
    {
        var (organization, peers) = (body.Name("org_name"), body.Number("peers", 1, int.MaxValue));
        return body.Refusal is { } malformed
            ? malformed.ToResponse()
            : (await channels.RemovePeersAsync(caller, serviceId, channelName, organization, peers, cancellationToken)).ToResponse();
    }
}

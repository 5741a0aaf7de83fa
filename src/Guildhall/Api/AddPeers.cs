using Guildhall.Identity;
using Guildhall.Memberships;
using Microsoft.AspNetCore.Mvc;

namespace Guildhall.Api;

/// <summary>BatchAddPeersToChannel: peers of the service's own organizations join one of its channels.</summary>
internal static class AddPeers
{
    public static void MapAddPeers(this IEndpointRouteBuilder api) =>
        api.MapPost("blockchains/{blockchain_id}/channels/peers", HandleAsync).WithName("BatchAddPeersToChannel");

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "blockchain_id")] string serviceId,
        Fields body,
        Caller caller,
        ChannelManagement channels,
        CancellationToken cancellationToken)
    {
        var joining = body.List("channel_peers", item => (Channel: item.Name("channel_name"), Peers: item.Map("peers", (map, organization) => map.Number(organization, 1, int.MaxValue))));
        if (joining.Length > 1)
        {
            body.Refuse(Refusal.ParameterInvalid.Because($"channel_peers names {joining.Length} channels, one call changes one"));
        }

        if (body.Refusal is { } malformed)
        {
            return malformed.ToResponse();
        }

        var (channel, peers) = joining[0];
        return (await channels.AddPeersAsync(caller, serviceId, channel, peers, cancellationToken)).ToResponse();
    }
}

using Guildhall.Identity;
using Microsoft.AspNetCore.Mvc;

namespace Guildhall.Api;

/// <summary>DetachNetwork, Guildhall's own: forgets what a service is on its network, and the keys with it.</summary>
internal static class DetachNetwork
{
    public static void MapDetachNetwork(this IEndpointRouteBuilder api) =>
        api.MapDelete("blockchains/{blockchain_id}/network", HandleAsync).WithName("DetachNetwork");

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "blockchain_id")] string serviceId, Query query, Caller caller, NetworkManagement networks, CancellationToken cancellationToken) =>
        query.Refusal is { } malformed ? malformed.ToResponse() : (await networks.DetachAsync(caller, serviceId, cancellationToken)).ToResponse();
}

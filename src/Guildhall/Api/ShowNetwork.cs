using Guildhall.Api.Wire;
using Guildhall.Identity;
using Guildhall.Networks;
using Microsoft.AspNetCore.Mvc;

namespace Guildhall.Api;

/// <summary>ShowNetwork, Guildhall's own: what a service is on its Fabric network, and whether its channels are as the register has them. It shows no key, sealed or not.</summary>
internal static class ShowNetwork
{
    public static void MapShowNetwork(this IEndpointRouteBuilder api) =>
        api.MapGet("blockchains/{blockchain_id}/network", HandleAsync).WithName("ShowNetwork");

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "blockchain_id")] string serviceId, Caller caller, NetworkManagement networks, CallersClock clock, CancellationToken cancellationToken) =>
        (await networks.ShowAsync(caller, serviceId, cancellationToken)).IsRefused(out var refusal, out var attachment)
            ? refusal.ToResponse()
            : Answers.Ok(
                NetworkShown.Of(attachment, AttachmentLifetimes.Of(attachment, clock.Time.GetUtcNow()), await networks.ListWatchedAsync(caller, serviceId, cancellationToken), await networks.ShowSigningAsync(caller, serviceId, cancellationToken)),
                Answers.Json.NetworkShown);
}

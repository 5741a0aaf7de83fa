using Guildhall.Api.Wire;
using Guildhall.Identity;
using Microsoft.AspNetCore.Mvc;

namespace Guildhall.Api;

/// <summary>ShowBlockchainStatus: how far the creation of a service has come, which is done when it can be asked for.</summary>
internal static class ShowServiceStatus
{
    public static void MapShowServiceStatus(this IEndpointRouteBuilder api) =>
        api.MapGet("blockchains/{blockchain_id}/status", HandleAsync).WithName("ShowBlockchainStatus");

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "blockchain_id")] string serviceId, Caller caller, ServiceManagement services, CancellationToken cancellationToken)
    {
        if ((await services.FindAsync(caller, serviceId, cancellationToken)).IsRefused(out var refusal, out var service))
        {
            return refusal.ToResponse();
        }

        var created = service.CreatedAt.ToWire();
        return Answers.Ok(new ServiceStatus(new StatusDetail(created, created, "finished", "")), Answers.Json.ServiceStatus);
    }
}

using Guildhall.Identity;
using Microsoft.AspNetCore.Mvc;

namespace Guildhall.Api;

/// <summary>DeleteBlockchain: deletes a service and ends what hangs on it.</summary>
internal static class DeleteService
{
    private const int MaxNodeIdsLength = 4096;

    public static void MapDeleteService(this IEndpointRouteBuilder api) =>
        api.MapDelete("blockchains/{blockchain_id}", HandleAsync).WithName("DeleteBlockchain");

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "blockchain_id")] string serviceId,
        Query query,
        Caller caller,
        ServiceManagement services,
        CancellationToken cancellationToken)
    {
        // They say what to do with cloud resources, of which there are none.
        query.Flag("is_delete_storage");
        query.Flag("is_delete_obs");
        query.Flag("is_delete_resource");
        query.Flag("is_delete_ief");
        query.Text("is_delete_lightpeer");
        query.Text("ief_nodes_id", MaxNodeIdsLength);
        return query.Refusal is { } malformed
            ? malformed.ToResponse()
            : (await services.DeleteAsync(caller, serviceId, cancellationToken)).ToResponse();
    }
}

using Guildhall.Identity;
using Guildhall.Services;
using Microsoft.AspNetCore.Mvc;

namespace Guildhall.Api;

/// <summary>UpdateInstance: adds, scales or removes organizations of a service.</summary>
internal static class ChangeOrganizations
{
    public static void MapChangeOrganizations(this IEndpointRouteBuilder api) =>
        api.MapPut("blockchains/{blockchain_id}", HandleAsync).WithName("UpdateInstance");

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "blockchain_id")] string serviceId,
        Fields body,
        Caller caller,
        ServiceManagement services,
        CancellationToken cancellationToken)
    {
        var isRemoval = body.OptionalFlag("is_delete_org") ?? false;
        var organizations = body.List(
            "node_orgs",
            item => new Organization(
                item.Name("name"),
                isRemoval ? item.OptionalNumber("node_count", 0, int.MaxValue) ?? 0 : item.Number("node_count", 1, int.MaxValue)));
        body.RefuseRepeats("node_orgs", organizations.Select(organization => organization.Name));
        return body.Refusal is { } malformed
            ? malformed.ToResponse()
            : (await services.ChangeOrganizationsAsync(caller, serviceId, new OrganizationChange(organizations, isRemoval), cancellationToken)).ToResponse();
    }
}

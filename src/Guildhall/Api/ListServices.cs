using Guildhall.Api.Wire;
using Guildhall.Identity;

namespace Guildhall.Api;

/// <summary>ListBlockchains: the project's services.</summary>
internal static class ListServices
{
    public static void MapListServices(this IEndpointRouteBuilder api) =>
        api.MapGet("blockchains", HandleAsync).WithName("ListBlockchains");

    private static async Task<IResult> HandleAsync(
        Query query, Caller caller, ServiceManagement services, CancellationToken cancellationToken)
    {
        var (limit, after) = (query.Number("limit", 1, Query.MaxPage), query.Text("marker"));
        if (query.Refusal is { } malformed)
        {
            return malformed.ToResponse();
        }

        var (found, count) = await services.ListAsync(caller, after, limit + 1, cancellationToken);
        var shown = new Page<string?>(after, limit).Cut(found, service => service.Id, out var pageInfo);
        return Answers.Ok(
            new ServiceList(shown.ConvertAll(service => new ServiceName(service.Id, service.Name)), count, pageInfo), Answers.Json.ServiceList);
    }
}

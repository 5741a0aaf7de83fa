using Guildhall.Api.Wire;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Services;

namespace Guildhall.Api;

/// <summary>ListQuotas: how many services the project may have and has.</summary>
internal static class ListQuotas
{
    private const string Instance = "instance";

    public static void MapListQuotas(this IEndpointRouteBuilder api) =>
        api.MapGet("quotas", HandleAsync).WithName("ListQuotas");

    private static async Task<IResult> HandleAsync(
        Query query, Caller caller, ServiceManagement services, Limits limits, CancellationToken cancellationToken)
    {
        var type = query.Text("quotasType") ?? query.Text("type") ?? Instance;
        if (query.Refusal is { } malformed)
        {
            return malformed.ToResponse();
        }

        if (type != Instance)
        {
            // Spelled as the reference's example spells it, with a space before the colon.
            return (Refusal.QuotaTypeInvalid with { Message = $"{Refusal.QuotaTypeInvalid.Message} : {Refusal.Quote(type)}" }).ToResponse();
        }

        var used = await services.CountAsync(caller, cancellationToken);
        var quota = new Quota(Instance, Unit: "", Min: 0, limits.Services, limits.Services, used, Math.Max(0, limits.Services - used));
        return Answers.Ok(new QuotaList([quota]), Answers.Json.QuotaList);
    }
}

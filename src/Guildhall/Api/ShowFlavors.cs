using Guildhall.Api.Wire;
using Guildhall.Services;

namespace Guildhall.Api;

/// <summary>ShowBlockchainFlavors: the limits of a consortium of the enterprise edition.</summary>
internal static class ShowFlavors
{
    /// <summary>Of the reference's example; nothing here places orderers.</summary>
    private const int MaxOrderers = 10;

    public static void MapShowFlavors(this IEndpointRouteBuilder api) =>
        api.MapGet("blockchains/flavors", Handle).WithName("ShowBlockchainFlavors");

    private static IResult Handle(Query query, Limits limits)
    {
        query.Number("limit", 1, Query.MaxPage);
        query.Number("offset", 0, int.MaxValue);
        var enterprise = limits.Of(Edition.Enterprise);
        return query.Refusal is { } malformed
            ? malformed.ToResponse()
            : Answers.Ok(new Flavors(new Flavor(enterprise.PeersPerOrganization, MaxOrderers, enterprise.Members)), Answers.Json.Flavors);
    }
}

using System.Collections.Immutable;
using Guildhall.Api.Wire;
using Guildhall.Identity;
using Guildhall.Memberships;
using Microsoft.AspNetCore.Mvc;

namespace Guildhall.Api;

/// <summary>ShowNetworkPlan, Guildhall's own: what an answer or a quit would cause on the channel, before anything is asked for.</summary>
internal static class ShowNetworkPlan
{
    /// <summary>The most characters of the names of organizations together.</summary>
    private const int MaxNamesLength = 1024;

    public static void MapShowNetworkPlan(this IEndpointRouteBuilder api) =>
        api.MapGet("members/{member_id:guid}/network-plan", HandleAsync).WithName("ShowNetworkPlan");

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "member_id")] string id, Query query, Caller caller, ChannelPreviews previews, RequestLooks looks, CancellationToken cancellationToken)
    {
        var (service, organizations) = (query.Text("blockchain_id", Names.MaxIdLength), query.Text("organizations", MaxNamesLength));
        if (query.Refusal is { } malformed)
        {
            return malformed.ToResponse();
        }

        ImmutableArray<string> names = [.. (organizations ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct()];
        var shown = await previews.ShowAsync(caller, id, service is null ? null : new Agreement(service, names), looks, cancellationToken);
        return shown.IsRefused(out var refusal, out var preview) ? refusal.ToResponse() : Answers.Ok(NetworkPlan.Of(preview), Answers.Json.NetworkPlan);
    }
}

using Guildhall.Api.Wire;
using Guildhall.Identity;
using Guildhall.Services;
using Microsoft.AspNetCore.Mvc;

namespace Guildhall.Api;

/// <summary>ShowBlockchainNodes: the service's own peers and the channels each of them is in.</summary>
internal static class ShowServiceNodes
{
    public static void MapShowServiceNodes(this IEndpointRouteBuilder api) =>
        api.MapGet("blockchains/{blockchain_id}/nodes", HandleAsync).WithName("ShowBlockchainNodes");

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "blockchain_id")] string serviceId, Caller caller, ServiceManagement services, CancellationToken cancellationToken) =>
        (await services.ShowAsync(caller, serviceId, cancellationToken)).IsRefused(out var refusal, out var view)
            ? refusal.ToResponse()
            : Answers.Ok(
                new NodeList(view.Service.Organizations.ToDictionary(organization => organization.Name, organization => ToWire(organization, view))),
                Answers.Json.NodeList);

    private static OrganizationNodes ToWire(Organization organization, ServiceView view)
    {
        var own = PresentOrganization.Of(organization.Name, view.Service.Id, organization.NodeCount);
        var channels = view.Channels;
        return new OrganizationNodes($"{own.Hash}MSP", "", own.Peers.ToDictionary(peer => peer, peer => new Node("", ChannelsOf(peer, channels))));
    }

    private static string[] ChannelsOf(string peer, IEnumerable<ChannelView> channels) =>
    [
        .. channels.Where(channel => channel.Organizations.Any(organization => organization.Peers.Contains(peer))).Select(channel => channel.Name),
    ];
}

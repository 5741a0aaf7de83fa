using Guildhall.Api.Wire;
using Guildhall.Identity;
using Guildhall.Services;
using Microsoft.AspNetCore.Mvc;

namespace Guildhall.Api;

/// <summary>ShowBlockchainDetail: a service, its channels with everyone in them, and its peers.</summary>
internal static class ShowService
{
    public static void MapShowService(this IEndpointRouteBuilder api) =>
        api.MapGet("blockchains/{blockchain_id}", HandleAsync).WithName("ShowBlockchainDetail");

    /// <summary>Peers by their organization's name. Where two tenants' organizations are called the same, they share an entry.</summary>
    internal static Dictionary<string, List<string>> PeersOf(ChannelView channel)
    {
        var peers = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var organization in channel.Organizations)
        {
            peers.TryAdd(organization.Name, []);
            peers[organization.Name].AddRange(organization.Peers);
        }

        return peers;
    }

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "blockchain_id")] string serviceId, Caller caller, ServiceManagement services, CancellationToken cancellationToken) =>
        (await services.ShowAsync(caller, serviceId, cancellationToken)).IsRefused(out var refusal, out var view)
            ? refusal.ToResponse()
            : Answers.Ok(ToWire(view), Answers.Json.ServiceDetail);

    private static ServiceDetail ToWire(ServiceView view) => new(
        ToWire(view.Service),
        [.. view.Channels.Select(ToWire)],
        [
            .. view.Service.Organizations.Select(organization =>
                new PeerInfo(organization.Name, organization.NodeCount, $"{organization.NodeCount}/{organization.NodeCount}")),
        ]);

    private static BasicInfo ToWire(Service service) => new(
        service.Id,
        service.Name,
        service.Traits.FabricVersion,
        service.Traits.BlockchainType,
        service.Traits.SignAlgorithm,
        service.Traits.Consensus,
        (int)service.Traits.Edition,
        service.DatabaseType,
        service.ClusterType,
        service.CreatedAt.ToWire(),
        service.IsInvitee ? "invite" : "create",
        service.TrustedComputing);

    private static ChannelInfo ToWire(ChannelView channel) => new(
        channel.Name,
        [.. channel.Organizations.Select(organization => organization.Name)],
        [.. channel.Organizations.Select(organization => organization.Hash)],
        PeersOf(channel));
}

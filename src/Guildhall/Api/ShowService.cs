using System.Collections.Frozen;
using System.Text.Json;
using Guildhall.Api.Wire;
using Guildhall.Identity;
using Guildhall.Services;
using Microsoft.AspNetCore.Mvc;

namespace Guildhall.Api;

/// <summary>ShowBlockchainDetail: a service, its channels with everyone in them, and its peers.</summary>
internal static class ShowService
{
    /// <summary>Peers by their organization's name, before it is known who is in the channel.</summary>
    internal static readonly IReadOnlyDictionary<string, List<string>> Nobody = FrozenDictionary<string, List<string>>.Empty;

    public static void MapShowService(this IEndpointRouteBuilder api) =>
        api.MapGet("blockchains/{blockchain_id}", HandleAsync).WithName("ShowBlockchainDetail");

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "blockchain_id")] string serviceId, Caller caller, ServiceManagement services, CancellationToken cancellationToken) =>
        (await services.ShowAsync(caller, serviceId, cancellationToken)).IsRefused(out var refusal, out var view)
            ? refusal.ToResponse()
            : new ChannelsAnswer(caller, view, JsonSerializer.SerializeToElement(ToWire(view), Answers.Json.ServiceDetail));

    private static ServiceDetail ToWire(ServiceView view) => new(
        ToWire(view.Service),
        [.. view.Channels.Select(channel => new ChannelInfo(channel.Name, [], [], Nobody))],
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
}

using System.Text.Json;
using Guildhall.Api.Wire;
using Guildhall.Identity;
using Microsoft.AspNetCore.Mvc;

namespace Guildhall.Api;

/// <summary>ListBlockchainChannels: the channels of a service, its own and those it has joined.</summary>
internal static class ListChannels
{
    public static void MapListChannels(this IEndpointRouteBuilder api) =>
        api.MapGet("blockchains/{blockchain_id}/channels", HandleAsync).WithName("ListBlockchainChannels");

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "blockchain_id")] string serviceId, Caller caller, ServiceManagement services, CancellationToken cancellationToken)
    {
        if ((await services.ShowAsync(caller, serviceId, cancellationToken)).IsRefused(out var refusal, out var view))
        {
            return refusal.ToResponse();
        }

        var channels = view.Channels.Select(channel => new ChannelOfService(
            channel.Name, channel.Description, channel.CreatedAt.ToWire(), view.Service.Traits.Consensus, ShowService.Nobody));
        return new ChannelsAnswer(caller, view, JsonSerializer.SerializeToElement(new ChannelList([.. channels]), Answers.Json.ChannelList));
    }
}

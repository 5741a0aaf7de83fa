using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Services;
using Microsoft.AspNetCore.Mvc;

namespace Guildhall.Api;

/// <summary>BatchCreateChannels: creates channels in a creator's service.</summary>
internal static class CreateChannels
{
    private const int MaxDescriptionLength = 256;

    public static void MapCreateChannels(this IEndpointRouteBuilder api) =>
        api.MapPost("blockchains/{blockchain_id}/channels", HandleAsync).WithName("BatchCreateChannels");

    /// <summary>Refuses a name that no channel can have.</summary>
    internal static void CheckName(Fields channel, string name)
    {
        if (name.Length > 0 && !NamingRules.IsChannelName(name))
        {
            channel.Refuse(Refusal.ChannelNameInvalid.Because(Refusal.Quote(name)));
        }
    }

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "blockchain_id")] string serviceId,
        Fields body,
        Caller caller,
        ChannelManagement channels,
        CancellationToken cancellationToken)
    {
        var wanted = body.List("channels", item =>
        {
            var name = item.Name("channel_name");
            CheckName(item, name);
            return (Name: name, Description: item.OptionalText("channel_description", MaxDescriptionLength) ?? "");
        });
        body.RefuseRepeats("channels", wanted.Select(channel => channel.Name));
        return body.Refusal is { } malformed
            ? malformed.ToResponse()
            : (await channels.CreateAsync(caller, serviceId, wanted, cancellationToken)).ToResponse();
    }
}

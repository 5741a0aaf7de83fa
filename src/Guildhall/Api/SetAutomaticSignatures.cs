using System.Collections.Immutable;
using System.Globalization;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Networks;
using Microsoft.AspNetCore.Mvc;

namespace Guildhall.Api;

/// <summary>SetAutomaticSignatures, Guildhall's own: for which changes of others a service's kept keys sign without being asked.</summary>
internal static class SetAutomaticSignatures
{
    private const string Join = "join";
    private const string Leave = "leave";

    public static void MapSetAutomaticSignatures(this IEndpointRouteBuilder api) =>
        api.MapPut("blockchains/{blockchain_id}/network/automatic-signatures", HandleAsync).WithName("SetAutomaticSignatures");

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "blockchain_id")] string serviceId, Fields body, Caller caller, NetworkManagement networks, CancellationToken cancellationToken)
    {
        var channels = Read(body);
        return body.Refusal is { } malformed ? malformed.ToResponse() : (await networks.SetAutomaticAsync(caller, serviceId, channels, cancellationToken)).ToResponse();
    }

    internal static ImmutableArray<AutomaticChannel> Read(Fields body)
    {
        var channels = body.OptionalList("channels", ReadChannel);
        body.RefuseRepeats("channels", channels.Select(one => one.ChannelName));
        return channels;
    }

    private static AutomaticChannel ReadChannel(Fields channel)
    {
        var (name, changes) = (channel.Name("channel_name"), channel.NameList("changes"));
        if (changes.FirstOrDefault(one => one is not (Join or Leave or "")) is { } unknown)
        {
            channel.Refuse(Refusal.ParameterInvalid.Because($"{channel.PathOf("changes")} may name {Join} and {Leave}, not {Refusal.Quote(unknown)}"));
        }

        return new AutomaticChannel(
            name, changes.Contains(Join), changes.Contains(Leave), ReadUntil(channel),
            channel.OptionalNumber("per_day", 1, AutomaticChannel.MaxPerDay) ?? AutomaticChannel.UsualPerDay);
    }

    private static DateTimeOffset? ReadUntil(Fields channel)
    {
        if (channel.OptionalText("until") is not { } text)
        {
            return null;
        }

        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var until))
        {
            return until;
        }

        channel.Refuse(Refusal.ParameterInvalid.Because($"{channel.PathOf("until")} must be a time such as 2027-01-31T00:00:00Z, not {Refusal.Quote(text)}"));
        return null;
    }
}

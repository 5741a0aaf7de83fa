using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Guildhall.Api;
using Guildhall.Networks;

namespace Guildhall.Console.Services;

/// <summary>What a service's kept keys sign without being asked: the form says it for one channel, or for none at all.</summary>
internal static class AutomaticPages
{
    public static async Task<IResult> SetAsync(ConsoleRequest request, string serviceId)
    {
        // The form is read as the body that would ask for the same, so that both are judged by one set of rules.
        var form = request.Form;
        var others = (await request.Networks.ShowSigningAsync(request.Caller, serviceId, request.Aborted)).Automatic.Channels;
        var body = Fields.Parse(JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["channels"] = ChannelsOf(form) }), request.Limits);
        var said = SetAutomaticSignatures.Read(body);
        ImmutableArray<AutomaticChannel> all = form.Has("none") ? [] : [.. others.ExceptBy(said.Select(one => one.ChannelName), one => one.ChannelName), .. said];
        return body.Refusal is { } malformed ? await NetworkPages.ShowAsync(request, serviceId, null, false, malformed)
            : (await request.Networks.SetAutomaticAsync(request.Caller, serviceId, all, request.Aborted)).IsRefused(out var refusal) ? await NetworkPages.ShowAsync(request, serviceId, null, false, refusal)
            : request.Go($"/console/services/{serviceId}/network", all.IsEmpty ? request.T("Everything that others ask for is asked from now on.") : request.T("It is kept what is signed without being asked."));
    }

    private static JsonArray ChannelsOf(Form form)
    {
        if (form.Has("none"))
        {
            return [];
        }

        var channel = new JsonObject
        {
            ["channel_name"] = form["channel"],
            ["changes"] = new JsonArray([.. ((string[])["join", "leave"]).Where(form.Has).Select(change => (JsonNode)change)]),
            ["until"] = form["until"],
        };
        if (int.TryParse(form["per-day"], NumberStyles.None, CultureInfo.InvariantCulture, out var most))
        {
            channel["per_day"] = most;
        }

        return [channel];
    }
}

using System.Collections.Immutable;
using Guildhall.Memberships;
using Guildhall.Services;

namespace Guildhall.Console.Members;

/// <summary>Inviting many at once: names are pasted, one a line, and what is wrong stands beside the name.</summary>
internal static class InvitePages
{
    public static async Task<IResult> ShowAsync(ConsoleRequest request)
    {
        var places = await PlacesAsync(request);
        var wanted = $"{request.Query("service")}/{request.Query("channel")}";
        return Show(request, places, places.Any(place => place.Key == wanted) ? wanted : "", [], null);
    }

    public static async Task<IResult> InviteAsync(ConsoleRequest request)
    {
        var (places, names) = (await PlacesAsync(request), NamesIn(request.Form["names"]));
        var chosen = request.Form["place"];
        if (places.FirstOrDefault(place => place.Key == chosen) is not { } place)
        {
            return Show(request, places, chosen, [], ConsoleRefusals.NothingChosen.Because("no channel"));
        }

        if (names.IsEmpty || names.Length > request.Limits.InviteesPerCall)
        {
            return Show(request, places, chosen, [], names.IsEmpty
                ? ConsoleRefusals.NothingChosen.Because("no account")
                : Refusal.ParameterInvalid.Because($"{names.Length} accounts; one form invites {request.Limits.InviteesPerCall} at most"));
        }

        var invitations = new Invitations(place.Service.Id, place.Channel, names);
        if ((await request.Overview.CheckAsync(request.Caller, invitations, request.Aborted)).IsRefused(out var refusal, out var verdicts))
        {
            return Show(request, places, chosen, [], refusal);
        }

        if (request.Form.Has("check"))
        {
            return Show(request, places, chosen, verdicts, null);
        }

        if ((await request.Members.InviteAsync(request.Caller, invitations, request.Aborted)).IsRefused(out refusal))
        {
            return Show(request, places, chosen, verdicts, refusal);
        }

        return request.Go(
            $"/console/members?service={place.Service.Id}&channel={place.Channel}",
            names.Length == 1 ? request.T("{0} is invited, and answers in its inbox.", names[0]) : request.T("{0} accounts are invited, and answer in their inboxes.", names.Length));
    }

    /// <summary>A name a line, since it may hold anything else; one that comes twice is meant once.</summary>
    private static ImmutableArray<string> NamesIn(string text) =>
        [.. text.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct(StringComparer.Ordinal)];

    private static async Task<List<Place>> PlacesAsync(ConsoleRequest request) =>
    [
        .. from own in await request.Overview.ListOwnChannelsAsync(request.Caller, request.Aborted)
           where InvitingRules.WhyNot(own.Service) is null
           select new Place(own.Service, own.Channel),
    ];

    private static IResult Show(
        ConsoleRequest request, IReadOnlyList<Place> places, string chosen, IReadOnlyList<(string, Refusal?)> verdicts, Refusal? refusal) =>
        request.Show<InviteView, InviteModel>(
            request.T("Invite"),
            new InviteModel(places, chosen, request.Form["names"], verdicts, refusal),
            refusal);
}

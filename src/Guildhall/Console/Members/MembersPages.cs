using Guildhall.Console.Shared;
using Guildhall.Memberships;
using Guildhall.Storage;

namespace Guildhall.Console.Members;

/// <summary>Everyone in the project's consortia: searched, sorted, paged and exported.</summary>
internal static class MembersPages
{
    public static async Task<IResult> ListAsync(ConsoleRequest request)
    {
        var search = SearchOf(request) with { Skip = Pages.SkipOf(request), Limit = Pages.Rows };
        var (found, count) = await request.Overview.SearchMembersAsync(request.Caller, search, request.Aborted);
        var (services, _) = await request.Services.ListAsync(request.Caller, null, null, request.Aborted);
        return request.Show<MembersView, MembersModel>(
            request.T("Members"),
            new MembersModel(search, found, services, await request.Overview.ListChannelNamesAsync(request.Caller, request.Aborted), Pages.Of(request, count)));
    }

    public static IResult ExportCsv(ConsoleRequest request) => MembersExport.Csv(request, SearchOf(request));

    public static IResult ExportJson(ConsoleRequest request) => MembersExport.Json(request, SearchOf(request));

    public static async Task<IResult> ShowAsync(ConsoleRequest request, string serviceId, string id)
    {
        if ((await request.Overview.ShowMemberAsync(request.Caller, serviceId, id, request.Aborted)).IsRefused(out _, out var found))
        {
            return request.NotFound();
        }

        request.RefreshEvery = found.Membership.State is MembershipState.Joining or MembershipState.Leaving ? 5 : null;
        return request.Show<MemberView, MemberModel>(found.Membership.Invitee.AccountName, new MemberModel(found.Membership, found.Operations));
    }

    private static MemberSearch SearchOf(ConsoleRequest request)
    {
        var sort = request.Query("sort");
        return new MemberSearch(
            NullIfEmpty(request.Query("service")),
            NullIfEmpty(request.Query("channel")),
            Names.StateFromWire(request.Query("state")),
            NullIfEmpty(request.Query("name")),
            Enum.TryParse<MemberOrder>(sort.TrimStart('-'), ignoreCase: true, out var order) && Enum.IsDefined(order) ? order : MemberOrder.Invited,
            sort.Length == 0 || sort.StartsWith('-'));
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}

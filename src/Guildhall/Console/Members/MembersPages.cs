using Guildhall.Console.Shared;
using Guildhall.Memberships;
using Guildhall.Storage;

namespace Guildhall.Console.Members;

/// <summary>Everyone in the project's consortia: searched, sorted, paged and exported.</summary>
internal static class MembersPages
{
    public static async Task<IResult> ListAsync(ConsoleRequest request)
    {
        if (SearchOf(request).IsRefused(out var unfit, out var asked))
        {
            return request.Refuse(unfit);
        }

        var search = asked with { Skip = Pages.SkipOf(request), Limit = Pages.Rows };
        var (found, count) = await request.Overview.SearchMembersAsync(request.Caller, search, request.Aborted);
        var (services, _) = await request.Services.ListAsync(request.Caller, null, null, request.Aborted);
        return request.Show<MembersView, MembersModel>(
            request.T("Members"),
            new MembersModel(search, found, services, await request.Overview.ListChannelNamesAsync(request.Caller, request.Aborted), Pages.Of(request, count)));
    }

    public static IResult ExportCsv(ConsoleRequest request) => SearchOf(request).IsRefused(out var unfit, out var search) ? request.Refuse(unfit) : MembersExport.Csv(request, search);

    public static IResult ExportJson(ConsoleRequest request) => SearchOf(request).IsRefused(out var unfit, out var search) ? request.Refuse(unfit) : MembersExport.Json(request, search);

    public static async Task<IResult> ShowAsync(ConsoleRequest request, string serviceId, string id)
    {
        if ((await request.Overview.ShowMemberAsync(request.Caller, serviceId, id, request.Aborted)).IsRefused(out _, out var found))
        {
            return request.NotFound();
        }

        request.RefreshEvery = found.Membership.State is MembershipState.Joining or MembershipState.Leaving ? 5 : null;
        return request.Show<MemberView, MemberModel>(found.Membership.Invitee.AccountName, new MemberModel(found.Membership, found.Operations));
    }

    private static Result<MemberSearch> SearchOf(ConsoleRequest request)
    {
        if (request.Filter("service").IsRefused(out var refusal, out var service)
            || request.Filter("channel").IsRefused(out refusal, out var channel)
            || request.Filter("name").IsRefused(out refusal, out var name)
            || request.Filter("state", Names.StateFromWire).IsRefused(out refusal, out var state)
            || request.Filter<(MemberOrder Order, bool IsDescending)>("sort", SortFrom).IsRefused(out refusal, out var sort))
        {
            return refusal;
        }

        var (order, isDescending) = sort ?? (MemberOrder.Invited, true);
        return new MemberSearch(service, channel, state, name, order, isDescending);
    }

    private static (MemberOrder Order, bool IsDescending)? SortFrom(string word) =>
        Enum.TryParse<MemberOrder>(word.TrimStart('-'), ignoreCase: true, out var order) && Enum.IsDefined(order) ? (order, word.StartsWith('-')) : null;
}

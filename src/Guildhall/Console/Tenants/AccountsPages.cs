using Guildhall.Console.Shared;
using Guildhall.Identity;
using Guildhall.Memberships;

namespace Guildhall.Console.Tenants;

/// <summary>All accounts with their projects and users, for the operator's administrators: what the command line does with them.</summary>
internal static class AccountsPages
{
    public static Task<IResult> ListAsync(ConsoleRequest request) => ListAsync(request, null);

    public static async Task<IResult> CreateAsync(ConsoleRequest request) =>
        (await AccountsOf(request).CreateAsync(request.Form["name"], request.Aborted)).IsRefused(out var refusal, out var account)
            ? await ListAsync(request, refusal)
            : request.Go("/console/accounts/" + account.Id, request.T("Account {0} is created. It needs a project and a user next.", account.Name));

    public static Task<IResult> ShowAsync(ConsoleRequest request, string id) => WithAsync(request, id, account => ShowAsync(request, account));

    public static Task<IResult> SetEnabledAsync(ConsoleRequest request, string id) => WithAsync(request, id, async account =>
    {
        var isEnabled = request.Form["enabled"] == "1";
        if (!isEnabled && account.Id == request.Principal.AccountId)
        {
            return await ShowAsync(request, account, refusal: ConsoleRefusals.OneselfDisabled);
        }

        return await AfterAsync(request, account, await AccountsOf(request).SetEnabledAsync(account.Name, isEnabled, request.Aborted));
    });

    public static Task<IResult> CreateProjectAsync(ConsoleRequest request, string id) => WithAsync(request, id, async account =>
        (await AccountsOf(request).CreateProjectAsync(account.Name, request.Form["name"], request.Aborted)).IsRefused(out var refusal, out var project)
            ? await ShowAsync(request, account, projectRefusal: refusal)
            : request.Go("/console/accounts/" + id, request.T("Project {0} is created.", project.Name)));

    public static Task<IResult> SetProjectEnabledAsync(ConsoleRequest request, string id, string projectId) => WithAsync(request, id, async account =>
    {
        var projects = (await AccountsOf(request).ListProjectsAsync(account.Name, request.Aborted)).IsRefused(out _, out var all) ? [] : all;
        return projects.Find(one => one.Id == projectId) is { } project
            ? await AfterAsync(request, account, await AccountsOf(request).SetProjectEnabledAsync(account.Name, project.Name, request.Form["enabled"] == "1", request.Aborted))
            : request.NotFound();
    });

    internal static Accounts AccountsOf(ConsoleRequest request) => request.Get<Accounts>().By(request.Sent);

    /// <summary>Accounts are named by their id in addresses, since a name may hold anything.</summary>
    internal static async Task<IResult> WithAsync(ConsoleRequest request, string id, Func<AccountEntry, Task<IResult>> answer) =>
        await AccountsOf(request).FindByIdAsync(id, request.Aborted) is { } account ? await answer(account) : request.NotFound();

    internal static async Task<IResult> AfterAsync<T>(ConsoleRequest request, AccountEntry account, Result<T> changed)
        where T : notnull =>
        changed.IsRefused(out var refusal, out _)
            ? await WithAsync(request, account.Id, now => ShowAsync(request, now, refusal: refusal))
            : request.Go("/console/accounts/" + account.Id, request.Form["enabled"] == "1" ? request.T("It is enabled.") : request.T("It is disabled."));

    internal static async Task<IResult> ShowAsync(
        ConsoleRequest request, AccountEntry account, NewUser? shown = null, Refusal? refusal = null, Refusal? projectRefusal = null, Refusal? userRefusal = null)
    {
        var projects = (await AccountsOf(request).ListProjectsAsync(account.Name, request.Aborted)).IsRefused(out _, out var foundProjects) ? [] : foundProjects;
        var users = (await AccountsOf(request).ListUsersAsync(account.Name, request.Aborted)).IsRefused(out _, out var foundUsers) ? [] : foundUsers;
        return request.Show<AccountView, AccountModel>(
            request.T("Account {0}", account.Name),
            new AccountModel(account, projects, users, shown, request.Form["name"], refusal, projectRefusal, userRefusal),
            refusal ?? projectRefusal ?? userRefusal);
    }

    private static async Task<IResult> ListAsync(ConsoleRequest request, Refusal? refusal)
    {
        if (request.Filter("name").IsRefused(out var unfit, out var part))
        {
            return request.Refuse(unfit);
        }

        var name = part ?? "";
        var (shown, count) = await AccountsOf(request).SearchAsync(name, Pages.SkipOf(request), Pages.Rows, request.Aborted);
        return request.Show<AccountsView, AccountsModel>(
            request.T("Accounts"), new AccountsModel(shown, name, request.Form["name"], refusal, Pages.Of(request, count)), refusal);
    }
}

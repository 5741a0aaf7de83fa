using Guildhall.Identity;
using Guildhall.Storage;

namespace Guildhall.Console.Tenants;

/// <summary>What the operator's administrators do with users. Passwords are generated, and shown once: nobody types one for somebody else.</summary>
internal static class UserForms
{
    /// <remarks>The answer is the page itself and no redirection: the password is in it, and nowhere else.</remarks>
    public static Task<IResult> CreateAsync(ConsoleRequest request, string id) => AccountsPages.WithAsync(request, id, async account =>
    {
        var role = request.Form["role"] == "admin" ? Role.Admin : Role.Reader;
        return (await AccountsPages.AccountsOf(request).CreateUserAsync(account.Name, request.Form["name"], role, password: null, request.Aborted)).IsRefused(out var refusal, out var user)
            ? await (refusal == SentForm.Used ? AccountsPages.ShowAsync(request, account, refusal: refusal) : AccountsPages.ShowAsync(request, account, userRefusal: refusal))
            : await AccountsPages.ShowAsync(request, account, user);
    });

    public static Task<IResult> ResetPasswordAsync(ConsoleRequest request, string id, string userId) => WithAsync(request, id, userId, async (account, user) =>
    {
        if (request.Form["keys"] is not ("keep" or "end"))
        {
            return await AccountsPages.ShowAsync(request, account, refusal: IdentityRefusals.KeysUndecided);
        }

        return (await AccountsPages.AccountsOf(request).ResetPasswordAsync(account.Name, user.Name, password: null, endsKeys: request.Form["keys"] == "end", request.Aborted)).IsRefused(out var refusal, out var renewed)
            ? await AccountsPages.ShowAsync(request, account, refusal: refusal)
            : await AccountsPages.ShowAsync(request, account, renewed);
    });

    public static Task<IResult> SetEnabledAsync(ConsoleRequest request, string id, string userId) => WithAsync(request, id, userId, async (account, user) =>
    {
        var isEnabled = request.Form["enabled"] == "1";
        return !isEnabled && user.Id == request.Principal.UserId
            ? await AccountsPages.ShowAsync(request, account, refusal: ConsoleRefusals.OneselfDisabled)
            : await AccountsPages.AfterAsync(request, account, await AccountsPages.AccountsOf(request).SetUserEnabledAsync(account.Name, user.Name, isEnabled, request.Aborted));
    });

    private static Task<IResult> WithAsync(ConsoleRequest request, string id, string userId, Func<AccountEntry, UserEntry, Task<IResult>> answer) =>
        AccountsPages.WithAsync(request, id, async account =>
        {
            var users = (await AccountsPages.AccountsOf(request).ListUsersAsync(account.Name, request.Aborted)).IsRefused(out _, out var found) ? [] : found;
            return users.Find(one => one.Id == userId) is { } user ? await answer(account, user) : request.NotFound();
        });
}

using Guildhall.Identity;
using Guildhall.Memberships;

namespace Guildhall.Console.Keys;

/// <summary>The access keys of the user who is signed in.</summary>
internal static class KeysPages
{
    public static Task<IResult> ListAsync(ConsoleRequest request) => ShowAsync(request, null, null);

    /// <remarks>The answer is the page itself and no redirection: the secret is in it, and nowhere else.</remarks>
    public static async Task<IResult> CreateAsync(ConsoleRequest request)
    {
        var user = request.Principal;
        var created = await request.Get<AccessKeys>().By(request.Sent).CreateAsync(Owner.Self(user), user.UserId, request.Form["description"], request.Aborted);
        return created.IsRefused(out var refusal, out var key) ? await ShowAsync(request, null, refusal) : await ShowAsync(request, key, null);
    }

    public static async Task<IResult> DeleteAsync(ConsoleRequest request, string accessKey) =>
        (await request.Get<AccessKeys>().By(request.Sent).DeleteAsync(Owner.Self(request.Principal), accessKey, request.Aborted)).IsRefused(out var refusal)
            ? await ShowAsync(request, null, refusal)
            : request.Go("/console/keys", request.T("Access key {0} is deleted. What it signs is refused from now on.", accessKey));

    /// <remarks>Administrators too see their own here only.</remarks>
    private static async Task<IResult> ShowAsync(ConsoleRequest request, NewAccessKey? created, Refusal? refusal)
    {
        var user = request.Principal;
        var keys = await request.Get<AccessKeys>().ListAsync(Owner.Self(user), user.UserId, request.Aborted);
        return keys.IsRefused(out var unseen, out var own)
            ? request.Refuse(unseen)
            : request.Show<KeysView, KeysModel>(request.T("Access keys"), new KeysModel(own, created, refusal), refusal);
    }
}

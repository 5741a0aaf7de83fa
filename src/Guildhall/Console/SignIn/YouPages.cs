using Guildhall.Identity;

namespace Guildhall.Console.SignIn;

/// <summary>Who is signed in, and until when.</summary>
internal static class YouPages
{
    public static async Task<IResult> ShowAsync(ConsoleRequest request)
    {
        var token = await request.Get<Logins>().ShowAsync(request.Principal, request.Token.Reveal(), request.Aborted);
        return token.IsRefused(out var refusal, out var entry)
            ? request.Refuse(refusal)
            : request.Show<YouView, YouModel>(request.T("You"), new YouModel(request.Principal, entry.ExpiresAt));
    }
}

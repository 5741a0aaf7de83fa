using Guildhall.Api;
using Guildhall.Identity;
using Guildhall.Memberships;

namespace Guildhall.Console.SignIn;

/// <summary>Into the console and out of it. A session is a token, and ends with it.</summary>
internal static class SignInPages
{
    private const int MaxPasswordLength = 1024;

    /// <remarks>Whoever is signed in was sent here by a request that was under way while a project was chosen: its session had ended, and this one has not.</remarks>
    public static Task<IResult> ShowAsync(ConsoleRequest request)
    {
        var to = LocalPath.Or(request.Context.Request.Query["to"], ConsoleApp.Root);
        if (!request.IsSignedIn)
        {
            return Task.FromResult(Show(request, to, null));
        }

        request.TakeNotice();
        return Task.FromResult(request.Go(to));
    }

    public static async Task<IResult> SignInAsync(ConsoleRequest request)
    {
        var to = LocalPath.Or(request.Form["to"], ConsoleApp.Root);
        var password = request.Form.Exactly("password");
        if (!Cookies.IsSafe(request.Context.Request) || password.Length > MaxPasswordLength)
        {
            return Show(request, to, IdentityRefusals.PasswordWrong);
        }

        var name = new LoginName("", request.Form["user"], "", request.Form["account"]);
        var logins = request.Get<Logins>();
        if ((await logins.LogInAsync(name, password, LoginScope.Session, Authentication.OriginOf(request.Context), request.Aborted)).IsRefused(out var refusal, out var issued))
        {
            return Show(request, to, refusal);
        }

        return await BeginAsync(request, issued, to);
    }

    /// <summary>Begins the session of a user, in its project where it has one only.</summary>
    public static async Task<IResult> BeginAsync(ConsoleRequest request, IssuedToken issued, string to)
    {
        var projects = await EnabledProjectsAsync(request, issued.Entry.Principal);
        if (projects is not [var only])
        {
            Keep(request, issued);
            return request.Go("/console/project?to=" + Uri.EscapeDataString(to));
        }

        var scoped = await request.Get<Logins>().ScopeAsync(issued.Text, only.Id, request.Aborted);
        if (scoped.IsRefused(out var refusal, out var inProject))
        {
            return request.Refuse(refusal);
        }

        Keep(request, inProject);
        return request.Go(to);
    }

    public static async Task<List<ProjectEntry>> EnabledProjectsAsync(ConsoleRequest request, Principal user)
    {
        var projects = await request.Get<Accounts>().ListProjectsAsync(user, request.Aborted);
        return projects.FindAll(project => project.IsEnabled);
    }

    public static void Keep(ConsoleRequest request, IssuedToken token)
    {
        Cookies.Session.Write(request.Context, token.Text.Reveal(), token.Entry.ExpiresAt - request.Now);
        Cookies.Visit.Remove(request.Context);
    }

    public static async Task<IResult> SignOutAsync(ConsoleRequest request)
    {
        await request.Get<Logins>().RevokeAsync(request.Principal, request.Token.Reveal(), request.Aborted);
        return Leave(request, request.T("You are signed out."));
    }

    public static async Task<IResult> SignOutEverywhereAsync(ConsoleRequest request)
    {
        await request.Get<Logins>().RevokeAllAsync(request.Principal, request.Aborted);
        return Leave(request, request.T("All sessions and tokens of this user have ended."));
    }

    public static Task<IResult> SetLanguageAsync(ConsoleRequest request)
    {
        if (Language.Find(request.Form["language"]) is { } language)
        {
            Cookies.Language.Write(request.Context, language.Tag, TimeSpan.FromDays(365));
        }

        return Task.FromResult(request.Go(LocalPath.Or(request.Form["to"], ConsoleApp.Root)));
    }

    private static IResult Leave(ConsoleRequest request, string notice)
    {
        Cookies.Session.Remove(request.Context);
        return request.Go("/console/sign-in", notice);
    }

    private static IResult Show(ConsoleRequest request, string to, Refusal? refusal) => request.Show<SignInView, SignInModel>(
        request.T("Sign in"),
        new SignInModel(request.Form["account"], request.Form["user"], to, refusal, Cookies.IsSafe(request.Context.Request)),
        refusal?.Status ?? StatusCodes.Status200OK);
}

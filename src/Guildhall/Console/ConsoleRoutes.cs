using Guildhall.Console.SignIn;

namespace Guildhall.Console;

/// <summary>Everything the console answers to: the table of its pages and forms, and who may have each.</summary>
internal static class ConsoleRoutes
{
    /// <summary>Null where there is nothing.</summary>
    public static ConsoleRoute? Find(string method, string[] path) => method == HttpMethods.Post ? FindForm(path) : FindPage(path);

    private static ConsoleRoute? FindPage(string[] path) => path switch
    {
        [] => new(Access.SignedIn, request => Task.FromResult(request.Go(request.HasProject ? "/console/you" : "/console/project"))),
        ["sign-in"] => new(Access.Anyone, SignInPages.ShowAsync),
        ["project"] => new(Access.SignedIn, ProjectPages.ShowAsync),
        ["you"] => new(Access.SignedIn, YouPages.ShowAsync),
        _ => null,
    };

    private static ConsoleRoute? FindForm(string[] path) => path switch
    {
        ["sign-in"] => new(Access.Anyone, SignInPages.SignInAsync),
        ["language"] => new(Access.Anyone, SignInPages.SetLanguageAsync),
        ["sign-out"] => new(Access.SignedIn, SignInPages.SignOutAsync),
        ["sign-out-everywhere"] => new(Access.SignedIn, SignInPages.SignOutEverywhereAsync),
        ["project"] => new(Access.SignedIn, ProjectPages.ChooseAsync),
        _ => null,
    };
}

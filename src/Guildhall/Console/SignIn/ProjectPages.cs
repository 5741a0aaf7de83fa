using Guildhall.Identity;

namespace Guildhall.Console.SignIn;

/// <summary>In which project the session acts.</summary>
internal static class ProjectPages
{
    public static async Task<IResult> ShowAsync(ConsoleRequest request) => request.Show<ProjectView, ProjectModel>(
        request.T("Choose a project"),
        new ProjectModel(
            await SignInPages.EnabledProjectsAsync(request, request.Principal),
            request.Principal.Scope?.Id ?? "",
            LocalPath.Or(request.Context.Request.Query["to"], ConsoleApp.Root)));

    public static async Task<IResult> ChooseAsync(ConsoleRequest request)
    {
        var scoped = await request.Get<Logins>().ScopeAsync(request.Token, request.Form["project"], request.Aborted);
        if (scoped.IsRefused(out var refusal, out var token))
        {
            return request.Refuse(refusal);
        }

        SignInPages.Keep(request, token);
        return request.Go(LocalPath.Or(request.Form["to"], ConsoleApp.Root));
    }
}

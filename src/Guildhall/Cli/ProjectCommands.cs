using System.CommandLine;
using Guildhall.Api;
using Guildhall.Identity;
using Guildhall.Memberships;

namespace Guildhall.Cli;

internal static class ProjectCommands
{
    private static readonly string[] Columns = ["name", "id", "account", "state", "created_at"];

    public static Command Create() => new("project", "Projects: the parts of an account that services live in, by custom named like a region.")
    {
        New(), List(), Switch("disable", isEnabled: false), Switch("enable", isEnabled: true),
    };

    private static Command New()
    {
        var (account, name) = (IdentityCommands.AccountOption(), NameArgument());
        return StoreCommand.Create(
            "create",
            """
            Create a project. An SDK that is given a region looks for the project of that name.
            Example: guildhall project create --account alice-co cn-north-4
            """,
            [account, name],
            async (run, cancellationToken) =>
            {
                var created = await IdentityCommands.AccountsOf(run.Store).CreateProjectAsync(
                    run.Arguments.GetRequiredValue(account), run.Arguments.GetRequiredValue(name), cancellationToken);
                return created.IsRefused(out var refusal, out var project) ? refusal : await ShowAsync(run, project);
            });
    }

    private static Command List()
    {
        var account = IdentityCommands.AccountOption();
        return StoreCommand.Create(
            "list",
            """
            List the projects of an account, oldest first.
            Example: guildhall project list --account alice-co
            """,
            [account],
            async (run, cancellationToken) =>
            {
                var found = await IdentityCommands.AccountsOf(run.Store).ListProjectsAsync(run.Arguments.GetRequiredValue(account), cancellationToken);
                if (found.IsRefused(out var refusal, out var projects))
                {
                    return refusal;
                }

                await run.Printer.ListAsync(Columns, projects.Select(Row));
                return null;
            });
    }

    private static Command Switch(string verb, bool isEnabled)
    {
        var (account, name) = (IdentityCommands.AccountOption(), NameArgument());
        return StoreCommand.Create(
            verb,
            isEnabled
                ? """
                  Open a disabled project again. Tokens from before stay void.
                  Example: guildhall project enable --account alice-co cn-north-4
                  """
                : """
                  Close a project at once: nobody enters it, and tokens scoped to it end. What is in it stays.
                  Example: guildhall project disable --account alice-co cn-north-4
                  """,
            [account, name],
            async (run, cancellationToken) =>
            {
                var changed = await IdentityCommands.AccountsOf(run.Store).SetProjectEnabledAsync(
                    run.Arguments.GetRequiredValue(account), run.Arguments.GetRequiredValue(name), isEnabled, cancellationToken);
                return changed.IsRefused(out var refusal, out var project) ? refusal : await ShowAsync(run, project);
            });
    }

    private static Argument<string> NameArgument() => new("name") { Description = "The name of the project." };

    private static async Task<Refusal?> ShowAsync(StoreInvocation run, ProjectEntry project)
    {
        await run.Printer.ShowAsync([.. Columns.Zip(Row(project))]);
        return null;
    }

    private static string[] Row(ProjectEntry project) =>
        [project.Name, project.Id, project.AccountName, IdentityCommands.StateOf(project.IsEnabled), project.CreatedAt.ToWire()];
}

using System.CommandLine;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Services;

namespace Guildhall.Cli;

/// <summary>The options that say which service a command is about.</summary>
internal sealed class ServicePlace
{
    private readonly Option<string> account = IdentityCommands.AccountOption();
    private readonly Option<string> project = new("--project") { Description = "The name of the project.", Required = true, HelpName = "name" };
    private readonly Option<string> service = new("--service") { Description = "The name or the id of the service.", Required = true, HelpName = "name" };

    public IEnumerable<Option> Options => [account, project, service];

    /// <summary>The service, and its project's operator as the caller.</summary>
    /// <exception cref="OperatorException">There is no such project or service.</exception>
    public async Task<Result<(Caller Caller, Service Service)>> FindAsync(StoreInvocation run, CancellationToken cancellationToken)
    {
        var (accountName, projectName, named) = (run.Arguments.GetRequiredValue(account), run.Arguments.GetRequiredValue(project), run.Arguments.GetRequiredValue(service));
        if ((await IdentityCommands.AccountsOf(run.Store).ListProjectsAsync(accountName, cancellationToken)).IsRefused(out var refusal, out var projects))
        {
            return refusal;
        }

        if (projects.Find(one => one.Name == projectName) is not { } found)
        {
            throw new OperatorException($"Account {accountName} has no project {projectName}; guildhall project list --account {accountName} shows what there is.");
        }

        var services = await run.Store.ReadAsync(session => Storage.ServiceRows.ListServicesAsync(session, found.Id, cancellationToken), cancellationToken);
        if (services.Find(one => one.Id == named || one.Name == named) is not { } chosen)
        {
            throw new OperatorException($"Project {projectName} has no service {named}; it has {(services.Count == 0 ? "none" : string.Join(", ", services.Select(one => one.Name)))}.");
        }

        return (new Caller(chosen.AccountId, chosen.AccountName, found.Id, found.Name, "", "operator", Role.Admin), chosen);
    }
}

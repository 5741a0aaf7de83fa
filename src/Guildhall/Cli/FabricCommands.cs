using System.CommandLine;
using Guildhall.Api;
using Guildhall.Hosting;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Services;

namespace Guildhall.Cli;

/// <summary>What services are on their Fabric networks.</summary>
public static class FabricCommands
{
    private static readonly Setting[] Settings = [Setting.FabricKeyFile, Setting.FabricSigner];

    public static Command Create() => new(
        "fabric",
        """
        Fabric networks: attach services to theirs, so that joining and quitting become true on real channels.
        Example: guildhall fabric attach --account alice-co --project cn-north-4 --service harbor attachment.yaml --check
        """)
    {
        Attach(), Show(), Detach(),
    };

    private static Command Attach()
    {
        var place = new Place();
        var file = new Argument<string>("file") { Description = "The attachment file (YAML or JSON); its paths are from its own folder." };
        var check = new Option<bool>("--check") { Description = "Only look, and change nothing." };
        var config = new Option<FileInfo?>("--config") { Description = "The configuration file of guildhall serve, for the settings below and the limits.", HelpName = "FILE" };
        var settings = Settings.ToDictionary(setting => setting.Option, setting => new Option<string?>(setting.Option) { Description = setting.Meaning, HelpName = setting.Example });
        return StoreCommand.Create(
            "attach",
            $"""
            Attach a service to its network, in place of what it was attached to before. Everything is looked at first: certificates,
            keys, orderers, peers, channels. What is found is shown, and a failure keeps all as it was.
            Example: guildhall fabric attach --account alice-co --project cn-north-4 --service harbor attachment.yaml
            The attachment file says where things are:

            {AttachmentFile.Example}
            """,
            [.. place.Options, file, check, config, .. settings.Values],
            async (run, cancellationToken) =>
            {
                var request = AttachmentFile.Read(run.Arguments.GetRequiredValue(file));
                var networks = NetworksOf(run, run.Arguments.GetValue(config)?.FullName, name => run.Arguments.GetValue(settings[name]));
                return (await place.FindAsync(run, cancellationToken)).IsRefused(out var refusal, out var found)
                    ? refusal
                    : await AttachAsync(run, networks, found, request, run.Arguments.GetValue(check), cancellationToken);
            });
    }

    private static async Task<Refusal?> AttachAsync(
        StoreInvocation run, NetworkManagement networks, (Caller Caller, Service Service) found, AttachmentRequest request, bool onlyCheck, CancellationToken cancellationToken)
    {
        var output = run.Arguments.InvocationConfiguration.Output;
        var attached = await networks.AttachAsync(found.Caller, found.Service.Id, request, onlyCheck, run.Printer.IsJson ? null : check => output.WriteLine(Line(check)), cancellationToken);
        if (attached.IsRefused(out var refusal, out var report))
        {
            return refusal;
        }

        if (run.Printer.IsJson)
        {
            await run.Printer.ListAsync(
                ["outcome", "part", "subject", "words", "remedy"],
                report.Checks.Select(check => new[] { Word(check.Outcome), Word(check.Part), check.Subject, check.Words, check.Remedy }));
        }

        if (!report.IsGood)
        {
            return Refusal.AttachmentUnfit.Because($"{report.Failures.Length} of {report.Checks.Length} checks failed; nothing was changed");
        }

        if (!run.Printer.IsJson)
        {
            await output.WriteLineAsync(onlyCheck ? $"Service {found.Service.Name} can be attached; nothing was changed." : $"Service {found.Service.Name} is attached.");
        }

        return null;
    }

    private static Command Show()
    {
        var place = new Place();
        var profile = new Option<bool>("--profile") { Description = "Print the connection profile, as it is kept, instead." };
        return StoreCommand.Create(
            "show",
            """
            Show what a service is attached as, without its keys.
            Example: guildhall fabric show --account alice-co --project cn-north-4 --service harbor
            """,
            [.. place.Options, profile],
            async (run, cancellationToken) =>
            {
                if ((await place.FindAsync(run, cancellationToken)).IsRefused(out var refusal, out var found)
                    || (await NetworksOf(run).ShowAsync(found.Caller, found.Service.Id, cancellationToken)).IsRefused(out refusal, out var attachment))
                {
                    return refusal;
                }

                if (run.Arguments.GetValue(profile))
                {
                    await run.Arguments.InvocationConfiguration.Output.WriteLineAsync(attachment.Profile);
                    return null;
                }

                await run.Printer.ListAsync(
                    ["organization", "msp_id", "administrator", "client", "attached_at"],
                    attachment.Organizations.Select(one => new[] { one.Name, one.Msp.MspId, KeyOf(one.Administrator, "signs for itself"), KeyOf(one.Client, "as the administrator"), attachment.AttachedAt.ToWire() }));
                return null;
            });
    }

    private static Command Detach()
    {
        var place = new Place();
        return StoreCommand.Create(
            "detach",
            """
            Forget what a service is on its network, and the keys that are held for it. Nothing changes on the network.
            Example: guildhall fabric detach --account alice-co --project cn-north-4 --service harbor
            """,
            place.Options,
            async (run, cancellationToken) =>
                (await place.FindAsync(run, cancellationToken)).IsRefused(out var refusal, out var found)
                || (await NetworksOf(run).DetachAsync(found.Caller, found.Service.Id, cancellationToken)).IsRefused(out refusal)
                    ? refusal
                    : null);
    }

    /// <exception cref="OperatorException">A setting is wrong.</exception>
    private static NetworkManagement NetworksOf(StoreInvocation run, string? config = null, Func<string, string?>? option = null)
    {
        var complaints = new List<string>();
        var values = config is null ? [] : SettingsFile.Read(config, complaints);
        var reader = new SettingsReader(values, Environment.GetEnvironmentVariable, name => Settings.Any(setting => setting.Option == name) ? option?.Invoke(name) : null, complaints);
        var (settings, limits) = (option is null ? NetworkSettings.None : NetworkSettingsReader.Read(reader, complaints), reader.Limits());
        return complaints.Count == 0 ? new NetworkManagement(run.Store, TimeProvider.System, settings, limits) : throw new OperatorException(string.Join('\n', complaints));
    }

    private static string Line(AttachmentCheck check)
    {
        var mark = check.Outcome switch
        {
            CheckOutcome.Good => "✓",
            CheckOutcome.Warning => "! warning:",
            _ => "✗ failed:",
        };
        return $"{mark} {Word(check.Part)} {check.Subject}: {check.Words}{(check.Remedy.Length == 0 ? "" : $"\n    {check.Remedy}")}";
    }

    private static string Word(Enum value) => value.ToString().ToLowerInvariant();

    private static string KeyOf(HeldIdentity? identity, string otherwise) => identity switch
    {
        null => otherwise,
        { KeyName: { } name } => $"key {name} of the signing program",
        _ => "key sealed here",
    };

    /// <summary>The options that say which service.</summary>
    private sealed class Place
    {
        private readonly Option<string> account = IdentityCommands.AccountOption();
        private readonly Option<string> project = new("--project") { Description = "The name of the project.", Required = true, HelpName = "name" };
        private readonly Option<string> service = new("--service") { Description = "The name or the id of the service.", Required = true, HelpName = "name" };

        public IEnumerable<Option> Options => [account, project, service];

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
}

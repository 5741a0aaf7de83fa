using System.CommandLine;
using Guildhall.Api;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Services;

namespace Guildhall.Cli;

/// <summary>What services are on their Fabric networks.</summary>
public static class FabricCommands
{
    public static Command Create() => new(
        "fabric",
        """
        Fabric networks: attach services to theirs, so that joining and quitting become true on real channels.
        Example: guildhall fabric attach --account alice-co --project cn-north-4 --service harbor attachment.yaml --check
        """)
    {
        Attach(), Show(), Detach(), FabricAutomaticCommand.Create(), FabricPlanCommand.Create(), FabricDriftCommand.Create(),
    };

    private static Command Attach()
    {
        var place = new ServicePlace();
        var file = new Argument<string>("file") { Description = "The attachment file (YAML or JSON); its paths are from its own folder." };
        var check = new Option<bool>("--check") { Description = "Only look, and change nothing." };
        var settings = new FabricSettings();
        return StoreCommand.Create(
            "attach",
            $"""
            Attach a service to its network, in place of what it was attached to before. Everything is looked at first: certificates,
            keys, orderers, peers, channels. What is found is shown, and a failure keeps all as it was.
            Example: guildhall fabric attach --account alice-co --project cn-north-4 --service harbor attachment.yaml
            The attachment file says where things are:

            {AttachmentFile.Example}
            """,
            [.. place.Options, file, check, .. settings.Options],
            async (run, cancellationToken) =>
            {
                var request = AttachmentFile.Read(run.Arguments.GetRequiredValue(file));
                var (keys, limits) = settings.Read(run.Arguments);
                var networks = new NetworkManagement(run.Store, TimeProvider.System, keys, FabricSettings.NodesOf(run, keys), limits);
                return (await place.FindAsync(run, cancellationToken)).IsRefused(out var refusal, out var found)
                    ? refusal
                    : await AttachAsync(run, networks, found, request, run.Arguments.GetValue(check), cancellationToken);
            });
    }

    private static async Task<Refusal?> AttachAsync(
        StoreInvocation run, NetworkManagement networks, (Caller Caller, Service Service) found, AttachmentRequest request, bool onlyCheck, CancellationToken cancellationToken)
    {
        var output = run.Arguments.InvocationConfiguration.Output;
        var attached = await networks.AttachAsync(found.Caller, found.Service.Id, request, onlyCheck, run.Printer.IsJson ? null : check => output.WriteLine(Line(check)), new UnlimitedLooks(new LookLimits(), TimeProvider.System), cancellationToken);
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
        var place = new ServicePlace();
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
        var place = new ServicePlace();
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

    /// <summary>For what needs no key.</summary>
    internal static NetworkManagement NetworksOf(StoreInvocation run) => new(run.Store, TimeProvider.System, NetworkSettings.None, new Nodes(NetworkSettings.None), new Limits());

    private static string Line(AttachmentCheck check)
    {
        var mark = check.Outcome switch
        {
            CheckOutcome.Good => "✓",
            CheckOutcome.Warning => "! warning:",
            _ => "✗ failed:",
        };
        var line = PrintableText.Of($"{mark} {Word(check.Part)} {check.Subject}: {check.Words}");
        return check.Remedy.Length == 0 ? line : $"{line}\n    {PrintableText.Of(check.Remedy)}";
    }

    private static string Word(Enum value) => value.ToString().ToLowerInvariant();

    private static string KeyOf(HeldIdentity? identity, string otherwise) => identity switch
    {
        null => otherwise,
        { KeyName: { } name } => $"key {name} of the signing program",
        _ => "key sealed here",
    };
}

using System.CommandLine;
using Guildhall.Api;
using Guildhall.Api.Wire;
using Guildhall.Identity;
using Guildhall.Networks;
using Guildhall.Outbox;
using Guildhall.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Guildhall.Cli;

/// <summary>Whether attached channels are as the register has them.</summary>
internal static class FabricDriftCommand
{
    public static Command Create()
    {
        var (place, settings) = (new ServicePlace(), new FabricSettings());
        var channel = new Option<string?>("--channel") { Description = "Only this channel. Default: all of the service.", HelpName = "name" };
        return StoreCommand.Create(
            "drift",
            """
            Read an inviter's channels now, and show where they and the register differ. Neither is changed. Exit code 1 when one differs
            or cannot be read.
            Example: guildhall fabric drift --account harbor-trade --project cn-north-4 --service harbor --config /etc/guildhall/guildhall.json
            """,
            [.. place.Options, channel, .. settings.Options],
            async (run, cancellationToken) =>
            {
                var keys = settings.Read(run.Arguments).Settings;
                var nodes = FabricSettings.NodesOf(run, keys);
                if ((await place.FindAsync(run, cancellationToken)).IsRefused(out var refusal, out var found)
                    || (await new NetworkManagement(run.Store, TimeProvider.System, keys, nodes, new Services.Limits()).ShowAsync(found.Caller, found.Service.Id, cancellationToken)).IsRefused(out refusal, out _))
                {
                    return refusal;
                }

                var (signers, clock, limits) = (keys.CreateSigners(run.Store.Keys), new CallersClock(TimeProvider.System), new LookLimits());
                var truth = new ChannelTruth(
                    run.Store,
                    new ChannelSessions(run.Store, signers, nodes, new Holders(run.Store), clock),
                    new OwnNodes(run.Store, signers, nodes, clock, limits, TimeProvider.System),
                    limits,
                    TimeProvider.System,
                    NullLogger<ChannelTruth>.Instance);
                var seen = new List<WatchedChannel>();
                foreach (var name in await ListAsync(run, found.Service.Id, run.Arguments.GetValue(channel), cancellationToken))
                {
                    if (await truth.LookAsync(found.Caller.ProjectId, found.Service.Id, name, cancellationToken) is { } one)
                    {
                        seen.Add(one);
                    }
                }

                await run.Printer.TellAsync([.. seen.Select(NetworkChannel.Of)], Answers.Json.IReadOnlyListNetworkChannel, seen.SelectMany(Lines));
                var wrong = seen.Count(one => one.State != ChannelState.True);
                return wrong == 0 ? null : throw new OperatorException($"{wrong} of {seen.Count} channels differ from the register or cannot be read; nothing was changed.");
            });
    }

    private static async Task<IEnumerable<string>> ListAsync(StoreInvocation run, string serviceId, string? only, CancellationToken cancellationToken)
    {
        var names = (await run.Store.ReadAsync(session => session.ListChannelsAsync(serviceId, cancellationToken), cancellationToken)).Select(one => one.Name).ToArray();
        return only is null || names.Contains(only)
            ? names.Where(name => only is null || name == only)
            : throw new OperatorException($"The service has no channel {only}; it has {(names.Length == 0 ? "none" : string.Join(", ", names))}.");
    }

    private static IEnumerable<string> Lines(WatchedChannel seen)
    {
        yield return seen.State switch
        {
            ChannelState.True => $"✓ channel {seen.ChannelName}: is as the register has it, at sequence {seen.Sequence}.",
            ChannelState.Drifted => $"✗ channel {seen.ChannelName}: differs from the register, at sequence {seen.Sequence}.",
            _ => $"✗ channel {seen.ChannelName}: {seen.Problem}",
        };
        foreach (var finding in seen.Findings)
        {
            yield return $"  - {finding.Words}";
            yield return $"    {finding.Remedy}";
        }
    }
}

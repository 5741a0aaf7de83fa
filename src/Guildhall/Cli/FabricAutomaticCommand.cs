using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Guildhall.Api;
using Guildhall.Networks;

namespace Guildhall.Cli;

/// <summary>What the kept keys of a service sign without being asked.</summary>
internal static class FabricAutomaticCommand
{
    public static Command Create()
    {
        var place = new ServicePlace();
        var channel = new Option<string?>("--channel") { Description = "The channel for which it is said.", HelpName = "name" };
        var changes = new Option<string[]>("--changes") { Description = "Which changes of others are signed without asking.", HelpName = "join|leave", AllowMultipleArgumentsPerToken = true };
        changes.AcceptOnlyFromAmong("join", "leave");
        var until = new Option<DateTimeOffset?>("--until") { Description = "When it ends by itself, within a year. Default: not before it is taken back.", HelpName = "time" };
        var perDay = new Option<int>("--per-day") { Description = $"The most signatures of a day, 1 to {AutomaticChannel.MaxPerDay}.", DefaultValueFactory = _ => AutomaticChannel.UsualPerDay, HelpName = "number" };
        var none = new Option<bool>("--none") { Description = "Ask about everything." };
        return StoreCommand.Create(
            "automatic",
            """
            Say for which changes of others the kept keys of a service sign without being asked: for one channel, or with --none for no channel
            at all. Without either, show it.
            Example: guildhall fabric automatic --account harbor-trade --project cn-north-4 --service harbor --channel trade --changes join leave
            """,
            [.. place.Options, channel, changes, until, perDay, none],
            async (run, cancellationToken) =>
            {
                var networks = FabricCommands.NetworksOf(run);
                if ((await place.FindAsync(run, cancellationToken)).IsRefused(out var refusal, out var found)
                    || (await networks.ShowAsync(found.Caller, found.Service.Id, cancellationToken)).IsRefused(out refusal, out _))
                {
                    return refusal;
                }

                var said = (await networks.ShowSigningAsync(found.Caller, found.Service.Id, cancellationToken)).Automatic;
                if (Wanted(run.Arguments.GetValue(channel), run.Arguments.GetValue(changes) ?? [], run.Arguments.GetValue(until), run.Arguments.GetValue(perDay), run.Arguments.GetValue(none), said.Channels) is { } wanted)
                {
                    if ((await networks.SetAutomaticAsync(found.Caller, found.Service.Id, wanted, cancellationToken)).IsRefused(out refusal))
                    {
                        return refusal;
                    }

                    said = said with { Channels = wanted };
                }

                await run.Printer.ListAsync(
                    ["channel", "changes", "until", "per_day"],
                    said.Channels.Select(one => new[]
                    {
                        one.ChannelName,
                        string.Join(", ", (string[])[.. one.Joins ? (string[])["join"] : [], .. one.Leaves ? (string[])["leave"] : []]),
                        one.Until?.ToWire() ?? "",
                        one.PerDay.ToString(CultureInfo.InvariantCulture),
                    }));
                return null;
            });
    }

    /// <summary>Null where nothing is to be said.</summary>
    private static ImmutableArray<AutomaticChannel>? Wanted(
        string? channel, string[] changes, DateTimeOffset? until, int perDay, bool none, ImmutableArray<AutomaticChannel> others)
    {
        if (none)
        {
            return [];
        }

        if (channel is null)
        {
            return changes.Length == 0 ? null : throw new OperatorException("For which channel? Give --channel.");
        }

        if (changes.Length == 0 || perDay is < 1 or > AutomaticChannel.MaxPerDay)
        {
            throw new OperatorException($"Give --changes join, leave or both, and --per-day from 1 to {AutomaticChannel.MaxPerDay}.");
        }

        return [.. others.Where(one => one.ChannelName != channel), new AutomaticChannel(channel, changes.Contains("join"), changes.Contains("leave"), until, perDay)];
    }
}

using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Guildhall.Networks;
using Guildhall.Storage;

namespace Guildhall.Outbox;

/// <summary>How often each attached channel is held against the register; null for never.</summary>
public sealed record WatchSettings(TimeSpan? Interval)
{
    public static readonly WatchSettings Never = new(Interval: null);
}

/// <summary>Holds attached channels against the register, each in its turn. Any number of replicas share the turns.</summary>
internal sealed partial class Watcher : BackgroundService
{
    /// <summary>Channels that one replica looks at, at once.</summary>
    private const int AtOnce = 16;

    /// <summary>And of one project, so that the nodes of one that hang delay its own channels only.</summary>
    private const int AtOncePerProject = 2;

    /// <summary>Channels that are found due at once: many more than there are places, as most may be of one project.</summary>
    private const int ChannelsPerList = 500;

    private static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(1);

    private readonly Store store;
    private readonly ChannelTruth truth;
    private readonly WatchSettings settings;
    private readonly TimeProvider clock;
    private readonly ILogger<Watcher> log;
    private IReadOnlyList<(ChannelState State, long Count)> counted = [];

    public Watcher(Store store, ChannelTruth truth, WatchSettings settings, TimeProvider clock, ILogger<Watcher> log)
    {
        (this.store, this.truth, this.settings, this.clock, this.log) = (store, truth, settings, clock, log);
        _ = Meter.CreateObservableGauge(
            "guildhall.channels",
            () => Enum.GetValues<ChannelState>().Select(state => new Measurement<long>(
                counted.Where(one => one.State == state).Sum(one => one.Count), new KeyValuePair<string, object?>("state", state.ToString().ToLowerInvariant()))),
            unit: "{channel}",
            description: "Attached channels of the whole store, by what came of holding them against the register.");
    }

    /// <summary>Counts the channels by state, as of this replica's newest look.</summary>
    internal Meter Meter { get; } = new(Telemetry.Name);

    /// <summary>Looks at every channel whose turn it is. Tests call it too, after moving the clock.</summary>
    public async Task RunDueAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var looking = new List<(string ProjectId, Task Task)>();
        while (await store.ReadAsync(session => session.ListToWatchAsync(now, LatestAfter(now), ChannelsPerList, cancellationToken), cancellationToken) is { Count: > 0 } due)
        {
            var begun = await BeginAsync(due, looking, now, cancellationToken);
            if (looking.Count == AtOnce || begun == 0)
            {
                _ = await Task.WhenAny(looking.Select(one => one.Task));
            }

            _ = looking.RemoveAll(one => one.Task.IsCompleted);
        }

        await Task.WhenAll(looking.Select(one => one.Task));
        counted = await store.ReadAsync(session => session.CountWatchedAsync(cancellationToken), cancellationToken);
    }

    /// <summary>Begins to look at what is due, as far as there are places, each project's in its turn.</summary>
    /// <returns>How many of them there is no need to list again.</returns>
    private async Task<int> BeginAsync(
        List<ChannelToWatch> due, List<(string ProjectId, Task Task)> looking, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var settled = 0;
        foreach (var channel in due)
        {
            if (looking.Count == AtOnce)
            {
                break;
            }

            if (looking.Count(one => one.ProjectId == channel.ProjectId) == AtOncePerProject)
            {
                continue;
            }

            settled++;
            if (await ClaimAsync(channel, now, cancellationToken))
            {
                looking.Add((channel.ProjectId, LookAsync(channel, cancellationToken)));
            }
        }

        return settled;
    }

    /// <summary>One look that breaks does not hold up the others.</summary>
    private async Task LookAsync(ChannelToWatch channel, CancellationToken cancellationToken)
    {
        try
        {
            _ = await truth.LookAsync(channel.ProjectId, channel.ServiceId, channel.Name, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            LookBroke(channel.Name, channel.ServiceId, exception);
        }
    }

    public override void Dispose()
    {
        Meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (settings.Interval is not { } interval)
        {
            return;
        }

        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunDueAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                RoundFailed(exception);
            }

            await Task.Delay(Jittered(TimeSpan.FromTicks(Math.Min(interval.Ticks / 10, LongestSleep.Ticks))), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> ClaimAsync(ChannelToWatch channel, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var next = now + Jittered(settings.Interval ?? LongestSleep);
        var claimed = await store.WriteSharedAsync<bool>(
            [channel.AccountId], async transaction => await transaction.ClaimWatchAsync(channel, now, next, LatestAfter(now), cancellationToken), cancellationToken);
        return !claimed.IsRefused(out _, out var isOurs) && isOurs;
    }

    /// <summary>No look is put off for longer: what is due later was put off by a clock that has been set back since.</summary>
    private DateTimeOffset LatestAfter(DateTimeOffset now) => now + (2 * (settings.Interval ?? LongestSleep));

    /// <summary>A tenth more or less, so that replicas and channels do not fall into step.</summary>
    private static TimeSpan Jittered(TimeSpan time) => time * (RandomNumberGenerator.GetInt32(900, 1100) / 1000.0);

    [LoggerMessage(Level = LogLevel.Error, Message = "The look at channel {Channel} of service {Service} broke; it is made up for by the next.")]
    private partial void LookBroke(string channel, string service, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "The look at the channels failed; it goes on.")]
    private partial void RoundFailed(Exception exception);
}

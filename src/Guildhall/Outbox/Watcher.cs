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
    /// <summary>Channels that one replica takes before it looks again which are due.</summary>
    private const int ChannelsPerRound = 10;

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
        Meter.CreateObservableGauge(
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
        var due = await store.ReadAsync(session => session.ListToWatchAsync(now, ChannelsPerRound, cancellationToken), cancellationToken);
        while (due.Count > 0)
        {
            foreach (var (projectId, serviceId, channelName) in due)
            {
                if (await ClaimAsync(serviceId, channelName, now, cancellationToken))
                {
                    await truth.LookAsync(projectId, serviceId, channelName, cancellationToken);
                }
            }

            due = await store.ReadAsync(session => session.ListToWatchAsync(now, ChannelsPerRound, cancellationToken), cancellationToken);
        }

        counted = await store.ReadAsync(session => session.CountWatchedAsync(cancellationToken), cancellationToken);
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

    private async Task<bool> ClaimAsync(string serviceId, string channelName, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var next = now + Jittered(settings.Interval ?? LongestSleep);
        var claimed = await store.WriteAsync<bool>(async transaction => await transaction.ClaimWatchAsync(serviceId, channelName, now, next, cancellationToken), cancellationToken);
        return !claimed.IsRefused(out _, out var isOurs) && isOurs;
    }

    /// <summary>A tenth more or less, so that replicas and channels do not fall into step.</summary>
    private static TimeSpan Jittered(TimeSpan time) => time * (RandomNumberGenerator.GetInt32(900, 1100) / 1000.0);

    [LoggerMessage(Level = LogLevel.Error, Message = "The look at the channels failed; it goes on.")]
    private partial void RoundFailed(Exception exception);
}

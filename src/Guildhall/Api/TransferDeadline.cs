using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Guildhall.Api;

/// <summary>
/// Holds a caller to the least rate, by the time that is spent waiting for it: the grace, and what the bytes take at that rate.
/// Time in which nobody waits does not count.
/// </summary>
/// <param name="cut">Ends the transfer; called on another thread, and while it is waited for only.</param>
internal sealed class TransferDeadline(MinDataRate rate, TimeProvider clock, Action cut) : IDisposable
{
    private readonly Lock gate = new();
    private ITimer? timer;
    private TimeSpan waited;
    private TimeSpan allowed;
    private long began;
    private bool isWaiting;

    /// <summary>Bytes that the caller has sent or was given to read.</summary>
    public long Bytes { get; set; }

    /// <summary>From now on the caller is waited for.</summary>
    /// <param name="piece">The bytes of the piece that it is waited for: at the least, each piece keeps the rate by itself. Null for all that are left.</param>
    public void Begin(long? piece = null)
    {
        lock (gate)
        {
            began = clock.GetTimestamp();
            isWaiting = true;
            var left = TimeFor(Bytes) - waited;
            allowed = piece is { } bytes && TimeFor(bytes) < left ? TimeFor(bytes) : left;
            timer ??= clock.CreateTimer(static deadline => ((TransferDeadline)deadline!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            Set(allowed);
        }
    }

    /// <summary>The caller has done what it was waited for.</summary>
    public void End()
    {
        lock (gate)
        {
            isWaiting = false;
            waited += clock.GetElapsedTime(began);
            timer!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            isWaiting = false;
            timer?.Dispose();
        }
    }

    private TimeSpan TimeFor(long bytes) => rate.GracePeriod + TimeSpan.FromSeconds(bytes / rate.BytesPerSecond);

    private void Set(TimeSpan after) => timer!.Change(after > TimeSpan.FromMilliseconds(1) ? after : TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);

    private void Look()
    {
        lock (gate)
        {
            if (!isWaiting)
            {
                return;
            }

            // It may be early by a little, or have been set for an earlier wait.
            if (allowed - clock.GetElapsedTime(began) is var left && left > TimeSpan.Zero)
            {
                Set(left);
                return;
            }

            isWaiting = false;
        }

        cut();
    }
}

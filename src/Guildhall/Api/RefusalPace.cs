namespace Guildhall.Api;

/// <summary>Answers a few refusals at once, and a flood of them one after the other. Safe for concurrent use.</summary>
/// <remarks>
/// To refuse costs a good part of what an answer costs. Callers that ask again at once, whatever Retry-After says, would otherwise keep the
/// processors busy with refusals. What waits is small, and no more than the open connections have requests.
/// </remarks>
internal sealed class RefusalPace(TimeProvider clock)
{
    /// <summary>Between two refusals: a thousand per second and processor take some hundredths of its time.</summary>
    public static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(1.0 / Environment.ProcessorCount);

    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan TooShort = TimeSpan.FromMilliseconds(1);

    private long lastTurn;

    /// <summary>Waits for the refusal's turn.</summary>
    public Task WaitAsync(CancellationToken cancellationToken)
    {
        var wait = NextWait();
        return wait < TooShort ? Task.CompletedTask : Task.Delay(wait, clock, cancellationToken);
    }

    /// <summary>Takes the next turn, and says how long it is until it comes.</summary>
    public TimeSpan NextWait()
    {
        var now = clock.GetUtcNow().Ticks;
        while (true)
        {
            var last = Volatile.Read(ref lastTurn);
            var turn = Math.Min(Math.Max(last + Apart.Ticks, now), now + MaxWait.Ticks);
            if (Interlocked.CompareExchange(ref lastTurn, turn, last) == last)
            {
                return TimeSpan.FromTicks(turn - now);
            }
        }
    }
}

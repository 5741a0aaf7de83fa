namespace Guildhall.Memberships;

/// <summary>Lets so many of something pass per key and interval, and a burst of them after a rest. Safe for concurrent use.</summary>
/// <remarks>
/// Kept per key is one moment: when all that it has taken is paid for, one by one in an interval each. It may run ahead of the clock by a
/// burst. A key that owes nothing need not be remembered, so that memory is bounded by who was here a moment ago.
/// </remarks>
/// <param name="interval">In which one is paid for.</param>
/// <param name="burst">How many may pass at once.</param>
public sealed class RateLimiter(TimeSpan interval, int burst)
{
    private const int FewRemembered = 1024;

    private readonly TimeSpan ahead = interval * burst;
    private readonly Lock guard = new();
    private readonly Dictionary<string, DateTimeOffset> paidUntil = [];
    private int tidyAt = FewRemembered;

    /// <summary>Keys that are remembered.</summary>
    public int Remembered => paidUntil.Count;

    /// <summary>Takes so many at once; more than a burst count as a burst, so that they pass after a rest.</summary>
    /// <returns>Zero when they may pass; else how long until they may, and nothing is taken.</returns>
    public TimeSpan Take(string key, DateTimeOffset now, int count = 1)
    {
        var price = interval * Math.Min(count, burst);
        lock (guard)
        {
            // Nobody owes more than a burst, also when the clock was set back.
            var paid = paidUntil.GetValueOrDefault(key);
            paid = paid < now ? now : paid < now + ahead ? paid : now + ahead;
            var wait = paid + price - ahead - now;
            if (wait > TimeSpan.Zero)
            {
                return wait;
            }

            paidUntil[key] = paid + price;
            TidyUp(now);
            return TimeSpan.Zero;
        }
    }

    private void TidyUp(DateTimeOffset now)
    {
        if (paidUntil.Count < tidyAt)
        {
            return;
        }

        foreach (var (key, paid) in paidUntil)
        {
            if (paid <= now)
            {
                paidUntil.Remove(key);
            }
        }

        tidyAt = Math.Max(FewRemembered, 2 * paidUntil.Count);
    }
}

using Guildhall.Hosting;

namespace Guildhall.Api;

/// <summary>How many requests per second an account may send, where the operator limits them. Safe for concurrent use.</summary>
/// <remarks>
/// Kept per account is one moment: when all that it has sent is paid for, one request per interval. It may run ahead of the clock by a
/// burst. An account that owes nothing need not be remembered, so that memory is bounded by who was here a moment ago.
/// </remarks>
internal sealed class AccountRates(LoadLimits limits, TimeProvider clock)
{
    private const int FewRemembered = 1024;

    private readonly Lock guard = new();
    private readonly Dictionary<string, DateTimeOffset> paidUntil = [];
    private int tidyAt = FewRemembered;

    /// <summary>Accounts that are remembered.</summary>
    public int Remembered => paidUntil.Count;

    public int PerSecond => limits.RequestsPerSecond;

    /// <summary>Counts a request.</summary>
    /// <returns>Zero when it may pass; else how long until one may, and it is not counted.</returns>
    public TimeSpan Take(string accountId)
    {
        if (limits.RequestsPerSecond == 0)
        {
            return TimeSpan.Zero;
        }

        var interval = TimeSpan.FromSeconds(1) / limits.RequestsPerSecond;
        var burst = interval * Math.Max(1, limits.RequestBurst ?? limits.RequestsPerSecond);
        var now = clock.GetUtcNow();
        lock (guard)
        {
            // Nobody owes more than a burst, also when the clock was set back.
            var paid = paidUntil.GetValueOrDefault(accountId);
            paid = paid < now ? now : paid < now + burst ? paid : now + burst;
            var wait = paid + interval - burst - now;
            if (wait > TimeSpan.Zero)
            {
                return wait;
            }

            paidUntil[accountId] = paid + interval;
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

        foreach (var (account, paid) in paidUntil)
        {
            if (paid <= now)
            {
                paidUntil.Remove(account);
            }
        }

        tidyAt = Math.Max(FewRemembered, 2 * paidUntil.Count);
    }
}

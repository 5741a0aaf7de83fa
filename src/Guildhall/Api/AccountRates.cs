using Guildhall.Hosting;
using Guildhall.Memberships;

namespace Guildhall.Api;

/// <summary>How many requests per second an account may send, where the operator limits them. Safe for concurrent use.</summary>
internal sealed class AccountRates(LoadLimits limits, TimeProvider clock)
{
    private readonly RateLimiter? limiter = limits.RequestsPerSecond == 0
        ? null
        : new RateLimiter(TimeSpan.FromSeconds(1) / limits.RequestsPerSecond, Math.Max(1, limits.RequestBurst ?? limits.RequestsPerSecond));

    /// <summary>Accounts that are remembered.</summary>
    public int Remembered => limiter?.Remembered ?? 0;

    public int PerSecond => limits.RequestsPerSecond;

    /// <summary>Counts a request.</summary>
    /// <returns>Zero when it may pass; else how long until one may, and it is not counted.</returns>
    public TimeSpan Take(string accountId) => limiter?.Take(accountId, clock.GetUtcNow()) ?? TimeSpan.Zero;
}

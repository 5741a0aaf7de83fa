using Guildhall.Memberships;

namespace Guildhall.Identity;

/// <summary>How many rows the writes of an account may add, whichever of its users and projects sends them. Safe for concurrent use.</summary>
/// <remarks>It counts in each process by itself, so that a write costs nothing more.</remarks>
public sealed class WriteBudget(Quotas quotas, TimeProvider clock)
{
    private readonly RateLimiter? limiter = quotas.WritesPerHour == 0 ? null : new RateLimiter(TimeSpan.FromHours(1) / quotas.WritesPerHour, quotas.WriteBurst);

    /// <summary>Idempotency keys of an account that are remembered; 0 for as many as it uses.</summary>
    public int IdempotencyKeys => quotas.IdempotencyKeys;

    /// <summary>Takes what a write adds, or says why it may not be made now.</summary>
    public Refusal? WhyNot(string accountId, string accountName, int rows)
    {
        if (limiter is null || limiter.Take(accountId, clock.GetUtcNow(), rows) is not { Ticks: > 0 } wait)
        {
            return null;
        }

        var seconds = Math.Ceiling(wait.TotalSeconds);
        var refusal = Refusal.TooManyWrites.Because($"account {accountName} may add {quotas.WritesPerHour} records per hour and has added more; try again in {seconds} s");
        return refusal with { RetryAfter = wait };
    }
}

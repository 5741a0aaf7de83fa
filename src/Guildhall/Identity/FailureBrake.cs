using Guildhall.Memberships;

namespace Guildhall.Identity;

/// <summary>Slows whoever guesses passwords, per name and address together. Safe for concurrent use.</summary>
/// <remarks>
/// Some failures are free; each further one doubles the wait, from one second to five minutes, in which even the right password is turned
/// down. What a name's failures bring about follows from how it is spelled, never from whether there is such a user. An address from which a
/// user has signed in is held by that user's failures from there alone. Counts live in this process's memory. docs/decisions/sign-in.md says why.
/// </remarks>
public sealed class FailureBrake(TimeProvider clock)
{
    /// <summary>Failures at one name from one address before the first wait.</summary>
    public const int FreePerName = 5;

    /// <summary>Failures from one address before the first wait; many people may share one.</summary>
    public const int FreePerAddress = 50;

    /// <summary>Failures from the IPv6 addresses of one customer before the first wait.</summary>
    public const int FreePerSite = 200;

    /// <summary>Counts that are kept each by itself, of names and addresses: some 25 MB when all are.</summary>
    public const int MaxRemembered = 128 * 1024;

    public static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(5);

    private const int DoublingsOfShared = 3;

    // What is counted of an address beside the names.
    private const ulong AllOfIt = 0;
    private const ulong OfAnybody = 1;
    private const ulong MostOfOneName = 2;

    private readonly Lock guard = new();
    private readonly FailureCounts counts = new(MaxRemembered);
    private readonly ScatteredFailures scattered = new();
    private readonly ProvenAddresses proven = new();
    private DateTimeOffset steady = clock.GetUtcNow();
    private DateTimeOffset lastLook = clock.GetUtcNow();

    /// <summary>The refusal to answer with while an attempt has to wait; null otherwise.</summary>
    internal Refusal? Holds(LoginAttempt attempt)
    {
        lock (guard)
        {
            var now = Now();
            return WhyHeld(attempt, now);
        }
    }

    /// <summary>Counts a wrong password or signature. What others have failed meanwhile may hold it: that is told instead, and it is not counted.</summary>
    internal Refusal? Failed(LoginAttempt attempt)
    {
        lock (guard)
        {
            var now = Now();
            if (WhyHeld(attempt, now) is { } held)
            {
                return held;
            }

            Count(attempt, now);
            return null;
        }
    }

    /// <summary>Clears the name's failures from there, and remembers the address as its user's. The address keeps its own: one good account must not open the way to others.</summary>
    /// <returns>A refusal when it was held meanwhile: a right guess is told no more than a wrong one.</returns>
    internal Refusal? Succeeded(LoginAttempt attempt, string userId)
    {
        lock (guard)
        {
            var now = Now();
            if (WhyHeld(attempt, now) is { } held)
            {
                return held;
            }

            counts.Clear(attempt.From, attempt.Name.Key);
            counts.Clear(attempt.From, AttemptedName.KeyOfUser(userId));
            proven.Add(userId, attempt.From, now);
            return null;
        }
    }

    /// <summary>Remembers the address as the user's: its token has come from there.</summary>
    internal void Proved(string userId, NetworkPrefix from)
    {
        lock (guard)
        {
            proven.Add(userId, from, Now());
        }
    }

    /// <summary>Whether the user has signed in from there.</summary>
    internal bool IsProven(LoginAttempt attempt)
    {
        lock (guard)
        {
            return IsProven(attempt, Now());
        }
    }

    /// <summary>A time that goes on where the clock is set back: nobody is held for longer than <see cref="MaxWait"/>.</summary>
    private DateTimeOffset Now()
    {
        var now = clock.GetUtcNow();
        steady += now > lastLook ? now - lastLook : TimeSpan.Zero;
        lastLook = now;
        return steady;
    }

    private bool IsProven(LoginAttempt attempt, DateTimeOffset now) => attempt.UserId is { } user && proven.Has(user, attempt.From, now);

    private Refusal? WhyHeld(LoginAttempt attempt, DateTimeOffset now)
    {
        var until = IsProven(attempt, now) ? HeldUntil(attempt.From, AttemptedName.KeyOfUser(attempt.UserId!), FreePerName, now) : StrangerHeldUntil(attempt, now);
        if (until <= now)
        {
            return null;
        }

        var wait = TimeSpan.FromSeconds(Math.Ceiling((until - now).TotalSeconds));
        return Refusal.TooManyFailures.Because($"too many failed attempts; try again in {wait.TotalSeconds} s") with { RetryAfter = wait };
    }

    private DateTimeOffset StrangerHeldUntil(LoginAttempt attempt, DateTimeOffset now)
    {
        var (name, from) = (attempt.Name, attempt.From);
        DateTimeOffset[] all =
        [
            HeldUntil(CountOf(name, from, now), FreePerName),
            HeldUntil(from, AllOfIt, FreePerAddress, now),
            from.Site == from ? default : HeldUntil(from.Site, AllOfIt, FreePerSite, now),
            name.Kind == AttemptedKind.AccessKey ? default : scattered.HeldUntil(name.Key, now),
        ];
        return all.Max();
    }

    /// <remarks>
    /// An id and a name may be of the same user, and only who knows the users can say so. So that the count does not say it, what may be anybody
    /// counts for every name from there, and the name with the most failures counts for what may be anybody.
    /// </remarks>
    private FailureCounts.Count CountOf(AttemptedName name, NetworkPrefix from, DateTimeOffset now) => name.Kind switch
    {
        AttemptedKind.Named => counts.Find(from, name.Key, now).Plus(counts.Find(from, OfAnybody, now)),
        AttemptedKind.MayBeAnybody => counts.Find(from, MostOfOneName, now).Plus(counts.Find(from, OfAnybody, now)),
        AttemptedKind.AccessKey => counts.Find(from, name.Key, now),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name.Kind, null),
    };

    private void Count(LoginAttempt attempt, DateTimeOffset now)
    {
        var (name, from) = (attempt.Name, attempt.From);
        counts.Add(from, AllOfIt, now);
        if (from.Site != from)
        {
            counts.Add(from.Site, AllOfIt, now);
        }

        if (IsProven(attempt, now))
        {
            counts.Add(from, AttemptedName.KeyOfUser(attempt.UserId!), now);
            return;
        }

        counts.Add(from, name.Kind == AttemptedKind.MayBeAnybody ? OfAnybody : name.Key, now);
        if (name.Kind == AttemptedKind.Named)
        {
            counts.Raise(from, MostOfOneName, counts.Find(from, name.Key, now).Failures, now);
        }

        if (name.Kind != AttemptedKind.AccessKey)
        {
            scattered.Add(name.Key, now);
        }
    }

    private DateTimeOffset HeldUntil(NetworkPrefix from, ulong name, int free, DateTimeOffset now) => HeldUntil(counts.Find(from, name, now), free);

    private static DateTimeOffset HeldUntil(FailureCounts.Count count, int free)
    {
        var doublings = count.Failures - free;
        if (doublings < 0)
        {
            return default;
        }

        var wait = TimeSpan.FromSeconds(1 << Math.Min(doublings, count.IsShared ? DoublingsOfShared : 9));
        return count.LastAt + (wait < MaxWait ? wait : MaxWait);
    }
}

using Guildhall.Memberships;

namespace Guildhall.Networks;

/// <summary>How many signing programs run: of one account, and of all. Who comes to more is told so at once, and comes again. Safe for concurrent use.</summary>
/// <remarks>A program may take half a minute. Nobody waits for a turn, so that one account's slow program holds up nothing but its own signatures.</remarks>
public sealed class ProgramQuota(TimeProvider clock)
{
    /// <summary>Programs that run at once.</summary>
    public const int MostAtOnce = 16;

    /// <summary>And of one account.</summary>
    public const int MostOfOne = 4;

    /// <summary>Programs of one account that are started in a minute.</summary>
    public const int StartsPerMinute = 120;

    private readonly RateLimiter starts = new(TimeSpan.FromMinutes(1) / StartsPerMinute, StartsPerMinute);
    private readonly Lock guard = new();
    private readonly Dictionary<string, int> running = new(StringComparer.Ordinal);
    private int all;

    /// <summary>Programs that run.</summary>
    public int Running => all;

    /// <summary>Has room for a program of the account until what it answers is disposed; or says why there is none.</summary>
    public IDisposable Enter(string account, out string? whyNot)
    {
        lock (guard)
        {
            var own = running.GetValueOrDefault(account);
            whyNot = own >= MostOfOne ? $"is not started: {own} of this account run already"
                : all >= MostAtOnce ? $"is not started: {all} run already"
                : starts.Take(account, clock.GetUtcNow()) > TimeSpan.Zero ? $"is not started: it was started {StartsPerMinute} times for this account within a minute"
                : null;
            if (whyNot is not null)
            {
                return new Room(null, account);
            }

            running[account] = own + 1;
            all++;
            return new Room(this, account);
        }
    }

    private void Leave(string account)
    {
        lock (guard)
        {
            all--;
            if (--running[account] == 0)
            {
                running.Remove(account);
            }
        }
    }

    private sealed class Room(ProgramQuota? quota, string account) : IDisposable
    {
        private ProgramQuota? held = quota;

        public void Dispose() => Interlocked.Exchange(ref held, null)?.Leave(account);
    }
}

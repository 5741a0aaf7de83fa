using Guildhall.Memberships;

namespace Guildhall.Networks;

/// <summary>So many looks at once and per minute, and of these no account takes what is the others'. Safe for concurrent use.</summary>
/// <remarks>
/// Kept per account is the number of its looks and one moment: when all that it has looked at is paid for. An account that owes nothing need not
/// be remembered, so that memory is bounded by who was here a moment ago.
/// </remarks>
public sealed class LimitedLooks(LookLimits limits, TimeProvider clock) : ILooks
{
    private const int FewRemembered = 1024;

    private readonly Lock guard = new();
    private readonly Dictionary<string, Spent> accounts = new(StringComparer.Ordinal);
    private int running;
    private int tidyAt = FewRemembered;

    /// <summary>Looks that are under way.</summary>
    public int Running
    {
        get
        {
            lock (guard)
            {
                return running;
            }
        }
    }

    public Result<NodeLook> Begin(string accountName, int nodes, CancellationToken cancellationToken)
    {
        lock (guard)
        {
            if (WhyNot(accountName, nodes, clock.GetUtcNow()) is { } refusal)
            {
                return refusal;
            }
        }

        return new NodeLook(limits, clock, () => End(accountName), cancellationToken);
    }

    private Refusal? WhyNot(string accountName, int nodes, DateTimeOffset now)
    {
        var spent = accounts.GetValueOrDefault(accountName);
        if (spent.Running >= limits.AtOncePerAccount)
        {
            return Refusal.TooManyLooks.Because($"{spent.Running} of account {accountName} are under way") with { RetryAfter = limits.ChannelDeadline };
        }

        var paid = spent.PaidUntil;
        if (limits.PerMinute > 0)
        {
            var interval = TimeSpan.FromMinutes(1) / limits.PerMinute;
            var (burst, price) = (TimeSpan.FromMinutes(1), interval * (1 + ((nodes - 1) / LookLimits.NodesPerLook)));
            paid = paid < now ? now : paid < now + burst ? paid : now + burst; // nobody owes more than a burst, also when the clock was set back
            price = price < burst ? price : burst;
            if (paid + price - burst - now is var wait && wait > TimeSpan.Zero)
            {
                var why = $"account {accountName} may have {limits.PerMinute} per minute, of {LookLimits.NodesPerLook} nodes each; try again in {Math.Ceiling(wait.TotalSeconds)} s";
                return Refusal.TooManyLooks.Because(why) with { RetryAfter = wait };
            }

            paid += price;
        }

        if (running == limits.AtOnce)
        {
            return Refusal.Busy.Because($"{running} looks at networks are under way") with { RetryAfter = limits.ChannelDeadline };
        }

        running++;
        accounts[accountName] = new Spent(spent.Running + 1, paid);
        TidyUp(now);
        return null;
    }

    private void End(string accountName)
    {
        lock (guard)
        {
            running--;
            accounts[accountName] = accounts[accountName] with { Running = accounts[accountName].Running - 1 };
        }
    }

    private void TidyUp(DateTimeOffset now)
    {
        if (accounts.Count < tidyAt)
        {
            return;
        }

        foreach (var (account, spent) in accounts)
        {
            if (spent.Running == 0 && spent.PaidUntil <= now)
            {
                accounts.Remove(account);
            }
        }

        tidyAt = Math.Max(FewRemembered, 2 * accounts.Count);
    }

    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
    private readonly record struct Spent(int Running, DateTimeOffset PaidUntil);
}

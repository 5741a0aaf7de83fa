namespace Guildhall.Console;

/// <summary>How many pages are told of changes at once: of one user, of one account, and of all. Safe for concurrent use.</summary>
internal sealed class EventStreams
{
    public const int Most = 256;

    /// <summary>Of one account: a quarter, so that others always find some.</summary>
    public const int MostOfAccount = Most / 4;

    /// <summary>Of one user: more than a browser opens to one server.</summary>
    public const int MostOfUser = 16;

    private readonly Lock guard = new();
    private readonly Dictionary<(string AccountId, string UserId), int> open = [];
    private int all;

    /// <summary>Streams that are open.</summary>
    public int Count => all;

    /// <summary>A stream, until it is disposed; null where there are too many.</summary>
    public IDisposable? Open(string accountId, string userId)
    {
        var (account, user) = ((accountId, ""), (accountId, userId));
        lock (guard)
        {
            if (all >= Most || open.GetValueOrDefault(account) >= MostOfAccount || open.GetValueOrDefault(user) >= MostOfUser)
            {
                return null;
            }

            Add(account, 1);
            Add(user, 1);
            all++;
            return new Stream(this, account, user);
        }
    }

    private void Close((string AccountId, string UserId) account, (string AccountId, string UserId) user)
    {
        lock (guard)
        {
            Add(account, -1);
            Add(user, -1);
            all--;
        }
    }

    private void Add((string AccountId, string UserId) whose, int change)
    {
        if ((open[whose] = open.GetValueOrDefault(whose) + change) == 0)
        {
            open.Remove(whose);
        }
    }

    private sealed class Stream(EventStreams streams, (string AccountId, string UserId) account, (string AccountId, string UserId) user) : IDisposable
    {
        private EventStreams? held = streams;

        public void Dispose() => Interlocked.Exchange(ref held, null)?.Close(account, user);
    }
}

using System.Collections.Concurrent;
using Guildhall.Hosting;

namespace Guildhall.Api;

/// <summary>Bounds what is worked on at once; what goes beyond is turned down, so that what is let in stays fast. Safe for concurrent use.</summary>
/// <remarks>
/// A request that waits for the store holds a place meanwhile. One that needs a processor only is done in one go and never seen to hold
/// many places: a crowd of those waits for threads, before any code of ours. So the places are counted, and the queue for threads too.
/// </remarks>
/// <param name="waitingForThreads">How much waits for a thread.</param>
internal sealed class Gate(LoadLimits limits, Func<long> waitingForThreads)
{
    /// <summary>The most bytes that are held of what is sent: bodies as far as they have come, and long headers, until the request has ended.</summary>
    public const int MaxArriving = 64 * 1024 * 1024;

    /// <summary>What a request may hold of what is sent, and still be a small one.</summary>
    public const int Small = 16 * 1024;

    /// <summary>The bytes beyond <see cref="MaxArriving"/> that only small requests may hold: nobody's large ones keep others from calling.</summary>
    private const int LeftForSmall = MaxArriving / 4;

    private readonly ConcurrentDictionary<string, int> placesByAccount = new();
    private int taken;
    private long arriving;

    /// <summary>The most places of one account: three of four, so that the others always find some.</summary>
    public int PlacesPerAccount => Math.Max(1, limits.RequestsAtWork * 3 / 4);

    /// <summary>Places that are taken.</summary>
    public int Taken => Volatile.Read(ref taken);

    /// <summary>Places of the account.</summary>
    public int TakenBy(string accountId) => placesByAccount.GetValueOrDefault(accountId);

    /// <summary>Bytes that are held of what is sent.</summary>
    public long Arriving => Interlocked.Read(ref arriving);

    public bool TryTake()
    {
        if (waitingForThreads() > limits.RequestsAtWork)
        {
            return false;
        }

        if (Interlocked.Increment(ref taken) <= limits.RequestsAtWork)
        {
            return true;
        }

        Return();
        return false;
    }

    public void Return() => Interlocked.Decrement(ref taken);

    /// <summary>Counts a place that is taken as the account's, unless it has as many as it may have.</summary>
    public bool TryCount(string accountId)
    {
        while (true)
        {
            var places = placesByAccount.GetValueOrDefault(accountId);
            if (places >= PlacesPerAccount)
            {
                return false;
            }

            if (places == 0 ? placesByAccount.TryAdd(accountId, 1) : placesByAccount.TryUpdate(accountId, places + 1, places))
            {
                return true;
            }
        }
    }

    public void Uncount(string accountId)
    {
        while (true)
        {
            var places = placesByAccount[accountId];
            if (places == 1 ? placesByAccount.TryRemove(new(accountId, 1)) : placesByAccount.TryUpdate(accountId, places - 1, places))
            {
                return;
            }
        }
    }

    /// <summary>Sets memory aside for what is sent.</summary>
    /// <param name="isSmall">For a small request there is some left when the large ones have all theirs.</param>
    public bool TryReserve(long bytes, bool isSmall = false)
    {
        if (Interlocked.Add(ref arriving, bytes) <= (isSmall ? MaxArriving + LeftForSmall : MaxArriving))
        {
            return true;
        }

        Release(bytes);
        return false;
    }

    public void Release(long bytes) => Interlocked.Add(ref arriving, -bytes);
}

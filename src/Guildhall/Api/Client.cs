using Guildhall.Identity;

namespace Guildhall.Api;

/// <summary>Whoever calls from one network: what it has open, and what is held for it. Safe for concurrent use.</summary>
/// <param name="limits">Null for trusted proxies, which stand for many.</param>
internal sealed class Client(NetworkPrefix network, ClientLimits? limits)
{
    private int requests;
    private long arriving;

    /// <summary>Nobody in particular, without limits.</summary>
    public static Client Unlimited { get; } = new(default, limits: null);

    public NetworkPrefix Network => network;

    public bool IsLimited => limits is not null;

    /// <summary>Connections, for <see cref="Clients"/> to count.</summary>
    public int Connections { get; set; }

    /// <summary>Connections and requests that refer to it, for <see cref="Clients"/> to count.</summary>
    public int References { get; set; }

    /// <summary>Bytes that are held of answers which it does not read, for <see cref="UnreadAnswers"/> to count.</summary>
    public long Unread { get; set; }

    /// <summary>Requests that are open.</summary>
    public int Requests => Volatile.Read(ref requests);

    /// <summary>Bytes that are held of what it sends.</summary>
    public long Arriving => Interlocked.Read(ref arriving);

    /// <summary>Counts a request in, unless it has as many as it may have.</summary>
    public bool TryOpen()
    {
        if (Interlocked.Increment(ref requests) <= (limits?.Requests ?? int.MaxValue))
        {
            return true;
        }

        Close();
        return false;
    }

    public void Close() => Interlocked.Decrement(ref requests);

    /// <summary>Sets memory aside for what it sends, unless it holds its share already.</summary>
    public bool TryReserve(long bytes)
    {
        if (Interlocked.Add(ref arriving, bytes) <= (limits?.Arriving ?? long.MaxValue))
        {
            return true;
        }

        Release(bytes);
        return false;
    }

    public void Release(long bytes) => Interlocked.Add(ref arriving, -bytes);
}

/// <summary>What one <see cref="Client"/> may have at once.</summary>
/// <param name="Requests">Open requests.</param>
/// <param name="Arriving">Bytes of what it sends.</param>
internal sealed record ClientLimits(int Requests, long Arriving);

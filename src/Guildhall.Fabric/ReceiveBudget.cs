namespace Guildhall.Fabric;

/// <summary>How many bytes of nodes' answers may be in memory at once. Safe for concurrent use.</summary>
/// <param name="parent">What is taken here counts there too, so that one of several shares leaves something to the others.</param>
public sealed class ReceiveBudget(long bytes, ReceiveBudget? parent = null)
{
    /// <summary>A block is unpacked three times, envelope, payload and configuration, each a copy, and is itself there meanwhile.</summary>
    private const int Copies = 4;

    private long taken;

    /// <summary>What an answer of so many bytes counts: all copies of it that there are while it is unpacked.</summary>
    public static long CostOf(long bytes) => Copies * bytes;

    /// <summary>Bytes that are in use.</summary>
    public long Taken => Interlocked.Read(ref taken);

    internal bool TryTake(long more)
    {
        if (Interlocked.Add(ref taken, more) <= bytes && parent?.TryTake(more) != false)
        {
            return true;
        }

        Interlocked.Add(ref taken, -more);
        return false;
    }

    internal void Return(long less)
    {
        Interlocked.Add(ref taken, -less);
        parent?.Return(less);
    }
}

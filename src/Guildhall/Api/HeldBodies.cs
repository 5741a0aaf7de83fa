namespace Guildhall.Api;

/// <summary>Counts the bytes of bodies that are held for their readers, each once however many read it. Safe for concurrent use.</summary>
/// <param name="budget">The most bytes of all.</param>
internal sealed class HeldBodies(long budget)
{
    private readonly Lock gate = new();
    private readonly Dictionary<ChunkedBody, int> readers = [];
    private long bytes;

    /// <summary>Holds the body for one reader more, unless there is no room for it. Give it back with <see cref="Release"/>.</summary>
    public bool TryHold(ChunkedBody body)
    {
        lock (gate)
        {
            var others = readers.GetValueOrDefault(body);
            if (others == 0 && !TryReserve(body.Length))
            {
                return false;
            }

            readers[body] = others + 1;
            return true;
        }
    }

    public void Release(ChunkedBody body)
    {
        lock (gate)
        {
            if (--readers[body] == 0)
            {
                readers.Remove(body);
                Free(body.Length);
            }
        }
    }

    /// <summary>Sets bytes aside for a body that is being made. Give them back with <see cref="Free"/>.</summary>
    public bool TryReserve(long length)
    {
        if (Interlocked.Add(ref bytes, length) <= budget)
        {
            return true;
        }

        Free(length);
        return false;
    }

    public void Free(long length) => Interlocked.Add(ref bytes, -length);
}

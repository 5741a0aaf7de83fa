namespace Guildhall.Api;

/// <summary>A connection, and what it holds of a request that is not there yet: headers that are still coming. Safe for concurrent use.</summary>
/// <remarks>
/// The server beneath keeps headers as they come, and shows them when they are complete. So what has been taken in while no request is
/// open counts, from <see cref="RequestHead.Usual"/> on, as <see cref="RequestHead.Memory"/> will count it afterwards.
/// </remarks>
/// <param name="abort">Closes the connection.</param>
internal sealed class ClientConnection(Client client, Gate gate, Action abort)
{
    /// <summary>No head is longer, as the server takes them.</summary>
    private const long Most = 2 * RequestGuard.MaxHeadersLength;

    private readonly Lock locked = new();
    private int requests;
    private long taken;
    private long held;

    public Client Client => client;

    /// <summary>So many bytes were read of the connection, which may be those of TLS.</summary>
    public void Take(long bytes)
    {
        if (Volatile.Read(ref requests) == 0 && (taken += bytes) > RequestHead.Usual && !TryHold(sizeof(char) * (Math.Min(taken, Most) - RequestHead.Usual)))
        {
            abort();
        }
    }

    /// <summary>A request has begun, and counts for itself.</summary>
    public void Begin()
    {
        Interlocked.Increment(ref requests);
        Free();
    }

    /// <param name="unreadBody">What the request announced and nobody read: the server beneath takes it and keeps none of it.</param>
    public void End(long unreadBody)
    {
        taken -= unreadBody;
        Interlocked.Decrement(ref requests);
    }

    /// <summary>Gives back what is held.</summary>
    public void Free()
    {
        taken = 0;
        if (Volatile.Read(ref held) == 0)
        {
            return;
        }

        lock (locked)
        {
            client.Release(held);
            gate.Release(held);
            held = 0;
        }
    }

    private bool TryHold(long bytes)
    {
        lock (locked)
        {
            var more = bytes - held;
            if (!client.TryReserve(more))
            {
                return false;
            }

            if (!gate.TryReserve(more))
            {
                client.Release(more);
                return false;
            }

            held = bytes;
            return true;
        }
    }
}

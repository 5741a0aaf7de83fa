namespace Guildhall.Api;

/// <summary>Counts requests in flight, so that stopping can let them finish. Safe for concurrent use.</summary>
internal sealed class Drain
{
    private readonly TaskCompletionSource empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int inFlight;

    /// <summary>Whether new requests are turned away.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Counts a request in; disposing counts it out.</summary>
    public IDisposable Enter()
    {
        Interlocked.Increment(ref inFlight);
        return new Visit(this);
    }

    /// <summary>Turns new requests away, and completes when the last one in flight has ended.</summary>
    public Task BeginAsync()
    {
        HasBegun = true;
        CompleteIfEmpty();
        return empty.Task;
    }

    private void CompleteIfEmpty()
    {
        if (HasBegun && Volatile.Read(ref inFlight) == 0)
        {
            empty.TrySetResult();
        }
    }

    private sealed class Visit(Drain drain) : IDisposable
    {
        public void Dispose()
        {
            Interlocked.Decrement(ref drain.inFlight);
            drain.CompleteIfEmpty();
        }
    }
}

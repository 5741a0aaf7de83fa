namespace Guildhall.Networks;

/// <summary>One look at nodes that somebody waits for, and the permit for it. It ends at its deadline, whatever the nodes do.</summary>
public sealed class NodeLook : IDisposable
{
    private readonly CancellationTokenSource deadline;
    private readonly CancellationTokenSource either;
    private readonly CancellationToken caller;
    private readonly TimeProvider clock;
    private readonly Action end;

    /// <param name="end">Gives the permit back.</param>
    public NodeLook(LookLimits limits, TimeProvider clock, Action end, CancellationToken cancellationToken)
    {
        (Limits, this.clock, this.end, caller) = (limits, clock, end, cancellationToken);
        deadline = new CancellationTokenSource(limits.Deadline, clock);
        either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
    }

    public LookLimits Limits { get; }

    /// <summary>Cancelled at the deadline, and when the caller has gone.</summary>
    public CancellationToken Token => either.Token;

    /// <summary>Whether the deadline has passed and the caller is still there.</summary>
    public bool IsOver => deadline.IsCancellationRequested && !caller.IsCancellationRequested;

    /// <summary>Runs a part of the look that nobody waits for any longer than this.</summary>
    /// <param name="hasFailed">Whether the outcome is one that must not come earlier than the time is over: how long it took would tell what is behind an address.</param>
    /// <param name="late">What came of a part that did not end in time.</param>
    public async Task<T> RunAsync<T>(TimeSpan time, Func<CancellationToken, Task<T>> part, Func<T, bool> hasFailed, T late)
    {
        using var enough = new CancellationTokenSource(time, clock);
        using var token = CancellationTokenSource.CreateLinkedTokenSource(enough.Token, Token);
        var outcome = late;
        try
        {
            outcome = await part(token.Token);
            if (hasFailed(outcome))
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, token.Token);
            }
        }
        catch (OperationCanceledException) when (!caller.IsCancellationRequested && token.IsCancellationRequested)
        {
            // The time is over, which is an outcome.
        }

        return outcome;
    }

    public void Dispose()
    {
        either.Dispose();
        deadline.Dispose();
        end();
    }
}

using System.Collections.Concurrent;
using Guildhall.Memberships;

namespace Guildhall.Storage;

/// <summary>
/// Commits whatever writes are waiting in one transaction, so that many callers share a flush. It never waits for more to come: an idle
/// store answers as fast as a single transaction does. Safe for concurrent use.
/// </summary>
/// <remarks>What one piece of work refuses or breaks is undone without touching its neighbours: they run again without it.</remarks>
internal abstract class GroupWriter : IAsyncDisposable
{
    /// <summary>The most pieces of work in one transaction; it bounds how long the first of them waits for the last.</summary>
    private const int MaxBatch = 256;

    /// <summary>The most pieces of work that wait; beyond it a caller is told to come again.</summary>
    private const int MaxWaiting = 4096;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(5);

    private readonly ConcurrentQueue<Write> waiting = new();
    private int count;
    private int isWriting;
    private int load;

    /// <summary>The size of all that waits or is being written.</summary>
    public int Load => Volatile.Read(ref load);

    /// <summary>Waits for the work's turn, and for the commit. Where nobody is writing, the caller does, so that an idle store costs no change of threads.</summary>
    public async Task<Result<T>> WriteAsync<T>(Write<T> write)
    {
        if (Interlocked.Increment(ref count) > MaxWaiting)
        {
            Interlocked.Decrement(ref count);
            return Refusal.Busy.Because($"{MaxWaiting} writes are waiting");
        }

        Interlocked.Add(ref load, write.Size);
        try
        {
            waiting.Enqueue(write);
            if (TryBegin())
            {
                await CommitNextAsync();
                EndOrGoOn();
            }

            return await write.Done;
        }
        finally
        {
            Interlocked.Add(ref load, -write.Size);
        }
    }

    /// <summary>Waits for the writes that are under way.</summary>
    public async ValueTask DisposeAsync()
    {
        while (!waiting.IsEmpty || !TryBegin())
        {
            await Task.Delay(BetweenLooks);
        }

        await ForgetLinkAsync();
    }

    /// <summary>Runs the writes in one transaction and commits it.</summary>
    /// <returns>False when it was undone, because one of several refused or broke after it had written something.</returns>
    /// <exception cref="Exception">Nothing of the transaction is in the store.</exception>
    protected abstract Task<bool> TryCommitAsync(IReadOnlyList<Write> batch);

    /// <summary>Whether it may be a single write that brought the transaction down.</summary>
    protected abstract bool IsOneWritesFault(Exception exception);

    /// <summary>Called with the accounts whose lists a commit changed, before anyone who waits for the commit hears of it.</summary>
    protected virtual void Changed(IEnumerable<string> accounts)
    {
    }

    /// <summary>Whether there is something to do that no write waits for.</summary>
    protected virtual bool HasToTidy => false;

    /// <summary>Does it, while nobody writes.</summary>
    protected virtual Task TidyAsync() => Task.CompletedTask;

    /// <summary>The connection may be in any state: the next transaction gets another.</summary>
    protected abstract ValueTask ForgetLinkAsync();

    private bool TryBegin() => Interlocked.CompareExchange(ref isWriting, 1, 0) == 0;

    /// <summary>Leaves the writing to whoever comes next; or, where some came meanwhile, to a thread that belongs to none of them.</summary>
    private void EndOrGoOn()
    {
        do
        {
            if (!waiting.IsEmpty || HasToTidy)
            {
                _ = Task.Run(GoOnAsync);
                return;
            }

            Interlocked.Exchange(ref isWriting, 0);
        }
        while (!waiting.IsEmpty && TryBegin()); // who came in between has found the store being written to
    }

    private async Task GoOnAsync()
    {
        if (HasToTidy)
        {
            try
            {
                await TidyAsync();
            }
            catch (Exception)
            {
                await ForgetLinkAsync(); // whatever is wrong with the file, the next write tells
            }
        }

        while (!waiting.IsEmpty)
        {
            await CommitNextAsync();
        }

        EndOrGoOn();
    }

    private async Task CommitNextAsync()
    {
        var batch = TakeBatch();
        Interlocked.Add(ref count, -batch.Count);
        try
        {
            await CommitAsync(batch);
        }
        catch (Exception exception)
        {
            Fail(batch, exception); // a bug; those who wait are not to wait for ever
        }
    }

    /// <summary>What has waited longest: small pieces, or large ones. None that is small waits for the end of a large one that came after it.</summary>
    private List<Write> TakeBatch()
    {
        var batch = new List<Write>();
        while (batch.Count < MaxBatch && waiting.TryPeek(out var next) && (batch.Count == 0 || batch[0].IsLarge == next.IsLarge))
        {
            waiting.TryDequeue(out _); // the same: nobody else takes any
            batch.Add(next);
        }

        return batch;
    }

    private async Task CommitAsync(List<Write> batch)
    {
        if (batch.Count == 0)
        {
            return;
        }

        try
        {
            if (await TryCommitAsync(batch))
            {
                Settle(batch);
                return;
            }
        }
        catch (Exception exception)
        {
            await ForgetLinkAsync();
            if (batch.Count == 1 || !IsOneWritesFault(exception))
            {
                Fail(batch, exception);
            }
            else
            {
                await CommitOneByOneAsync(batch);
            }

            return;
        }

        var spoilers = batch.Where(write => write.IsSpoiler).ToArray();
        await CommitAsync([.. batch.Except(spoilers)]);
        await CommitOneByOneAsync(spoilers);
    }

    private static void Fail(IEnumerable<Write> batch, Exception exception)
    {
        foreach (var write in batch)
        {
            write.Fail(exception);
        }
    }

    private async Task CommitOneByOneAsync(IEnumerable<Write> writes)
    {
        foreach (var write in writes)
        {
            await CommitAsync([write]);
        }
    }

    private void Settle(IReadOnlyList<Write> batch)
    {
        Changed(batch.Where(write => write.IsToCommit).SelectMany(write => write.Transaction!.ChangedAccounts));
        foreach (var write in batch)
        {
            write.Settle();
        }
    }
}

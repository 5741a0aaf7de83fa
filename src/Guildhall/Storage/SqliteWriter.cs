using System.Threading.Channels;
using Guildhall.Memberships;
using Microsoft.Data.Sqlite;

namespace Guildhall.Storage;

/// <summary>
/// SQLite's one writer: commits whatever is waiting in one transaction, so that many callers share a flush. It never waits for more
/// to come, so an idle store answers as fast as a single transaction does. Safe for concurrent use.
/// </summary>
/// <remarks>Each piece of work has a savepoint of its own: what one refuses or breaks is undone without touching its neighbours.</remarks>
internal sealed class SqliteWriter(Func<Task<Link>> open) : IAsyncDisposable
{
    /// <summary>The most pieces of work in one transaction; it bounds how long the first of them waits for the last.</summary>
    private const int MaxBatch = 256;

    /// <summary>The most pieces of work that wait; beyond it a caller is told to come again.</summary>
    private const int MaxWaiting = 4096;

    private readonly Channel<Write> waiting = Channel.CreateBounded<Write>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
    private readonly Lock gate = new();
    private Task? running;
    private Link? link;

    /// <summary>Runs the work in a transaction; when the task completes with a value, the change is on the disk.</summary>
    public async Task<Result<T>> WriteAsync<T>(Func<Transaction, Task<Result<T>>> work, Action leftWork, CancellationToken cancellationToken)
    {
        var write = new Write<T>(work, leftWork, cancellationToken);
        if (!waiting.Writer.TryWrite(write))
        {
            return Refusal.Busy.Because($"{MaxWaiting} writes are waiting");
        }

        lock (gate)
        {
            running ??= Task.Run(RunAsync, CancellationToken.None);
        }

        return await write.Done;
    }

    public async ValueTask DisposeAsync()
    {
        waiting.Writer.TryComplete();
        await (running ?? Task.CompletedTask);
        await ForgetLinkAsync();
    }

    private async Task RunAsync()
    {
        var batch = new List<Write>(MaxBatch);
        while (await waiting.Reader.WaitToReadAsync())
        {
            while (batch.Count < MaxBatch && waiting.Reader.TryRead(out var write))
            {
                batch.Add(write);
            }

            try
            {
                await CommitAsync(batch);
                batch.ForEach(write => write.Settle());
            }
            catch (Exception exception)
            {
                // Nothing of the batch is in the store. The connection may be in any state: the next batch gets another.
                batch.ForEach(write => write.Fail(exception));
                await ForgetLinkAsync();
            }

            batch.Clear();
        }
    }

    private async Task CommitAsync(List<Write> batch)
    {
        link ??= await open();

        // Immediate: another process that writes (the command line) is waited for here, not in the middle.
        await using var transaction = ((SqliteConnection)link.Connection).BeginTransaction(deferred: false);
        var isWorthIt = false;
        foreach (var write in batch)
        {
            var session = new Transaction(link, transaction);
            await session.ExecuteAsync("SAVEPOINT one");
            if (await write.RunAsync(session))
            {
                isWorthIt = true;
            }
            else
            {
                await session.ExecuteAsync("ROLLBACK TO one");
            }

            await session.ExecuteAsync("RELEASE one");
        }

        if (isWorthIt)
        {
            transaction.Commit();
        }
        else
        {
            transaction.Rollback();
        }
    }

    private async Task ForgetLinkAsync()
    {
        if (link is not null)
        {
            await link.DisposeAsync();
            link = null;
        }
    }

    private abstract class Write
    {
        /// <summary>Runs the work; false when its changes are to be undone.</summary>
        public abstract Task<bool> RunAsync(Transaction transaction);

        /// <summary>The batch is on the disk: the caller gets its answer.</summary>
        public abstract void Settle();

        /// <summary>The batch is not in the store.</summary>
        public abstract void Fail(Exception exception);
    }

    private sealed class Write<T>(Func<Transaction, Task<Result<T>>> work, Action leftWork, CancellationToken cancellationToken) : Write
    {
        private readonly TaskCompletionSource<Result<T>> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Result<T> result;
        private Exception? broken;
        private bool leavesWork;

        public Task<Result<T>> Done => done.Task;

        public override async Task<bool> RunAsync(Transaction transaction)
        {
            try
            {
                cancellationToken.ThrowIfCancellationRequested();
                result = await work(transaction);
                leavesWork = transaction.LeavesWork;
                return !result.IsRefused(out _);
            }
            catch (Exception exception)
            {
                broken = exception;
                return false;
            }
        }

        /// <remarks>A refusal waits for the commit too: it may rest on what a neighbour in the batch wrote.</remarks>
        public override void Settle()
        {
            if (broken is not null)
            {
                done.SetException(broken);
                return;
            }

            if (leavesWork)
            {
                leftWork();
            }

            done.SetResult(result);
        }

        public override void Fail(Exception exception) => done.SetException(broken ?? exception);
    }
}

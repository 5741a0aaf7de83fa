using Guildhall.Memberships;

namespace Guildhall.Storage;

/// <summary>A piece of work that waits for its turn in a writer's transaction, and its caller, who waits for the commit.</summary>
/// <param name="accounts">The accounts on whose affairs it decides.</param>
/// <param name="size">About how many rows it writes.</param>
internal abstract class Write(IReadOnlyCollection<string> accounts, int size)
{
    private const int MostOfSmall = 64;

    public IReadOnlyCollection<string> Accounts => accounts;

    public int Size => size;

    /// <summary>Whether it takes so long that small ones do not share a transaction with it.</summary>
    public bool IsLarge => size > MostOfSmall;

    /// <summary>What it has done so far, in the transaction it runs in.</summary>
    public Transaction? Transaction { get; protected set; }

    /// <summary>Whether its changes are to be committed: it has neither refused nor broken.</summary>
    public bool IsToCommit { get; protected set; }

    /// <summary>Whether what it wrote has to be undone.</summary>
    public bool IsSpoiler => !IsToCommit && Transaction is { HasWritten: true };

    /// <summary>Runs the work. What it throws is its own outcome, and not thrown here.</summary>
    public abstract Task RunAsync(Transaction transaction);

    /// <summary>The transaction is on the disk: the caller gets its answer.</summary>
    /// <remarks>So does the one who is refused, not before: a refusal may rest on what a neighbour wrote.</remarks>
    public abstract void Settle();

    /// <summary>The transaction is not in the store.</summary>
    public abstract void Fail(Exception exception);
}

/// <inheritdoc cref="Write"/>
internal sealed class Write<T>(
    Func<Transaction, Task<Result<T>>> work, IReadOnlyCollection<string> accounts, int size, Action leftWork, CancellationToken cancellationToken) : Write(accounts, size)
{
    private readonly TaskCompletionSource<Result<T>> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Result<T> result;
    private Exception? broken;

    public Task<Result<T>> Done => done.Task;

    public override async Task RunAsync(Transaction transaction)
    {
        (Transaction, IsToCommit, broken) = (transaction, false, null);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            result = await work(transaction);
            IsToCommit = !result.IsRefused(out _);
        }
        catch (Exception exception)
        {
            broken = exception;
        }
    }

    public override void Settle()
    {
        if (broken is not null)
        {
            done.TrySetException(broken);
            return;
        }

        if (IsToCommit && Transaction is { LeavesWork: true })
        {
            leftWork();
        }

        done.TrySetResult(result);
    }

    public override void Fail(Exception exception) => done.TrySetException(broken ?? exception);
}

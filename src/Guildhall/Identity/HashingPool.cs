using System.Runtime.InteropServices;
using Guildhall.Memberships;

namespace Guildhall.Identity;

/// <summary>Whose turn it is to have a password hashed.</summary>
/// <param name="From">Addresses take turns, sites before hosts.</param>
/// <param name="Name">The names that are tried from one address take turns.</param>
/// <param name="IsProven">Whoever has signed in from there takes every other turn, however many strangers wait.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct HashingTurn(NetworkPrefix From, ulong Name, bool IsProven);

/// <summary>Hashes passwords on few threads of its own, one caller after the other. Safe for concurrent use.</summary>
/// <remarks>
/// Hashing is made to cost, and strangers can ask for it. So it never runs on the threads that requests are served on, and of a crowd that waits
/// for it nobody waits longer than a turn of each address takes. A thread ends when nothing waits. docs/decisions/sign-in.md says why.
/// </remarks>
internal sealed class HashingPool(int threads)
{
    /// <summary>What waits in all; each is a request with its password.</summary>
    public const int MaxWaiting = 1024;

    /// <summary>What waits from one address: a moment of a large office, or a program that signs in for many.</summary>
    public const int MaxWaitingPerAddress = 128;

    /// <summary>What waits for one name from one address.</summary>
    public const int MaxWaitingPerName = 32;

    private readonly Lock guard = new();
    private readonly FairQueue<(NetworkPrefix From, ulong Name), Job> proven = new();
    private readonly FairQueue<(NetworkPrefix From, ulong Name), Job> others = new();
    private int running;
    private bool isTurnOfOthers;

    /// <summary>Half of the processors: the other half is always there for requests.</summary>
    public static int UsualThreads => Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>What waits for a thread.</summary>
    public int Waiting
    {
        get
        {
            lock (guard)
            {
                return proven.Count + others.Count;
            }
        }
    }

    /// <summary>Does the work in its turn; refused when too much waits. Work that was begun is done, also when its caller has gone meanwhile.</summary>
    public async Task<Result<T>> RunAsync<T>(HashingTurn turn, Func<Result<T>> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var job = new Job<T>(turn, work, cancellationToken);
        lock (guard)
        {
            if (MakeRoomFor(turn) is { } refusal)
            {
                return refusal;
            }

            job.Place = QueueOf(turn).Add(job, job.Path);
            if (running < threads)
            {
                running++;
                new Thread(Work) { IsBackground = true, Name = "password hashing" }.UnsafeStart(); // unsafe: it does the work of others too
            }
        }

        await using var whenGone = cancellationToken.UnsafeRegister(_ => Abandon(job), null);
        return await job.Outcome;
    }

    private FairQueue<(NetworkPrefix From, ulong Name), Job> QueueOf(HashingTurn turn) => turn.IsProven ? proven : others;

    /// <summary>Why the turn cannot wait too; null when it can. Where all is full, whoever has most waiting gives a place to whoever has less.</summary>
    private Refusal? MakeRoomFor(HashingTurn turn)
    {
        var (queue, path) = (QueueOf(turn), Job.PathOf(turn));
        if (queue.CountBelow(path.AsSpan(0, 2)) >= MaxWaitingPerAddress || queue.CountBelow(path) >= MaxWaitingPerName)
        {
            return IdentityRefusals.TooManySignIns;
        }

        if (queue.Count < MaxWaiting)
        {
            return null;
        }

        if (queue.Most() <= queue.CountBelow(path.AsSpan(0, 1)) + 1)
        {
            return Refusal.Overloaded;
        }

        queue.TakeFromMost().GiveUp(IdentityRefusals.TooManySignIns);
        return null;
    }

    private void Abandon(Job job)
    {
        lock (guard)
        {
            if (job.Place is { } place)
            {
                QueueOf(job.Turn).Remove(place, job.Path);
                job.Place = null;
            }
        }

        job.Cancel();
    }

    private void Work()
    {
        while (TakeNext() is { } job)
        {
            job.Run();
        }
    }

    private Job? TakeNext()
    {
        lock (guard)
        {
            if (proven.Count + others.Count == 0)
            {
                running--;
                return null;
            }

            var isOthers = proven.Count == 0 || (isTurnOfOthers && others.Count > 0);
            isTurnOfOthers = !isOthers;
            var job = (isOthers ? others : proven).Take();
            job.Place = null;
            return job;
        }
    }

    private abstract class Job(HashingTurn turn)
    {
        public HashingTurn Turn => turn;

        public (NetworkPrefix From, ulong Name)[] Path { get; } = PathOf(turn);

        /// <summary>Where it waits; null when it does not.</summary>
        public LinkedListNode<Job>? Place { get; set; }

        public static (NetworkPrefix From, ulong Name)[] PathOf(HashingTurn turn) => [(turn.From.Site, 0), (turn.From, 0), (turn.From, turn.Name)];

        public abstract void Run();

        public abstract void GiveUp(Refusal refusal);

        public abstract void Cancel();
    }

    private sealed class Job<T>(HashingTurn turn, Func<Result<T>> work, CancellationToken cancellationToken) : Job(turn)
    {
        private readonly TaskCompletionSource<Result<T>> outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<Result<T>> Outcome => outcome.Task;

        public override void Run()
        {
            try
            {
                outcome.TrySetResult(work());
            }
            catch (Exception fault)
            {
                outcome.TrySetException(fault);
            }
        }

        public override void GiveUp(Refusal refusal)
        {
            Place = null;
            outcome.TrySetResult(refusal);
        }

        public override void Cancel() => outcome.TrySetCanceled(cancellationToken);
    }
}

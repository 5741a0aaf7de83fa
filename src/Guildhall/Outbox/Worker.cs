using Guildhall.Memberships;
using Guildhall.Operations;
using Guildhall.Storage;

namespace Guildhall.Outbox;

/// <summary>Makes memberships true on their channels, at its own pace: claims due work, runs its next step, records how it went.</summary>
/// <remarks>Any number of workers share one outbox. Every write of one names its claim, and one that lost its claim stops there.</remarks>
public sealed partial class Worker(Store store, IChannelNetwork network, TimeProvider clock, ILogger<Worker> log) : BackgroundService
{
    /// <summary>It is worked on at once, and shares the store's transactions; few enough that workers share what is due.</summary>
    private const int WorkPerClaim = 32;

    /// <summary>How much is worked on at once, when some of it takes long.</summary>
    private const int Places = 256;

    /// <summary>How much of that may be of one inviter's service, or of one project.</summary>
    private const int PlacesEach = 32;

    /// <summary>The longest sleep, so that work left by another process is found too. Nothing else tells of it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>A channel that keeps moving is not run after without a pause.</summary>
    private static readonly TimeSpan BeforeGoingBack = TimeSpan.FromSeconds(1);

    private readonly WorkPlaces places = new(Places, PlacesEach);

    /// <summary>A step that takes longer is called off and has failed: it is then tried again, ever more slowly.</summary>
    internal TimeSpan LongestStep { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long to wait after a failed attempt, the first being 1, at a step.</summary>
    /// <remarks>Doubles from one second to ten minutes, so an orderer that was down overnight is soon tried again.</remarks>
    public static TimeSpan After(int attempt) => TimeSpan.FromSeconds(attempt < 11 ? 1 << (attempt - 1) : 600);

    /// <summary>Runs every step that is due now. The demo and the tests call it too, after moving the clock.</summary>
    /// <returns>The time at which nothing was due that this worker may do.</returns>
    public Task<DateTimeOffset> RunDueAsync(CancellationToken cancellationToken) => RunDueAsync(Timeout.InfiniteTimeSpan, cancellationToken);

    /// <summary>Ends what was begun before it returns.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        for (var left = places.Left; places.Taken > 0 && !cancellationToken.IsCancellationRequested; left = places.Left)
        {
            await left.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // no longer than there is patience
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var looked = await RunDueAsync(Patience, stoppingToken);
                var next = await store.ReadAsync(session => session.FindNextDueAsync(looked, stoppingToken), stoppingToken);
                var sleep = next is { } due ? due - clock.GetUtcNow() : Patience;
                _ = await store.WorkQueued.WaitAsync(TimeSpan.FromMilliseconds(Math.Clamp(sleep.TotalMilliseconds, 1, Patience.TotalMilliseconds)), stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                RoundFailed(exception);
                await Task.Delay(Patience, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <param name="patience">How long begun work is waited for; what takes longer goes on beside the next.</param>
    private async Task<DateTimeOffset> RunDueAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (left, busy, now) = (places.Left, places.Busy, clock.GetUtcNow());
            var limit = Math.Min(WorkPerClaim, places.Free);
            var due = limit == 0 ? [] : await store.ReadAsync(session => session.ListDueAsync(now, limit, busy, cancellationToken), cancellationToken);
            if (due.Count > 0)
            {
                var running = RunClaimedAsync(await ClaimAsync(due, now), cancellationToken);
                await running.WaitAsync(patience, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (running.IsCompleted)
                {
                    await running;
                }
            }
            else if (limit > 0 && !busy.IsAny)
            {
                return now;
            }
            else
            {
                // Others may have work that waits for places.
                await left.WaitAsync(patience, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
                if (!left.IsCompleted)
                {
                    return now;
                }
            }
        }
    }

    /// <summary>What of the due work there are places for and no other worker was faster to claim.</summary>
    private async Task<List<QueuedWork>> ClaimAsync(List<QueuedWork> due, DateTimeOffset now)
    {
        var placed = due.FindAll(places.TryTake);
        List<QueuedWork> ours = [];
        try
        {
            if (placed.Count > 0)
            {
                var claim = Guid.NewGuid().ToString();
                var claimed = await store.WriteSharedAsync<List<QueuedWork>>(
                    [], async transaction => await transaction.ClaimAsync(placed, claim, now, CancellationToken.None), CancellationToken.None);
                ours = claimed.IsRefused(out var busy, out var found) ? throw TurnedAway(busy) : found;
            }

            return ours;
        }
        finally
        {
            foreach (var lost in placed.ExceptBy(ours.Select(work => work.Id), work => work.Id))
            {
                places.Leave(lost);
            }
        }
    }

    /// <summary>Runs all of it at once; each is of a membership of its own.</summary>
    private Task RunClaimedAsync(List<QueuedWork> claimed, CancellationToken cancellationToken) =>
        Task.WhenAll(claimed.Select(work => RunPlacedAsync(work, cancellationToken)));

    /// <summary>A stop leaves what is not done to others at once, and before the place is left: whoever waits for the places waits for that too.</summary>
    private async Task RunPlacedAsync(QueuedWork work, CancellationToken cancellationToken)
    {
        try
        {
            await RunOrPutOffAsync(work, cancellationToken);
        }
        finally
        {
            try
            {
                if (cancellationToken.IsCancellationRequested)
                {
                    await ReleaseAsync(work);
                }
            }
            finally
            {
                places.Leave(work);
            }
        }
    }

    /// <summary>One piece of work that breaks does not hold up the others.</summary>
    private async Task RunOrPutOffAsync(QueuedWork work, CancellationToken cancellationToken)
    {
        try
        {
            await RunAsync(work, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            WorkBroke(work.OperationId, exception);
            var attempt = work.Attempt + 1;
            await WriteOursAsync(work, transaction => transaction.PutOffAsync(work, attempt, clock.GetUtcNow() + After(attempt), CancellationToken.None));
        }
    }

    /// <summary>Runs the steps of one piece of work until one has to wait. Stopping is heeded between steps.</summary>
    private async Task RunAsync(QueuedWork work, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            if (await BeginStepAsync(work) is not { } begun || !await TryStepAsync(work, begun, cancellationToken))
            {
                return;
            }
        }
    }

    /// <summary>What the next step needs; it is on record that the step has begun. Null when the claim is lost.</summary>
    private Task<BegunStep?> BeginStepAsync(QueuedWork work) => WriteAsync<BegunStep?>(
        async transaction =>
        {
            // Asked for at once, so that they can share a round trip.
            var held = clock.GetTimestamp();
            var finding = (
                IsOurs: transaction.RenewAsync(work, clock.GetUtcNow(), CancellationToken.None),
                Membership: transaction.FindMembershipAsync(work.InviterServiceId, work.MembershipId, CancellationToken.None),
                Operation: transaction.FindOperationAsync(work.OperationProjectId, work.OperationId, CancellationToken.None));
            if (!await finding.IsOurs)
            {
                return null;
            }

            var (membership, found) = (await finding.Membership, await finding.Operation);
            if (membership is null || !work.Kind.IsAskedForIn(membership.State))
            {
                await DropAsync(transaction, work, membership, found);
                return null;
            }

            if (found is not { CurrentStep: { } step } operation)
            {
                throw new InvalidDataException($"The outbox row {work.Id} has lost its operation.");
            }

            if (step.StartedAt is not null)
            {
                return new BegunStep(membership, operation, step, held);
            }

            step = step with { Status = OperationStatus.Processing, StartedAt = clock.GetUtcNow() };
            operation = operation.With(step);
            await transaction.SaveAsync(operation, CancellationToken.None);
            return new BegunStep(membership, operation, step, held);
        });

    /// <summary>Takes out work that nobody asks for any more: an earlier version could leave it behind when a service was deleted.</summary>
    private async Task DropAsync(Transaction transaction, QueuedWork work, Membership? membership, Operation? operation)
    {
        await transaction.TakeBackAsync([work], CancellationToken.None);
        var state = membership?.State.ToWire() ?? "gone";
        if (operation is not null && operation.Status != OperationStatus.Stop)
        {
            await transaction.SaveAsync(operation.Stopped($"the membership is {state}", clock.GetUtcNow()), CancellationToken.None);
        }

        WorkDropped(work.OperationId, state);
    }

    /// <summary>Whether the step is done and the next one may run now.</summary>
    private async Task<bool> TryStepAsync(
        QueuedWork work, BegunStep begun, CancellationToken cancellationToken)
    {
        if (await RunHeldAsync(work, begun, cancellationToken) is not { } outcome)
        {
            return false;
        }

        var (operation, step, now) = (begun.Operation, begun.Step, clock.GetUtcNow());
        if (outcome.NotBefore is { } later)
        {
            await PutOffAsync(work, outcome.Says is { } says ? operation.With(step with { Messages = [says] }) : operation, work.Attempt, later);
            return false;
        }

        if (outcome.Failure is { } reason)
        {
            var attempt = step.Attempts + 1;
            StepFailed(operation.Id, step.Name, attempt, reason);
            await PutOffAsync(work, operation.With(step with { Attempts = attempt, Messages = [reason] }), attempt, now + After(attempt));
            return false;
        }

        if (outcome.Earlier is { } earlier)
        {
            await PutOffAsync(work, operation.BackTo(earlier, outcome.Says!), work.Attempt, now + BeforeGoingBack);
            return false;
        }

        var stepped = operation.With(step with { Status = OperationStatus.Finished, EndedAt = now, Messages = outcome.Says is { } note ? [note] : [] });
        if (stepped.CurrentStep is not null)
        {
            return await RecordAsync(work, stepped);
        }

        await FinishAsync(work, stepped with { Status = OperationStatus.Finished }, now);
        return false;
    }

    private async Task<StepOutcome> RunStepAsync(QueuedWork work, Membership membership, OperationStep step, CancellationToken cancellationToken)
    {
        try
        {
            return await network.RunAsync(work.Kind, membership, step, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return StepOutcome.Failed(exception.Message);
        }
    }

    /// <summary>Records progress; false when the claim is lost, or the work was taken back because what it worked on went away.</summary>
    private Task<bool> RecordAsync(QueuedWork work, Operation operation) =>
        WriteAsync(transaction => SaveAsync(transaction, operation, own => own.GoOnAsync(work, clock.GetUtcNow(), CancellationToken.None)));

    private Task PutOffAsync(QueuedWork work, Operation operation, int attempt, DateTimeOffset due) =>
        WriteOursAsync(work, transaction => SaveAsync(transaction, operation, own => own.PutOffAsync(work, attempt, due, CancellationToken.None)));

    private Task ReleaseAsync(QueuedWork work) =>
        WriteOursAsync(work, transaction => transaction.ReleaseAsync(work, CancellationToken.None));

    /// <summary>Writes the last of what there is to write: whoever has taken the claim goes on with it.</summary>
    private async Task WriteOursAsync(QueuedWork work, Func<Transaction, Task<bool>> change)
    {
        if (!await WriteAsync(change))
        {
            ClaimLost(work.OperationId);
        }
    }

    /// <summary>The last step is done: the membership becomes what the work was for, through the same lifecycle as every change.</summary>
    private Task FinishAsync(QueuedWork work, Operation operation, DateTimeOffset now) => WriteOursAsync(
        work,
        async transaction =>
        {
            var finding = (
                IsOurs: transaction.SettleAsync(work, CancellationToken.None),
                Membership: transaction.FindMembershipAsync(work.InviterServiceId, work.MembershipId, CancellationToken.None));
            if (!await finding.IsOurs)
            {
                return false;
            }

            var membership = await finding.Membership ?? throw new InvalidDataException($"The outbox row {work.Id} has lost its membership.");

            await transaction.SaveAsync(membership, MemberManagement.TakeOurs(membership, work.Kind.Confirmation(), now), CancellationToken.None);
            await transaction.SaveAsync(operation, CancellationToken.None);
            if (work.Kind == WorkKind.Join)
            {
                await transaction.SaveJoinedAsync(membership, now, CancellationToken.None);
            }
            else
            {
                await transaction.LetGoAsync(membership, CancellationToken.None);
                await transaction.DetachIfGoneAsync(membership.Invitee, CancellationToken.None);
            }

            return true;
        });

    /// <summary>Saves the operation together with what is done to the work, if that is still this worker's to do.</summary>
    private static async Task<bool> SaveAsync(Transaction transaction, Operation operation, Func<Transaction, Task<bool>> change)
    {
        if (!await change(transaction))
        {
            return false;
        }

        await transaction.SaveAsync(operation, CancellationToken.None);
        return true;
    }

    /// <summary>The claim, and the versions of the rows, are all that it heeds.</summary>
    private async Task<T> WriteAsync<T>(Func<Transaction, Task<T>> work)
    {
        var result = await store.WriteSharedAsync<T>([], async transaction => await work(transaction), CancellationToken.None);
        return result.IsRefused(out var busy, out var value) ? throw TurnedAway(busy) : value;
    }

    /// <summary>The worker's own work refuses nothing; a store that is too busy does, and what was claimed waits for the lease's end.</summary>
    private static InvalidOperationException TurnedAway(Refusal busy) => new($"The store turned the worker away: {busy.Message}");

    [LoggerMessage(Level = LogLevel.Warning, Message = "Operation {Operation}, step {Step}, attempt {Attempt} failed: {Reason}")]
    private partial void StepFailed(string operation, string step, int attempt, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Operation {Operation} has work that nobody asks for: its membership is {State}. The work was dropped.")]
    private partial void WorkDropped(string operation, string state);

    [LoggerMessage(Level = LogLevel.Error, Message = "Operation {Operation} broke; it is tried again later.")]
    private partial void WorkBroke(string operation, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "The worker's round failed; it goes on.")]
    private partial void RoundFailed(Exception exception);

    /// <param name="Held">When the claim was last renewed, by the clock's timestamps.</param>
    private sealed record BegunStep(Membership Membership, Operation Operation, OperationStep Step, long Held);
}

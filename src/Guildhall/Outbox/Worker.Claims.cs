using System.Globalization;
using Guildhall.Storage;

namespace Guildhall.Outbox;

// Holding the claim while a step runs.
public sealed partial class Worker
{
    /// <summary>Runs the step for as long as the claim is held, up to the longest that a step may take.</summary>
    /// <returns>Null when the claim is lost, or may be soon. In every case the step has ended, so that nobody who claims the work next runs it beside this one.</returns>
    private async Task<StepOutcome?> RunHeldAsync(QueuedWork work, BegunStep begun, CancellationToken cancellationToken)
    {
        if (LeftOf(begun.Held) == TimeSpan.Zero)
        {
            ClaimLost(work.OperationId);
            return null;
        }

        using var calledOff = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = RunStepAsync(work, begun.Membership, begun.Step, calledOff.Token);
        try
        {
            return await HoldAsync(work, begun, running);
        }
        finally
        {
            await calledOff.CancelAsync();
            await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<StepOutcome?> HoldAsync(QueuedWork work, BegunStep begun, Task<StepOutcome> running)
    {
        for (var (started, held) = (clock.GetTimestamp(), begun.Held); ;)
        {
            try
            {
                return await running.WaitAsync(Lease.Renewal < LongestStep ? Lease.Renewal : LongestStep, clock, CancellationToken.None);
            }
            catch (TimeoutException)
            {
                // It is still running: what it throws itself is an outcome.
            }

            if (clock.GetElapsedTime(started) >= LongestStep)
            {
                return StepOutcome.Failed(string.Create(CultureInfo.InvariantCulture, $"It took longer than {LongestStep.TotalMinutes:0.#} minutes and was called off."));
            }

            if (await RenewInTimeAsync(work, held) is not { } renewed)
            {
                ClaimLost(work.OperationId);
                return null;
            }

            held = renewed;
        }
    }

    /// <summary>When the claim was renewed; null where it is lost, or the store did not say so in time.</summary>
    private async Task<long?> RenewInTimeAsync(QueuedWork work, long held)
    {
        try
        {
            return await RenewAsync(work).WaitAsync(LeftOf(held), clock, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <summary>The work may run again, so the time is that of the run that is committed.</summary>
    private Task<long?> RenewAsync(QueuedWork work) => WriteAsync<long?>(async transaction =>
    {
        var now = clock.GetTimestamp();
        return await transaction.RenewAsync(work, clock.GetUtcNow(), CancellationToken.None) ? now : null;
    });

    private TimeSpan LeftOf(long held)
    {
        var left = Lease.Usable - clock.GetElapsedTime(held);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The claim on the work of operation {Operation} is lost, or could not be renewed in time; whoever claims it next goes on with it.")]
    private partial void ClaimLost(string operation);
}

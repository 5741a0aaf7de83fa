using System.Data.Common;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Npgsql;

namespace Guildhall.Storage;

/// <summary>Writes to PostgreSQL: runs what waits in one transaction, in waves, so that many callers share a round trip as well as a flush.</summary>
/// <remarks>
/// Before anything is read, the transaction locks the accounts on whose affairs its writes decide. Whoever decides on the same ones, in this
/// process or in another, waits until it is committed, and sees it. So read committed is enough, and nothing has to be run again. Writes on the
/// same account run one after another within the transaction. Locks are taken in the order of their keys, accounts before versions.
/// </remarks>
internal sealed class PostgresWriter(Func<Task<NpgsqlConnection>> open, Func<DbException, bool> isAway, TimeProvider clock) : GroupWriter
{
    private const string Lock = "SELECT id FROM accounts WHERE id = ANY(string_to_array(@ids, ',')) ORDER BY id FOR NO KEY UPDATE";

    /// <summary>How long a commit of which nobody knows is asked after.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(100);

    private const int CommitsPerPruning = 64;

    private NpgsqlConnection? connection;
    private long commits;

    protected override async Task<bool> TryCommitAsync(IReadOnlyList<Write> batch)
    {
        connection ??= await open();
        var wave = new Wave(connection);
        Begin(batch, wave);
        await RunAsync(batch, wave);
        if (batch.Count > 1 && batch.Any(write => write.IsSpoiler))
        {
            await EndAsync(wave, "ROLLBACK");
            return false;
        }

        if (batch.Any(write => write.IsToCommit))
        {
            await CommitAsync(batch, wave);
        }
        else
        {
            await EndAsync(wave, "ROLLBACK");
        }

        return true;
    }

    protected override bool IsOneWritesFault(Exception exception) => exception is PostgresException failure && !isAway(failure)
        && failure.SqlState is not (PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected);

    protected override async ValueTask ForgetLinkAsync()
    {
        if (connection is not null)
        {
            await connection.DisposeAsync();
            connection = null;
        }
    }

    private static void Begin(IReadOnlyList<Write> batch, Wave wave)
    {
        var own = wave.Begin();
        _ = own.QueueAsync("BEGIN ISOLATION LEVEL READ COMMITTED", [[]], default);
        if (Join(batch.SelectMany(write => write.Accounts)) is { } ids)
        {
            _ = own.QueryAsync(Lock, _ => 0, [[("ids", ids)]], default);
        }

        own.End();
    }

    /// <summary>Runs every write to its end, those on the same account one after another.</summary>
    private static async Task RunAsync(IReadOnlyList<Write> batch, Wave wave)
    {
        var last = new Dictionary<string, (Task Run, Wave.Turn Turn)>(StringComparer.Ordinal);
        var all = Task.WhenAll(batch.Select(write =>
        {
            var before = write.Accounts.Where(last.ContainsKey).Select(account => last[account]).Distinct().ToArray();
            var turn = wave.Begin(Array.ConvertAll(before, one => one.Turn));
            var run = RunAfterAsync(Array.ConvertAll(before, one => one.Run), write, turn);
            foreach (var account in write.Accounts)
            {
                last[account] = (run, turn);
            }

            return run;
        }).ToArray());
        while (!all.IsCompleted)
        {
            await Task.WhenAny(wave.ArrivalAsync(), all);
            if (!all.IsCompleted)
            {
                await wave.RunAsync();
            }
        }

        await all;
    }

    private static async Task RunAfterAsync(Task[] before, Write write, Wave.Turn turn)
    {
        foreach (var other in before)
        {
            await other;
        }

        await write.RunAsync(new Transaction(turn));
        turn.End();
    }

    /// <summary>
    /// Leaves a mark of the transaction's own with it. When the connection is lost in the commit, another transaction that tries to leave the
    /// same mark waits for the first one's end, and tells by it what became of it.
    /// </summary>
    private async Task CommitAsync(IReadOnlyList<Write> batch, Wave wave)
    {
        var own = wave.Begin();
        if (Join(batch.Where(write => write.IsToCommit).SelectMany(write => write.Transaction!.ChangedAccounts)) is { } changed)
        {
            _ = own.QueueAsync(VersionRows.CountRegisterOfMany, [[("ids", changed)]], default);
        }

        var now = clock.GetUtcNow();
        var mark = CommitRows.NewId(now);
        CommitRows.Queue(own, mark);
        if (++commits % CommitsPerPruning == 0)
        {
            CommitRows.QueuePruning(own, now);
        }

        Exception? doubt = null;
        try
        {
            using var warned = new CommitWarning(connection!);
            await EndAsync(wave, "COMMIT");
            doubt = warned.Exception;
        }
        catch (NpgsqlException exception) when (IsOutcomeUnknown(exception))
        {
            doubt = exception;
        }

        if (doubt is not null)
        {
            await ForgetLinkAsync();
            await ConfirmAsync(mark, doubt);
        }
    }

    private static async Task EndAsync(Wave wave, string statement)
    {
        _ = wave.Begin().QueueAsync(statement, [[]], default);
        await wave.RunAsync();
    }

    /// <summary>Finds out what became of the commit.</summary>
    /// <exception cref="NpgsqlException">It did not happen, because of this.</exception>
    /// <exception cref="OutcomeUnknownException">Nobody could be asked.</exception>
    private async Task ConfirmAsync(string mark, Exception doubt)
    {
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < Patience; await Task.Delay(BetweenTries))
        {
            try
            {
                await using var other = await open();
                using var warned = new CommitWarning(other);
                var isCommitted = await CommitRows.ConfirmAsync(new Session(new LinkStatements(new Link(other, keepsCommands: false), transaction: null)), mark);
                if (warned.Exception is not null)
                {
                    continue; // it is here, and perhaps nowhere else
                }

                if (!isCommitted)
                {
                    ExceptionDispatchInfo.Throw(doubt);
                }

                return;
            }
            catch (DbException exception) when (exception != doubt && isAway(exception))
            {
            }
        }

        throw new OutcomeUnknownException(doubt);
    }

    /// <summary>Whether the server did not say that the transaction is undone.</summary>
    /// <remarks>A server that is shut down cancels the wait for its standby, though it has committed by itself.</remarks>
    private bool IsOutcomeUnknown(NpgsqlException exception) => exception is PostgresException { SqlState: PostgresErrorCodes.StatementCompletionUnknown } || isAway(exception);

    /// <summary>The keys in their order, each once; null when there is none. None has a comma in it: they are ids.</summary>
    private static string? Join(IEnumerable<string> ids)
    {
        var sorted = ids.Where(id => !id.Contains(',')).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        var joined = string.Join(',', sorted);
        return joined.Length > 0 ? joined : null;
    }
}

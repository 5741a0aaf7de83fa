using System.Data.Common;
using System.Diagnostics;
using System.Security.Cryptography;
using Guildhall.Memberships;
using Guildhall.Sealing;

namespace Guildhall.Storage;

/// <summary>The one door to the register. Safe for concurrent use.</summary>
/// <param name="keys">With which its secrets are sealed; null for what needs none.</param>
public sealed class Store(Dialect dialect, StoreKeys? keys = null) : IAsyncDisposable
{
    /// <summary>How long a write that keeps losing races is repeated; a large one among many small ones may lose for a while.</summary>
    private static readonly TimeSpan RacePatience = TimeSpan.FromSeconds(10);

    /// <summary>How long a call waits for a database that is away: long enough for a standby to take over, shorter than callers wait.</summary>
    private static readonly TimeSpan AwayPatience = TimeSpan.FromSeconds(20);

    private const int MostMillisecondsAfterRace = 100;

    /// <summary>Released once after each commit that leaves work; the worker waits on it.</summary>
    public SemaphoreSlim WorkQueued { get; } = new(0, 1);

    public Dialect Dialect => dialect;

    /// <summary>With which its secrets are sealed.</summary>
    public StoreKeys Keys { get; } = keys ?? StoreKeys.None;

    /// <summary>Opens the store that the setting names: a PostgreSQL connection string (<c>Host=…</c>), or a SQLite file.</summary>
    /// <param name="keys">With which its secrets are sealed; null for the file beside a SQLite store.</param>
    public static Store Open(string setting, StoreKeys? keys = null) =>
        new(setting.Contains('=') ? new PostgresDialect(setting) : new SqliteDialect(setting), keys ?? StoreKeys.BesideOf(setting));

    /// <summary>Reads without a transaction: each statement sees what was committed when it began. It may run again when the database was away.</summary>
    public Task<T> ReadAsync<T>(Func<Session, Task<T>> work, CancellationToken cancellationToken) =>
        WaitWhileAwayAsync(() => new ValueTask<T>(ReadOnceAsync(work, cancellationToken)), cancellationToken).AsTask();

    /// <summary>
    /// The account's versions as they are after the call began. What was read of the account after they were last the same is what it would be read as now.
    /// </summary>
    public ValueTask<AccountVersions> FindVersionsAsync(string accountId, CancellationToken cancellationToken) =>
        dialect.TryFindVersions(accountId, out var versions) ? new(versions) : WaitWhileAwayAsync(() => dialect.FindVersionsAsync(accountId), cancellationToken);

    /// <summary>
    /// Runs the work in one transaction and commits it, or undoes all of it when it returns a refusal or throws.
    /// The work may run again after a lost race or a lost connection, so it must change nothing but what the transaction holds.
    /// When the task completes with a value, the change survives a crash of the process and of the machine.
    /// </summary>
    /// <exception cref="OutcomeUnknownException">The connection was lost in the commit.</exception>
    public Task<Result<T>> WriteAsync<T>(Func<Transaction, Task<Result<T>>> work, CancellationToken cancellationToken) =>
        RepeatAsync(work, accounts: null, size: 1, cancellationToken);

    /// <summary>As <see cref="WriteAsync"/>, in a transaction that may be shared with other writes. The work waits for nothing but its statements.</summary>
    /// <param name="accounts">
    /// The ids of all accounts on whose affairs the work decides: nobody else who names one of them decides meanwhile. Beyond these, an update names
    /// the version it read.
    /// </param>
    /// <param name="size">About how many rows it writes, so that many small pieces do not wait for a large one where they need not.</param>
    public Task<Result<T>> WriteSharedAsync<T>(
        IReadOnlyCollection<string> accounts, Func<Transaction, Task<Result<T>>> work, CancellationToken cancellationToken, int size = 1) =>
        RepeatAsync(work, accounts, size, cancellationToken);

    /// <summary>As <see cref="WriteAsync"/>, for work of the server's own, which refuses nothing.</summary>
    /// <exception cref="InvalidOperationException">The store is too busy to take it, and nothing was done.</exception>
    public async Task<T> WriteOwnAsync<T>(Func<Transaction, Task<T>> work, CancellationToken cancellationToken)
    {
        var written = await WriteAsync<T>(async transaction => await work(transaction), cancellationToken);
        return written.IsRefused(out var busy, out var value) ? throw new InvalidOperationException($"The store turned a write away: {busy.Message}") : value;
    }

    private async Task<Result<T>> RepeatAsync<T>(
        Func<Transaction, Task<Result<T>>> work, IReadOnlyCollection<string>? accounts, int size, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var racing = started;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await dialect.WriteAsync(work, accounts, size, WakeWorker, cancellationToken);
            }
            catch (Exception exception) when (IsLostRace(exception) && Stopwatch.GetElapsedTime(racing) < RacePatience)
            {
                await Task.Delay(RandomNumberGenerator.GetInt32(1, Math.Min(4 * attempt, MostMillisecondsAfterRace)), cancellationToken);
            }
            catch (DbException exception) when (dialect.IsAway(exception) && Stopwatch.GetElapsedTime(started) < AwayPatience)
            {
                await WaitForDatabaseAsync(cancellationToken);
                racing = Stopwatch.GetTimestamp(); // when it is back, everyone who waited comes at once
            }
        }
    }

    /// <summary>Whether others were faster, so that the same work may succeed later; nothing of it is in the store.</summary>
    public bool IsLostRace(Exception exception) =>
        exception is StaleRowException || (exception is DbException failure && dialect.IsWorthRepeating(failure));

    /// <summary>Whether the database could not be reached for longer than anyone waits; nothing was done.</summary>
    public bool IsAway(Exception exception) => exception is DbException failure && dialect.IsAway(failure);

    /// <summary>Whether the same request, sent again a little later, may well succeed.</summary>
    public bool IsPassing(Exception exception) => IsLostRace(exception) || IsAway(exception) || exception is OutcomeUnknownException;

    public ValueTask DisposeAsync()
    {
        WorkQueued.Dispose();
        return dialect.DisposeAsync();
    }

    private async ValueTask<T> WaitWhileAwayAsync<T>(Func<ValueTask<T>> read, CancellationToken cancellationToken)
    {
        for (var started = Stopwatch.GetTimestamp(); ; await WaitForDatabaseAsync(cancellationToken))
        {
            try
            {
                return await read();
            }
            catch (DbException exception) when (dialect.IsAway(exception) && Stopwatch.GetElapsedTime(started) < AwayPatience)
            {
            }
        }
    }

    private async Task<T> ReadOnceAsync<T>(Func<Session, Task<T>> work, CancellationToken cancellationToken)
    {
        var link = await dialect.RentReaderAsync(cancellationToken);
        try
        {
            return await work(new Session(new LinkStatements(link, transaction: null)));
        }
        finally
        {
            await dialect.ReturnReader(link);
        }
    }

    /// <summary>Tells the worker to look for due work now; the demo's clock does, after a jump.</summary>
    public void WakeWorker()
    {
        try
        {
            WorkQueued.Release();
        }
        catch (SemaphoreFullException)
        {
            // It has been told already.
        }
    }

    private static Task WaitForDatabaseAsync(CancellationToken cancellationToken) =>
        Task.Delay(RandomNumberGenerator.GetInt32(50, 500), cancellationToken);
}

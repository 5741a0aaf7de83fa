using System.Data.Common;
using System.Security.Cryptography;
using Guildhall.Memberships;

namespace Guildhall.Storage;

/// <summary>The one door to the register. Safe for concurrent use.</summary>
public sealed class Store(Dialect dialect) : IAsyncDisposable
{
    private const int MaxAttempts = 20;

    /// <summary>Released once after each commit that leaves work; the worker waits on it.</summary>
    public SemaphoreSlim WorkQueued { get; } = new(0, 1);

    public Dialect Dialect => dialect;

    /// <summary>Opens the store that the setting names: a PostgreSQL connection string (<c>Host=…</c>), or a SQLite file.</summary>
    public static Store Open(string setting) =>
        new(setting.Contains('=') ? new PostgresDialect(setting) : new SqliteDialect(setting));

    /// <summary>Reads without a transaction: each statement sees what was committed when it began.</summary>
    public async Task<T> ReadAsync<T>(Func<Session, Task<T>> work, CancellationToken cancellationToken)
    {
        var link = await dialect.RentReaderAsync(cancellationToken);
        try
        {
            return await work(new Session(link, transaction: null));
        }
        finally
        {
            await dialect.ReturnReader(link);
        }
    }

    /// <summary>
    /// Runs the work in one transaction and commits it, or undoes all of it when it returns a refusal or throws.
    /// The work may run again after a lost race, so it must change nothing but what the transaction holds.
    /// When the task completes with a value, the change survives a crash of the process and of the machine.
    /// </summary>
    public async Task<Result<T>> WriteAsync<T>(Func<Transaction, Task<Result<T>>> work, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await dialect.WriteAsync(work, WakeWorker, cancellationToken);
            }
            catch (Exception exception) when (attempt < MaxAttempts && IsLostRace(exception))
            {
            }

            await Task.Delay(RandomNumberGenerator.GetInt32(1, 4 * attempt), cancellationToken);
        }
    }

    /// <summary>Whether others were faster, so that the same work may succeed later; nothing of it is in the store.</summary>
    public bool IsLostRace(Exception exception) =>
        exception is StaleRowException || (exception is DbException failure && dialect.IsWorthRepeating(failure));

    public ValueTask DisposeAsync()
    {
        WorkQueued.Dispose();
        return dialect.DisposeAsync();
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
}

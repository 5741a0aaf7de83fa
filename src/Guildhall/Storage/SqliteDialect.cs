using System.Collections.Concurrent;
using System.Data.Common;
using Guildhall.Memberships;
using Microsoft.Data.Sqlite;

namespace Guildhall.Storage;

/// <summary>SQLite in one file: write-ahead log, one writer that shares its flushes between callers.</summary>
public sealed class SqliteDialect : Dialect
{
    private const int MaxIdleReaders = 32;

    /// <summary>
    /// A checkpoint every 16 MB of log instead of every 4: fewer of them stand in a writer's way. A log that had to grow is cut to twice that when it begins anew.
    /// What is deleted is written over with zeros.
    /// </summary>
    private const string ForWriting =
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 33554432";

    /// <summary>A small cache: it is emptied whenever anyone has written, and the system keeps the file's pages anyway.</summary>
    private static readonly string ForReading = $"PRAGMA query_only = ON; PRAGMA cache_size = -{MemoryBudget.OfProcess.ReaderPages / MaxIdleReaders / 1024}";

    private static readonly TimeSpan BusyTimeout = TimeSpan.FromSeconds(30);

    private readonly string connectionString;
    private readonly ConcurrentBag<Link> readers = [];
    private readonly SqliteWriter writer;
    private readonly SqliteVersions versions;

    /// <summary>Opens or creates the file, readable by its owner only.</summary>
    public SqliteDialect(string file)
    {
        File = file;
        PrivateFiles.CreateFile(file);
        connectionString = new SqliteConnectionStringBuilder { DataSource = file, Pooling = false, DefaultTimeout = (int)BusyTimeout.TotalSeconds }.ToString();

        versions = new SqliteVersions(() => OpenAsync(ForReading, CancellationToken.None), FindIdentityVersionAsync);
        writer = new SqliteWriter(() => OpenAsync(ForWriting, CancellationToken.None), versions, new SqliteLog(file));
    }

    public string File { get; }

    public override string Name => "SQLite";

    /// <summary>The texts of the statements that the writer has prepared. To be asked for within a write.</summary>
    internal IReadOnlyCollection<string> KeptByWriter => writer.KeptStatements;

    public override async ValueTask<Link> RentReaderAsync(CancellationToken cancellationToken) =>
        readers.TryTake(out var link) ? link : await OpenAsync(ForReading, cancellationToken);

    public override ValueTask ReturnReader(Link link)
    {
        if (readers.Count >= MaxIdleReaders)
        {
            return link.DisposeAsync();
        }

        readers.Add(link);
        return ValueTask.CompletedTask;
    }

    public override ValueTask<AccountVersions> FindVersionsAsync(string accountId) => versions.FindAsync(accountId);

    public override bool TryFindVersions(string accountId, out AccountVersions versions) => this.versions.TryFind(accountId, out versions);

    /// <remarks>There is one writer, so nobody else can decide on the same accounts.</remarks>
    public override Task<Result<T>> WriteAsync<T>(
        Func<Transaction, Task<Result<T>>> work, IReadOnlyCollection<string>? accounts, int size, Action leftWork, CancellationToken cancellationToken) =>
        writer.WriteAsync(new Write<T>(work, accounts ?? [], size, leftWork, cancellationToken));

    public override bool IsWorthRepeating(DbException exception) =>
        exception is SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED };

    /// <remarks>An immediate transaction already is the lock.</remarks>
    public override Task LockForMigrationAsync(Session session) => Task.CompletedTask;

    /// <remarks>The whole file is written anew, and its log emptied before and after: both hold what they held until they are written over.</remarks>
    public override async Task ClearAsync(IReadOnlyList<string> tables, CancellationToken cancellationToken)
    {
        await using var link = await OpenAsync(ForWriting, cancellationToken);
        foreach (var statement in (string[])["PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"])
        {
            await using var command = link.Connection.CreateCommand();
            command.CommandText = statement;
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await writer.DisposeAsync();
        await versions.DisposeAsync();
        while (readers.TryTake(out var link))
        {
            await link.DisposeAsync();
        }
    }

    private async Task<long> FindIdentityVersionAsync(string accountId)
    {
        var link = await RentReaderAsync(CancellationToken.None);
        try
        {
            return await new Session(new LinkStatements(link, transaction: null)).FindIdentityVersionAsync(accountId);
        }
        finally
        {
            await ReturnReader(link);
        }
    }

    private async Task<Link> OpenAsync(string pragmas, CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(connectionString);
        await connection.OpenAsync(cancellationToken);
        connection.CreateFunction<string, string, string, string>("translate", Pattern.Translate, isDeterministic: true);
        await using var command = connection.CreateCommand();
        command.CommandText = $"PRAGMA journal_mode = WAL; PRAGMA soft_heap_limit = {MemoryBudget.OfProcess.Sqlite}; {pragmas}";
        await command.ExecuteNonQueryAsync(cancellationToken);
        KeepPlans(connection);
        return new Link(connection, keepsCommands: true);
    }

    /// <summary>
    /// Has a prepared statement keep its plan. Otherwise SQLite looks at the number that is bound to a <c>LIMIT</c> when it plans, and prepares the statement
    /// anew each time another one is bound: ten times the work of running it (https://sqlite.org/c3ref/c_dbconfig_defensive.html, SQLITE_DBCONFIG_ENABLE_QPSG).
    /// </summary>
    private static void KeepPlans(SqliteConnection connection)
    {
        const int EnablePlanStability = 1007;
        if (SQLitePCL.raw.sqlite3_db_config(connection.Handle, EnablePlanStability, 1, out var enabled) != SQLitePCL.raw.SQLITE_OK || enabled != 1)
        {
            throw new InvalidOperationException("This SQLite cannot keep the plans of its statements.");
        }
    }
}

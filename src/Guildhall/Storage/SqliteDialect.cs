using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Guildhall.Storage;

/// <summary>SQLite in one file: write-ahead log, a flush per commit, one writer at a time.</summary>
public sealed class SqliteDialect : Dialect
{
    private const int MaxIdleReaders = 32;
    private static readonly TimeSpan BusyTimeout = TimeSpan.FromSeconds(30);

    private readonly string connectionString;
    private readonly ConcurrentBag<Link> readers = [];
    private readonly SemaphoreSlim writing = new(1, 1);
    private Link? writer;

    /// <summary>Opens or creates the file, readable by its owner only.</summary>
    public SqliteDialect(string file)
    {
        File = file;
        PrivateFiles.CreateFile(file);
        connectionString = new SqliteConnectionStringBuilder { DataSource = file, Pooling = false, DefaultTimeout = (int)BusyTimeout.TotalSeconds }.ToString();
    }

    public string File { get; }

    public override string Name => "SQLite";

    public override async ValueTask<Link> RentReaderAsync(CancellationToken cancellationToken) =>
        readers.TryTake(out var link) ? link : await OpenAsync("PRAGMA query_only = ON", cancellationToken);

    public override ValueTask ReturnReader(Link link)
    {
        if (readers.Count >= MaxIdleReaders)
        {
            return link.DisposeAsync();
        }

        readers.Add(link);
        return ValueTask.CompletedTask;
    }

    public override async ValueTask<Link> RentWriterAsync(CancellationToken cancellationToken)
    {
        await writing.WaitAsync(cancellationToken);
        try
        {
            return writer ??= await OpenAsync("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON", cancellationToken);
        }
        catch
        {
            writing.Release();
            throw;
        }
    }

    public override ValueTask ReturnWriter(Link link)
    {
        writing.Release();
        return ValueTask.CompletedTask;
    }

    /// <remarks>Immediate: another process that writes (the command line) is waited for here, not in the middle.</remarks>
    public override ValueTask<DbTransaction> BeginWriteAsync(Link link, CancellationToken cancellationToken) =>
        new(((SqliteConnection)link.Connection).BeginTransaction(deferred: false));

    public override bool IsWorthRepeating(DbException exception) =>
        exception is SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED };

    public override bool IsUniqueViolation(DbException exception) => exception is SqliteException
    {
        SqliteExtendedErrorCode: SQLitePCL.raw.SQLITE_CONSTRAINT_UNIQUE or SQLitePCL.raw.SQLITE_CONSTRAINT_PRIMARYKEY,
    };

    /// <remarks>An immediate transaction already is the lock.</remarks>
    public override Task LockForMigrationAsync(Session session) => Task.CompletedTask;

    public override async ValueTask DisposeAsync()
    {
        while (readers.TryTake(out var link))
        {
            await link.DisposeAsync();
        }

        await writing.WaitAsync();
        if (writer is not null)
        {
            await writer.DisposeAsync();
            writer = null;
        }

        writing.Release();
    }

    private async Task<Link> OpenAsync(string pragmas, CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(connectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = $"PRAGMA journal_mode = WAL; PRAGMA cache_size = -65536; {pragmas}";
        await command.ExecuteNonQueryAsync(cancellationToken);
        return new Link(connection, keepsCommands: true);
    }
}

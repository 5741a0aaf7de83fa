using System.Data;
using System.Data.Common;
using System.Net.Sockets;
using Guildhall.Memberships;
using Npgsql;

namespace Guildhall.Storage;

/// <summary>PostgreSQL 15 or newer: writers whose transactions are shared, and serializable ones for work that cannot share.</summary>
public sealed class PostgresDialect : Dialect
{
    private const long MigrationLock = 0x6775696c64; // "guild"

    /// <summary>
    /// PostgreSQL runs what one connection sends on one processor. Two keep the disk and a second one busy, and a large piece of work does not hold up the
    /// small ones; with more, each would have fewer to share a transaction with.
    /// </summary>
    private const int Writers = 2;

    /// <summary>How long a host of several may take to be connected to; one that is gone for good holds up the search for this long.</summary>
    private const int SecondsPerHost = 3;

    private readonly NpgsqlDataSource source;
    private readonly PostgresWriter[] writers;
    private readonly PostgresVersions versions;

    public PostgresDialect(string connectionString)
    {
        // Nothing is left in a session that the next one who takes the connection would have to be guarded from.
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { MaxAutoPrepare = 200, NoResetOnClose = true };
        builder.ApplicationName ??= "guildhall";
        var hasSeveralHosts = builder.Host?.Contains(',') == true;
        builder.TargetSessionAttributes = hasSeveralHosts ? "primary" : null; // a standby may be behind; the driver refuses to ask one host alone
        if (hasSeveralHosts && !builder.ShouldSerialize("Timeout"))
        {
            builder.Timeout = SecondsPerHost;
        }

        source = NpgsqlDataSource.Create(builder);
        writers = [.. Enumerable.Range(0, Writers).Select(_ => new PostgresWriter(OpenKeptAsync, IsAway, TimeProvider.System))];
        versions = new PostgresVersions(OpenKeptAsync);
    }

    public override string Name => "PostgreSQL";

    public override async ValueTask<Link> RentReaderAsync(CancellationToken cancellationToken) =>
        new(await OpenAsync(cancellationToken), keepsCommands: false);

    public override ValueTask ReturnReader(Link link) => link.DisposeAsync();

    public override ValueTask<AccountVersions> FindVersionsAsync(string accountId) => new(versions.FindAsync(accountId));

    public override async Task<Result<T>> WriteAsync<T>(
        Func<Transaction, Task<Result<T>>> work, IReadOnlyCollection<string>? accounts, int size, Action leftWork, CancellationToken cancellationToken)
    {
        if (accounts is not null)
        {
            return await writers.MinBy(writer => writer.Load)!.WriteAsync(new Write<T>(work, accounts, size, leftWork, cancellationToken));
        }

        await using var link = await RentReaderAsync(cancellationToken);
        await using var transaction = await link.Connection.BeginTransactionAsync(IsolationLevel.Serializable, cancellationToken);
        var session = new Transaction(new LinkStatements(link, transaction));
        var result = await work(session);
        if (!result.IsRefused(out _) && session.ChangedAccounts.Count > 0)
        {
            await session.ExecuteAsync(VersionRows.CountRegisterOfMany, [("ids", string.Join(',', session.ChangedAccounts))], CancellationToken.None);
        }

        if (result.IsRefused(out _))
        {
            await transaction.RollbackAsync(CancellationToken.None);
            return result;
        }

        await CommitAsync((NpgsqlConnection)link.Connection, transaction);
        if (session.LeavesWork)
        {
            leftWork();
        }

        return result;
    }

    /// <remarks>A unique violation counts: under concurrency it may be the neighbour's row, and the second run finds it by looking.</remarks>
    public override bool IsWorthRepeating(DbException exception) => exception is PostgresException
    {
        SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.UniqueViolation,
    };

    /// <remarks>
    /// The server is going away, coming up or out of reach. Before the commit that says that nothing happened; in the commit it does not,
    /// and comes as <see cref="OutcomeUnknownException"/>.
    /// </remarks>
    public override bool IsAway(DbException exception) => exception switch
    {
        PostgresException { SqlState: var state } => state is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown
            or PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.ReadOnlySqlTransaction,
        NpgsqlException { InnerException: AggregateException hosts } => hosts.InnerExceptions.Any(IsAwayBehind),
        NpgsqlException { InnerException: null } => source is NpgsqlMultiHostDataSource, // none of the hosts is the primary
        NpgsqlException { InnerException: { } reason } => IsAwayBehind(reason),
        _ => false,
    };

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await source.OpenConnectionAsync(cancellationToken);
        }
        catch (NpgsqlException) when (source is NpgsqlMultiHostDataSource hosts)
        {
            hosts.ClearDatabaseStates(); // who was a standby a moment ago may be the primary now
            throw;
        }
    }

    /// <summary>A connection that is kept, for statements that all have an index.</summary>
    /// <remarks>
    /// Until a table that grows is analyzed for the first time, the planner takes it for empty and reads it from end to end, which soon takes a hundred times
    /// as long. And where it thinks that values matter, it plans a prepared statement anew each time, which takes longer than to run it. These are hints, and
    /// nothing depends on them.
    /// </remarks>
    private async Task<NpgsqlConnection> OpenKeptAsync()
    {
        var connection = await OpenAsync(CancellationToken.None);
        await using var hint = new NpgsqlCommand("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan", connection);
        await hint.ExecuteNonQueryAsync();
        return connection;
    }

    private bool IsAwayBehind(Exception reason) => reason is DbException inner ? IsAway(inner) : reason is IOException or SocketException or TimeoutException;

    /// <remarks>
    /// Under read committed: a serializable transaction would see the schema as it was before it waited for the lock, and run the step that
    /// was run meanwhile. The lock goes with the transaction.
    /// </remarks>
    public override async Task LockForMigrationAsync(Session session)
    {
        await session.ExecuteAsync("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
        await session.ExecuteAsync("SELECT pg_advisory_xact_lock(@key)", [("key", MigrationLock)]);
    }

    /// <remarks>From here on the caller's hanging up must not decide whether the change is true.</remarks>
    private static async Task CommitAsync(NpgsqlConnection connection, DbTransaction transaction)
    {
        using var warned = new CommitWarning(connection);
        try
        {
            await transaction.CommitAsync(CancellationToken.None);
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected)
        {
            throw; // PostgreSQL says that it did not commit
        }
        catch (NpgsqlException exception)
        {
            throw new OutcomeUnknownException(exception);
        }

        if (warned.Exception is { } warning)
        {
            throw new OutcomeUnknownException(warning);
        }
    }

    /// <remarks>Where the role does not own the tables, PostgreSQL warns and leaves them to autovacuum.</remarks>
    public override async Task ClearAsync(IReadOnlyList<string> tables, CancellationToken cancellationToken)
    {
        await using var link = await RentReaderAsync(cancellationToken);
        await using var command = link.Connection.CreateCommand();
        command.CommandText = $"VACUUM FULL {string.Join(", ", tables)}";
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var writer in writers)
        {
            await writer.DisposeAsync();
        }

        await versions.DisposeAsync();
        await source.DisposeAsync();
    }
}

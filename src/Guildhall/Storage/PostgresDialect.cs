using System.Data;
using System.Data.Common;
using System.Net.Sockets;
using Guildhall.Memberships;
using Npgsql;

namespace Guildhall.Storage;

/// <summary>PostgreSQL 15 or newer: serializable transactions, so that what a write read still holds at its commit.</summary>
public sealed class PostgresDialect : Dialect
{
    private const long MigrationLock = 0x6775696c64; // "guild"

    private readonly NpgsqlDataSource source;
    private readonly PostgresWriter writer;
    private readonly PostgresVersions versions;

    public PostgresDialect(string connectionString)
    {
        // Nothing is left in a session that the next one who takes the connection would have to be guarded from.
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { MaxAutoPrepare = 200, NoResetOnClose = true };
        builder.ApplicationName ??= "guildhall";
        source = NpgsqlDataSource.Create(builder);
        writer = new PostgresWriter(source, IsAway, TimeProvider.System);
        versions = new PostgresVersions(source);
    }

    public override string Name => "PostgreSQL";

    public override async ValueTask<Link> RentReaderAsync(CancellationToken cancellationToken) =>
        new(await source.OpenConnectionAsync(cancellationToken), keepsCommands: false);

    public override ValueTask ReturnReader(Link link) => link.DisposeAsync();

    public override ValueTask<AccountVersions> FindVersionsAsync(string accountId) => new(versions.FindAsync(accountId));

    public override async Task<Result<T>> WriteAsync<T>(
        Func<Transaction, Task<Result<T>>> work, IReadOnlyCollection<string>? accounts, Action leftWork, CancellationToken cancellationToken)
    {
        if (accounts is not null)
        {
            return await writer.WriteAsync(new Write<T>(work, accounts, leftWork, cancellationToken));
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

        await CommitAsync(transaction);
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
            or PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.TooManyConnections,
        NpgsqlException { InnerException: IOException or SocketException or TimeoutException } => true,
        _ => false,
    };

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
    private static async Task CommitAsync(DbTransaction transaction)
    {
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
    }

    public override async ValueTask DisposeAsync()
    {
        await writer.DisposeAsync();
        await versions.DisposeAsync();
        await source.DisposeAsync();
    }
}

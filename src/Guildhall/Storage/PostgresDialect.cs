using System.Data;
using System.Data.Common;
using Guildhall.Memberships;
using Npgsql;

namespace Guildhall.Storage;

/// <summary>PostgreSQL 15 or newer: serializable transactions, so that what a write read still holds at its commit.</summary>
public sealed class PostgresDialect : Dialect
{
    private const long MigrationLock = 0x6775696c64; // "guild"

    private readonly NpgsqlDataSource source;

    public PostgresDialect(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { MaxAutoPrepare = 200, ApplicationName = "guildhall" };
        source = NpgsqlDataSource.Create(builder);
    }

    public override string Name => "PostgreSQL";

    public override async ValueTask<Link> RentReaderAsync(CancellationToken cancellationToken) =>
        new(await source.OpenConnectionAsync(cancellationToken), keepsCommands: false);

    public override ValueTask ReturnReader(Link link) => link.DisposeAsync();

    public override async Task<Result<T>> WriteAsync<T>(Func<Transaction, Task<Result<T>>> work, Action leftWork, CancellationToken cancellationToken)
    {
        await using var link = await RentReaderAsync(cancellationToken);
        await using var transaction = await link.Connection.BeginTransactionAsync(IsolationLevel.Serializable, cancellationToken);
        var session = new Transaction(link, transaction);
        var result = await work(session);
        if (result.IsRefused(out _))
        {
            await transaction.RollbackAsync(CancellationToken.None);
            return result;
        }

        // From here on the caller's hanging up must not decide whether the change is true.
        await transaction.CommitAsync(CancellationToken.None);
        if (session.LeavesWork)
        {
            leftWork();
        }

        return result;
    }

    /// <remarks>
    /// A unique violation counts: under concurrency it may be the neighbour's row, and the second run finds it by looking.
    /// A lost connection does not, because the commit may have happened.
    /// </remarks>
    public override bool IsWorthRepeating(DbException exception) => exception is PostgresException
    {
        SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.UniqueViolation,
    };

    public override bool IsUniqueViolation(DbException exception) =>
        exception is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    public override Task LockForMigrationAsync(Session session) =>
        session.ExecuteAsync("SELECT pg_advisory_xact_lock(@key)", [("key", MigrationLock)]);

    public override ValueTask DisposeAsync() => source.DisposeAsync();
}

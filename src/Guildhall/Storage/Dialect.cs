using System.Data.Common;

namespace Guildhall.Storage;

/// <summary>What differs between the engines. Everything else is one SQL text for both.</summary>
public abstract class Dialect : IAsyncDisposable
{
    /// <summary>Names the engine to operators: <c>SQLite</c> or <c>PostgreSQL</c>.</summary>
    public abstract string Name { get; }

    /// <summary>A connection for reading. Return it with <see cref="ReturnReader"/>.</summary>
    public abstract ValueTask<Link> RentReaderAsync(CancellationToken cancellationToken);

    public abstract ValueTask ReturnReader(Link link);

    /// <summary>A connection for one write transaction. Return it with <see cref="ReturnWriter"/>.</summary>
    public abstract ValueTask<Link> RentWriterAsync(CancellationToken cancellationToken);

    public abstract ValueTask ReturnWriter(Link link);

    /// <summary>Begins a transaction in which what was read still holds at the commit.</summary>
    public abstract ValueTask<DbTransaction> BeginWriteAsync(Link link, CancellationToken cancellationToken);

    /// <summary>Whether the whole transaction may succeed when it is run again.</summary>
    public abstract bool IsWorthRepeating(DbException exception);

    /// <summary>Whether the exception says that a unique key is taken.</summary>
    public abstract bool IsUniqueViolation(DbException exception);

    /// <summary>Keeps every other process out until the transaction ends; migrations run under it.</summary>
    public abstract Task LockForMigrationAsync(Session session);

    public abstract ValueTask DisposeAsync();
}

/// <summary>An open connection and the commands prepared on it. Not safe for concurrent use.</summary>
/// <param name="keepsCommands">True where preparing is ours to do (SQLite); false where the driver does it (Npgsql).</param>
public sealed class Link(DbConnection connection, bool keepsCommands) : IAsyncDisposable
{
    private readonly Dictionary<string, DbCommand> kept = [];

    public DbConnection Connection => connection;

    /// <summary>A command for the text. Give it back with <see cref="Release"/>.</summary>
    public DbCommand Take(string sql)
    {
        if (kept.Remove(sql, out var command))
        {
            return command;
        }

        command = connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }

    public void Release(DbCommand command)
    {
        command.Parameters.Clear();
        if (!keepsCommands || !kept.TryAdd(command.CommandText, command))
        {
            command.Dispose();
        }
    }

    public ValueTask DisposeAsync()
    {
        foreach (var command in kept.Values)
        {
            command.Dispose();
        }

        return connection.DisposeAsync();
    }
}

using System.Data.Common;
using Guildhall.Memberships;

namespace Guildhall.Storage;

/// <summary>What differs between the engines. Everything else is one SQL text for both.</summary>
public abstract class Dialect : IAsyncDisposable
{
    /// <summary>Names the engine to operators: <c>SQLite</c> or <c>PostgreSQL</c>.</summary>
    public abstract string Name { get; }

    /// <summary>A connection for reading. Return it with <see cref="ReturnReader"/>.</summary>
    public abstract ValueTask<Link> RentReaderAsync(CancellationToken cancellationToken);

    public abstract ValueTask ReturnReader(Link link);

    /// <summary>The account's versions as they are after the call began.</summary>
    public abstract ValueTask<AccountVersions> FindVersionsAsync(string accountId);

    /// <summary>The same, where it can be told at once.</summary>
    public virtual bool TryFindVersions(string accountId, out AccountVersions versions)
    {
        versions = default;
        return false;
    }

    /// <summary>
    /// Runs the work in one transaction in which what was read still holds at the commit, and commits it; or undoes it when it refuses or
    /// throws. The value comes after the commit.
    /// </summary>
    /// <param name="accounts">As <see cref="Store.WriteSharedAsync"/> takes it; null for a transaction of the work's own.</param>
    /// <param name="size">As <see cref="Store.WriteSharedAsync"/> takes it.</param>
    /// <param name="leftWork">Called after a commit that leaves work for the worker.</param>
    public abstract Task<Result<T>> WriteAsync<T>(
        Func<Transaction, Task<Result<T>>> work, IReadOnlyCollection<string>? accounts, int size, Action leftWork, CancellationToken cancellationToken);

    /// <summary>Whether the whole transaction may succeed when it is run again.</summary>
    public abstract bool IsWorthRepeating(DbException exception);

    /// <summary>Whether the database cannot be reached for the moment; never true of an embedded one.</summary>
    public virtual bool IsAway(DbException exception) => false;

    /// <summary>Keeps every other process out until the transaction ends; migrations run under it.</summary>
    public abstract Task LockForMigrationAsync(Session session);

    /// <summary>Writes the tables anew, so that what their deleted and changed rows held is not in the store's files any more.</summary>
    public abstract Task ClearAsync(IReadOnlyList<string> tables, CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();
}

/// <summary>The connection was lost while it committed: the change may be in the store or not.</summary>
public sealed class OutcomeUnknownException(Exception inner) : Exception("The connection was lost while it committed; the change may be in the store or not.", inner);

/// <summary>An open connection and the commands prepared on it. Not safe for concurrent use.</summary>
/// <param name="keepsCommands">True where preparing is ours to do (SQLite); false where the driver does it (Npgsql).</param>
public sealed class Link(DbConnection connection, bool keepsCommands) : IAsyncDisposable
{
    /// <summary>Statements for lists have a text per length; the rarely used ones are not kept.</summary>
    private const int MaxKept = 128;

    private readonly Dictionary<string, DbCommand> kept = [];

    public DbConnection Connection => connection;

    /// <summary>The texts of the statements that are prepared.</summary>
    public IReadOnlyCollection<string> KeptStatements => kept.Keys;

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

    /// <summary>Keeps the command with its parameters, which a statement of the same text finds in place.</summary>
    public void Release(DbCommand command)
    {
        if (!keepsCommands || kept.Count >= MaxKept || !kept.TryAdd(command.CommandText, command))
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

using System.Data.Common;
using System.Globalization;
using System.Text;

namespace Guildhall.Storage;

/// <summary>Runs statements, for one caller at a time.</summary>
public class Session
{
    private readonly IStatements statements;

    internal Session(IStatements statements) => this.statements = statements;

    /// <summary>Every row, in the order of the statement.</summary>
    public Task<List<T>> QueryAsync<T>(
        string sql, Func<DbDataReader, T> read, (string Name, object? Value)[]? parameters = null, CancellationToken cancellationToken = default) =>
        Noticed(sql).QueryAsync(sql, read, [parameters ?? []], cancellationToken);

    /// <summary>Every row of the statement run for each set of parameters, in the order of the sets.</summary>
    public Task<List<T>> QueryEachAsync<T>(
        string sql, Func<DbDataReader, T> read, IReadOnlyList<(string Name, object? Value)[]> sets, CancellationToken cancellationToken) =>
        sets.Count == 0 ? Task.FromResult<List<T>>([]) : Noticed(sql).QueryAsync(sql, read, sets, cancellationToken);

    /// <summary>Hands over the rows one by one, until one is not taken; for results that are larger than memory.</summary>
    public Task ReadEachAsync(
        string sql, Func<DbDataReader, ValueTask<bool>> take, (string Name, object? Value)[]? parameters = null, CancellationToken cancellationToken = default) =>
        statements.ReadEachAsync(sql, take, parameters ?? [], cancellationToken);

    /// <summary>The first row, or the default where there is none.</summary>
    public async Task<T?> FindAsync<T>(
        string sql, Func<DbDataReader, T> read, (string Name, object? Value)[]? parameters = null, CancellationToken cancellationToken = default)
    {
        var rows = await QueryAsync(sql, read, parameters, cancellationToken);
        return rows.Count > 0 ? rows[0] : default;
    }

    /// <summary>The number of rows written.</summary>
    public Task<int> ExecuteAsync(string sql, (string Name, object? Value)[]? parameters = null, CancellationToken cancellationToken = default) =>
        Noticed(sql).ExecuteAsync(sql, [parameters ?? []], cancellationToken);

    /// <summary>The number of rows written by the statement run for each set of parameters.</summary>
    public Task<int> ExecuteEachAsync(string sql, IReadOnlyList<(string Name, object? Value)[]> sets, CancellationToken cancellationToken) =>
        sets.Count == 0 ? Task.FromResult(0) : Noticed(sql).ExecuteAsync(sql, sets, cancellationToken);

    /// <summary>The first column of the first row as a number; a count, say.</summary>
    public async Task<long> CountAsync(string sql, (string Name, object? Value)[]? parameters = null, CancellationToken cancellationToken = default) =>
        await FindAsync(sql, row => row.GetInt64(0), parameters, cancellationToken);

    /// <summary>Placeholders and parameters for a list of values: <c>WHERE name IN ({In(...)})</c>.</summary>
    public static string In(string prefix, IReadOnlyList<string> values, List<(string Name, object? Value)> parameters)
    {
        var text = new StringBuilder();
        for (var i = 0; i < values.Count; i++)
        {
            var name = prefix + i.ToString(CultureInfo.InvariantCulture);
            text.Append(i == 0 ? "@" : ", @").Append(name);
            parameters.Add((name, values[i]));
        }

        return text.ToString();
    }

    /// <summary>Where the statement is run; a transaction takes note of what it writes.</summary>
    private protected virtual IStatements Noticed(string sql) => statements;
}

/// <summary>A <see cref="Session"/> whose changes become true together, or not at all.</summary>
public sealed class Transaction : Session
{
    private HashSet<string>? changed;

    internal Transaction(IStatements statements)
        : base(statements)
    {
    }

    /// <summary>Set when the transaction leaves work for the worker, so that the commit wakes it.</summary>
    public bool LeavesWork { get; set; }

    /// <summary>Whether somebody may no longer act for an account once this is committed, or what is remembered of that is to be looked up again.</summary>
    internal bool ChangesIdentity { get; set; }

    /// <summary>The accounts that see something else of the register once this is committed.</summary>
    internal IReadOnlyCollection<string> ChangedAccounts => changed ?? (IReadOnlyCollection<string>)[];

    /// <summary>Whether undoing this is more than forgetting it.</summary>
    internal bool HasWritten { get; private set; }

    /// <summary>Writes what nobody waits for, once for each set of parameters; it may be sent with the commit only.</summary>
    public Task QueueAsync(string sql, IReadOnlyList<(string Name, object? Value)[]> sets, CancellationToken cancellationToken) =>
        sets.Count == 0 ? Task.CompletedTask : Noticed(sql).QueueAsync(sql, sets, cancellationToken);

    /// <summary>Says that the account will see something else in its lists, so that none that was remembered is shown any more.</summary>
    public void Change(string accountId)
    {
        if (accountId.Length > 0)
        {
            (changed ??= new HashSet<string>(StringComparer.Ordinal)).Add(accountId);
        }
    }

    private protected override IStatements Noticed(string sql)
    {
        HasWritten |= !sql.StartsWith("SELECT", StringComparison.Ordinal);
        return base.Noticed(sql);
    }
}

/// <summary>Someone changed the row after it was read. The store runs the work again.</summary>
public sealed class StaleRowException(string message) : Exception(message);

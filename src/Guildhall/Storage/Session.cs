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

    /// <summary>Writes what is right whatever is there: a new row, a row in place of any other, a deletion.</summary>
    /// <exception cref="ArgumentException">It is an update, which says what it means when it finds nothing: by <see cref="ChangeAsync"/> and its like.</exception>
    public Task ExecuteAsync(string sql, (string Name, object? Value)[]? parameters = null, CancellationToken cancellationToken = default) =>
        ExecuteEachAsync(sql, [parameters ?? []], cancellationToken);

    /// <summary>As <see cref="ExecuteAsync"/>, for each set of parameters.</summary>
    public Task ExecuteEachAsync(string sql, IReadOnlyList<(string Name, object? Value)[]> sets, CancellationToken cancellationToken) =>
        sql.TrimStart().StartsWith("UPDATE", StringComparison.OrdinalIgnoreCase)
            ? throw new ArgumentException("An update says what it means when it finds nothing.", nameof(sql))
            : WriteAsync(sql, sets, cancellationToken);

    /// <summary>Changes or deletes the one row that the statement names, as it was read.</summary>
    /// <exception cref="StaleRowException">It is not there any more, or not as it was.</exception>
    public Task ChangeAsync(string sql, (string Name, object? Value)[] parameters, CancellationToken cancellationToken) =>
        ChangeEachAsync(sql, [parameters], cancellationToken);

    /// <summary>As <see cref="ChangeAsync"/>, one row for each set of parameters.</summary>
    public async Task ChangeEachAsync(string sql, IReadOnlyList<(string Name, object? Value)[]> sets, CancellationToken cancellationToken)
    {
        var written = await WriteAsync(sql, sets, cancellationToken);
        if (written < sets.Count)
        {
            throw new StaleRowException($"{sets.Count - written} of {sets.Count} rows changed after they were read: {sql}");
        }
    }

    /// <summary>The same, where somebody else may be faster.</summary>
    /// <returns>False when the row is not as it was read, and nothing was written.</returns>
    public async Task<bool> TryChangeAsync(string sql, (string Name, object? Value)[] parameters, CancellationToken cancellationToken) =>
        await WriteAsync(sql, [parameters], cancellationToken) == 1;

    /// <summary>Changes whatever the statement finds, be it nothing, for each set of parameters: there is no row of which it matters whether it was found.</summary>
    public Task ChangeAllAsync(string sql, IReadOnlyList<(string Name, object? Value)[]> sets, CancellationToken cancellationToken) => WriteAsync(sql, sets, cancellationToken);

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

    private Task<int> WriteAsync(string sql, IReadOnlyList<(string Name, object? Value)[]> sets, CancellationToken cancellationToken) =>
        sets.Count == 0 ? Task.FromResult(0) : Noticed(sql).ExecuteAsync(sql, sets, cancellationToken);

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

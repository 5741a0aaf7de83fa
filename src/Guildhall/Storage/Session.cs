using System.Data.Common;
using System.Globalization;
using System.Text;

namespace Guildhall.Storage;

/// <summary>Runs statements on one connection, for one caller at a time.</summary>
public class Session(Link link, DbTransaction? transaction)
{
    /// <inheritdoc cref="Link.RowsPerInsert"/>
    public int RowsPerInsert => link.RowsPerInsert;

    /// <inheritdoc cref="Link.KeptStatements"/>
    public IReadOnlyCollection<string> KeptStatements => link.KeptStatements;

    /// <summary>Every row, in the order of the statement.</summary>
    public async Task<List<T>> QueryAsync<T>(
        string sql, Func<DbDataReader, T> read, (string Name, object? Value)[]? parameters = null, CancellationToken cancellationToken = default)
    {
        var command = Prepare(sql, parameters);
        try
        {
            var rows = new List<T>();
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                rows.Add(read(reader));
            }

            return rows;
        }
        finally
        {
            link.Release(command);
        }
    }

    /// <summary>Hands over the rows one by one, for results that are larger than memory.</summary>
    public async Task ReadEachAsync(string sql, Func<DbDataReader, Task> take, CancellationToken cancellationToken)
    {
        var command = Prepare(sql, parameters: null);
        try
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                await take(reader);
            }
        }
        finally
        {
            link.Release(command);
        }
    }

    /// <summary>The first row, or the default where there is none.</summary>
    public async Task<T?> FindAsync<T>(
        string sql, Func<DbDataReader, T> read, (string Name, object? Value)[]? parameters = null, CancellationToken cancellationToken = default)
    {
        var command = Prepare(sql, parameters);
        try
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            return await reader.ReadAsync(cancellationToken) ? read(reader) : default;
        }
        finally
        {
            link.Release(command);
        }
    }

    /// <summary>The number of rows written.</summary>
    public async Task<int> ExecuteAsync(string sql, (string Name, object? Value)[]? parameters = null, CancellationToken cancellationToken = default)
    {
        var command = Prepare(sql, parameters);
        try
        {
            return await command.ExecuteNonQueryAsync(cancellationToken);
        }
        finally
        {
            link.Release(command);
        }
    }

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

    private DbCommand Prepare(string sql, (string Name, object? Value)[]? parameters)
    {
        var command = link.Take(sql);
        command.Transaction = transaction;
        foreach (var (name, value) in parameters ?? [])
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = "@" + name; // without it, SQLite's driver looks for the name four times
            parameter.Value = value switch
            {
                null => DBNull.Value,
                bool flag => flag ? 1L : 0L,
                int number => (long)number,
                DateTimeOffset time => time.ToUnixTimeMilliseconds(),
                _ => value,
            };
            command.Parameters.Add(parameter);
        }

        return command;
    }
}

/// <summary>A <see cref="Session"/> whose changes become true together, or not at all.</summary>
public sealed class Transaction(Link link, DbTransaction transaction) : Session(link, transaction)
{
    /// <summary>Set when the transaction leaves work for the worker, so that the commit wakes it.</summary>
    public bool LeavesWork { get; set; }
}

/// <summary>Someone changed the row after it was read. The store runs the work again.</summary>
public sealed class StaleRowException(string message) : Exception(message);

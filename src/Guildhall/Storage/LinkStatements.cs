using System.Data.Common;
using Npgsql;

namespace Guildhall.Storage;

/// <summary>Runs each statement when it is asked for, on one connection, for one caller at a time.</summary>
internal sealed class LinkStatements(Link link, DbTransaction? transaction) : IStatements
{
    public async Task<List<T>> QueryAsync<T>(
        string sql, Func<DbDataReader, T> read, IReadOnlyList<(string Name, object? Value)[]> sets, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        await ForEachAsync(sql, sets, async command =>
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                rows.Add(read(reader));
            }
        });
        return rows;
    }

    public async Task<int> ExecuteAsync(string sql, IReadOnlyList<(string Name, object? Value)[]> sets, CancellationToken cancellationToken)
    {
        var written = 0;
        await ForEachAsync(sql, sets, async command => written += await command.ExecuteNonQueryAsync(cancellationToken));
        return written;
    }

    public Task QueueAsync(string sql, IReadOnlyList<(string Name, object? Value)[]> sets, CancellationToken cancellationToken) =>
        ExecuteAsync(sql, sets, cancellationToken);

    public Task ReadEachAsync(string sql, Func<DbDataReader, ValueTask<bool>> take, (string Name, object? Value)[] parameters, CancellationToken cancellationToken) =>
        ForEachAsync(sql, [parameters], async command =>
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken) && await take(reader))
            {
            }
        });

    private async Task ForEachAsync(string sql, IReadOnlyList<(string Name, object? Value)[]> sets, Func<DbCommand, Task> run)
    {
        if (sets.Count > 1 && link.Connection is NpgsqlConnection connection && ManyForm.Of(sql) is { } many)
        {
            var (text, parameters) = many.Bind(sets);
            await using var once = new NpgsqlCommand(text, connection, (NpgsqlTransaction?)transaction);
            once.Parameters.AddRange(parameters);
            await run(once);
            return;
        }

        var command = link.Take(sql);
        command.Transaction = transaction;
        try
        {
            foreach (var set in sets)
            {
                Bind(command, set);
                await run(command);
            }
        }
        finally
        {
            link.Release(command);
        }
    }

    private static void Bind(DbCommand command, (string Name, object? Value)[] set)
    {
        if (!Fits(command, set))
        {
            command.Parameters.Clear();
            foreach (var (name, _) in set)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = "@" + name; // without it, SQLite's driver looks for the name four times
                command.Parameters.Add(parameter);
            }
        }

        for (var i = 0; i < set.Length; i++)
        {
            command.Parameters[i].Value = Stored.Of(set[i].Value) ?? DBNull.Value;
        }
    }

    /// <summary>Whether the parameters that the command has kept are these, in this order.</summary>
    private static bool Fits(DbCommand command, (string Name, object? Value)[] set)
    {
        var fits = command.Parameters.Count == set.Length;
        for (var i = 0; fits && i < set.Length; i++)
        {
            fits = command.Parameters[i].ParameterName.AsSpan(1).SequenceEqual(set[i].Name);
        }

        return fits;
    }
}

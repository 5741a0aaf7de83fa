using System.Data.Common;
using Npgsql;

namespace Guildhall.Storage;

/// <summary>A statement that waits for its answer.</summary>
internal abstract class Statement(Wave.Turn turn, string sql, IReadOnlyList<(string Name, object? Value)[]> sets)
{
    /// <summary>Whose it is.</summary>
    public Wave.Turn Turn => turn;

    public string Sql => sql;

    /// <summary>Whether it looks at what others may have changed, and leaves nothing behind that they would see or wait for.</summary>
    public bool IsQuery { get; } = sql.StartsWith("SELECT", StringComparison.Ordinal) && !sql.EndsWith("UPDATE", StringComparison.Ordinal);

    /// <summary>The statement runs once for each.</summary>
    public IReadOnlyList<(string Name, object? Value)[]> Sets => sets;

    /// <summary>Whether rows are its answer.</summary>
    public abstract bool HasRows { get; }

    /// <summary>The number of rows written.</summary>
    public int Count { get; set; }

    /// <summary>Takes a row of the answer.</summary>
    public abstract void Take(DbDataReader row);

    public abstract void Complete();

    public abstract void Fail(Exception exception);
}

/// <summary>Statements of one text, which PostgreSQL runs as one where there is a <see cref="ManyForm"/> of it, and one after another where not.</summary>
internal sealed class StatementGroup
{
    private readonly (Statement Asking, (string Name, object? Value)[] Set)[] all;
    private readonly ManyForm? many;
    private readonly List<NpgsqlBatchCommand> commands = [];

    /// <param name="statements">One at least.</param>
    public StatementGroup(IReadOnlyList<Statement> statements)
    {
        all = [.. statements.SelectMany(statement => statement.Sets.Select(set => (statement, set)))];
        many = all.Length > 1 ? ManyForm.Of(all[0].Asking.Sql) : null;
    }

    public void AddTo(NpgsqlBatch batch)
    {
        if (many is not null)
        {
            var (text, parameters) = many.Bind(Array.ConvertAll(all, one => one.Set));
            var command = new NpgsqlBatchCommand(text);
            command.Parameters.AddRange(parameters);
            commands.Add(command);
        }
        else
        {
            commands.AddRange(all.Select(one => CommandOf(one.Asking.Sql, one.Set)));
        }

        commands.ForEach(batch.BatchCommands.Add);
    }

    /// <summary>Takes the group's rows from the reader, and leaves it at the next group's.</summary>
    public async Task ReadAsync(NpgsqlDataReader reader)
    {
        if (many is { HasRows: true })
        {
            var number = reader.FieldCount - 1;
            while (await reader.ReadAsync())
            {
                all[reader.GetInt64(number) - 1].Asking.Take(reader);
            }

            await reader.NextResultAsync();
        }
        else if (all[0].Asking.HasRows)
        {
            foreach (var (asking, _) in all)
            {
                while (await reader.ReadAsync())
                {
                    asking.Take(reader);
                }

                await reader.NextResultAsync();
            }
        }
    }

    /// <summary>Once the reader is closed: how many rows each statement wrote, where the rows did not tell.</summary>
    public void CountWritten()
    {
        if (many is { HasRows: false })
        {
            foreach (var (asking, _) in all)
            {
                asking.Count++; // one row for each set, or the statement had failed
            }
        }
        else if (many is null && !all[0].Asking.HasRows)
        {
            foreach (var (one, command) in all.Zip(commands))
            {
                one.Asking.Count += (int)command.RecordsAffected;
            }
        }
    }

    private static NpgsqlBatchCommand CommandOf(string sql, (string Name, object? Value)[] set)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var (name, value) in set)
        {
            command.Parameters.Add(new NpgsqlParameter(name, Stored.Of(value) ?? DBNull.Value));
        }

        return command;
    }
}

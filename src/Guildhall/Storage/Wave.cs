using System.Data.Common;
using Npgsql;

namespace Guildhall.Storage;

/// <summary>
/// Runs the statements of many pieces of work that share a transaction: gathers what all of them wait for and sends it in one round trip,
/// statements of the same text as one.
/// </summary>
/// <remarks>
/// Continuations run inside of <see cref="RunAsync"/>, one after another, up to their next statement. So the work itself need not know of it,
/// and is not run concurrently.
/// </remarks>
internal sealed class Wave(NpgsqlConnection connection) : IStatements
{
    private readonly Lock gate = new();
    private List<Statement> waiting = [];
    private TaskCompletionSource arrival = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<List<T>> QueryAsync<T>(
        string sql, Func<DbDataReader, T> read, IReadOnlyList<(string Name, object? Value)[]> sets, CancellationToken cancellationToken) =>
        Add(new Query<T>(sql, sets, read)).Rows;

    public Task<int> ExecuteAsync(string sql, IReadOnlyList<(string Name, object? Value)[]> sets, CancellationToken cancellationToken) =>
        Add(new Execution(sql, sets)).Written;

    public Task QueueAsync(string sql, IReadOnlyList<(string Name, object? Value)[]> sets, CancellationToken cancellationToken)
    {
        Add(new Execution(sql, sets));
        return Task.CompletedTask;
    }

    public Task ReadEachAsync(string sql, Func<DbDataReader, ValueTask<bool>> take, (string Name, object? Value)[] parameters, CancellationToken cancellationToken) =>
        throw new NotSupportedException("What is larger than memory is read outside of shared transactions.");

    /// <summary>Waits until a statement waits.</summary>
    public Task ArrivalAsync()
    {
        lock (gate)
        {
            return waiting.Count > 0 ? Task.CompletedTask : arrival.Task;
        }
    }

    /// <summary>Sends everything that waits, and hands out the answers.</summary>
    /// <exception cref="DbException">The transaction has failed, and everyone who waits for an answer is told so.</exception>
    public async Task RunAsync()
    {
        var statements = Take();
        try
        {
            var groups = Group(statements);
            await using var batch = new NpgsqlBatch(connection);
            foreach (var group in groups)
            {
                group.AddTo(batch);
            }

            await using (var reader = await batch.ExecuteReaderAsync())
            {
                foreach (var group in groups)
                {
                    await group.ReadAsync(reader);
                }
            }

            foreach (var group in groups)
            {
                group.CountWritten();
            }
        }
        catch (Exception exception)
        {
            statements.ForEach(statement => statement.Fail(exception));
            throw;
        }

        statements.ForEach(statement => statement.Complete());
    }

    /// <summary>Those of the same text together; but no query goes before a change that was asked for earlier, which it may have to see.</summary>
    private static List<StatementGroup> Group(List<Statement> statements)
    {
        var groups = new List<List<Statement>>();
        var (changes, queries) = (new Dictionary<string, List<Statement>>(StringComparer.Ordinal), new Dictionary<string, List<Statement>>(StringComparer.Ordinal));
        foreach (var statement in statements)
        {
            var isChange = !statement.Sql.StartsWith("SELECT", StringComparison.Ordinal);
            var open = isChange ? changes : queries;
            if (open.TryGetValue(statement.Sql, out var group))
            {
                group.Add(statement);
                continue;
            }

            group = [statement];
            groups.Add(group);
            if (isChange)
            {
                queries.Clear();
            }

            open.Add(statement.Sql, group);
        }

        return groups.ConvertAll(group => new StatementGroup(group));
    }

    private T Add<T>(T statement)
        where T : Statement
    {
        lock (gate)
        {
            waiting.Add(statement);
            arrival.TrySetResult();
        }

        return statement;
    }

    private List<Statement> Take()
    {
        lock (gate)
        {
            var taken = waiting;
            waiting = [];
            arrival = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return taken;
        }
    }

    private sealed class Query<T>(string sql, IReadOnlyList<(string Name, object? Value)[]> sets, Func<DbDataReader, T> read) : Statement(sql, sets)
    {
        private readonly TaskCompletionSource<List<T>> done = new();
        private readonly List<T> rows = [];

        public override bool HasRows => true;

        public Task<List<T>> Rows => done.Task;

        public override void Take(DbDataReader row) => rows.Add(read(row));

        public override void Complete() => done.TrySetResult(rows);

        public override void Fail(Exception exception) => done.TrySetException(exception);
    }

    private sealed class Execution(string sql, IReadOnlyList<(string Name, object? Value)[]> sets) : Statement(sql, sets)
    {
        private readonly TaskCompletionSource<int> done = new();

        public override bool HasRows => false;

        public Task<int> Written => done.Task;

        public override void Take(DbDataReader row) => Count++;

        public override void Complete() => done.TrySetResult(Count);

        public override void Fail(Exception exception) => done.TrySetException(exception);
    }
}

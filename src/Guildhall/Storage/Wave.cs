using System.Data.Common;
using Npgsql;

namespace Guildhall.Storage;

/// <summary>
/// Runs the statements of many pieces of work that share a transaction: gathers what all of them wait for and sends it in one round trip,
/// statements of the same text as one.
/// </summary>
/// <remarks>
/// Continuations run inside of <see cref="RunAsync"/>, one after another, up to their next statement. So the work itself need not know of it,
/// and is not run concurrently. Who sees one change of a piece of work sees all of them: <see cref="WaveOrder"/> says how.
/// </remarks>
internal sealed class Wave(NpgsqlConnection connection)
{
    private readonly Lock gate = new();
    private List<Statement> waiting = [];
    private int open;
    private TaskCompletionSource arrival = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>For the statements of one piece of work.</summary>
    /// <param name="after">Those that ended before it begins, whatever of theirs is not sent yet.</param>
    public Turn Begin(params IReadOnlyCollection<Turn> after) => new(this, after);

    /// <summary>Waits until a statement waits.</summary>
    public Task ArrivalAsync()
    {
        lock (gate)
        {
            return waiting.Count > 0 ? Task.CompletedTask : arrival.Task;
        }
    }

    /// <summary>Sends what waits, as far as its turn has come, and hands out the answers.</summary>
    /// <exception cref="DbException">The transaction has failed, and everyone who waits for an answer is told so.</exception>
    public async Task RunAsync()
    {
        var order = Take();
        if (order.Groups.Count == 0)
        {
            await Task.Yield(); // who is to go first is about to ask
            return;
        }

        var groups = order.Groups.ConvertAll(group => new StatementGroup(group));
        try
        {
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
            order.Sent.ForEach(statement => statement.Fail(exception));
            order.Held.ForEach(statement => statement.Fail(exception));
            throw;
        }

        order.Sent.ForEach(statement => statement.Complete());
    }

    private T Add<T>(T statement)
        where T : Statement
    {
        lock (gate)
        {
            if (!statement.IsQuery && !statement.Turn.HasChanged)
            {
                statement.Turn.HasChanged = true;
                open++;
            }

            waiting.Add(statement);
            arrival.TrySetResult();
        }

        return statement;
    }

    private void End(Turn turn)
    {
        lock (gate)
        {
            open -= turn is { HasChanged: true, HasEnded: false } ? 1 : 0;
            turn.HasEnded = true;
        }
    }

    private WaveOrder Take()
    {
        lock (gate)
        {
            var order = new WaveOrder(waiting, isAnyOpen: open > 0);
            waiting = [.. order.Held];
            if (waiting.Count == 0)
            {
                arrival = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            return order;
        }
    }

    /// <summary>The statements of one piece of work, from its first to its end.</summary>
    internal sealed class Turn(Wave wave, IReadOnlyCollection<Turn> after) : IStatements
    {
        /// <summary>Those that had ended when it began.</summary>
        public IReadOnlyCollection<Turn> After => after;

        /// <summary>Whether it has asked for a change, sent or not.</summary>
        public bool HasChanged { get; set; }

        /// <summary>Whether it asks for nothing any more, and reads no answer.</summary>
        public bool HasEnded { get; set; }

        /// <summary>Whether it is between its first change and its end: others are not to see what there is of it.</summary>
        public bool IsOpen => HasChanged && !HasEnded;

        public Task<List<T>> QueryAsync<T>(
            string sql, Func<DbDataReader, T> read, IReadOnlyList<(string Name, object? Value)[]> sets, CancellationToken cancellationToken) =>
            wave.Add(new Query<T>(this, sql, sets, read)).Rows;

        public Task<int> ExecuteAsync(string sql, IReadOnlyList<(string Name, object? Value)[]> sets, CancellationToken cancellationToken) =>
            wave.Add(new Execution(this, sql, sets)).Written;

        public Task QueueAsync(string sql, IReadOnlyList<(string Name, object? Value)[]> sets, CancellationToken cancellationToken)
        {
            wave.Add(new Execution(this, sql, sets));
            return Task.CompletedTask;
        }

        public Task ReadEachAsync(string sql, Func<DbDataReader, ValueTask<bool>> take, (string Name, object? Value)[] parameters, CancellationToken cancellationToken) =>
            throw new NotSupportedException("What is larger than memory is read outside of shared transactions.");

        /// <summary>Says that the piece of work is done.</summary>
        public void End() => wave.End(this);
    }

    private sealed class Query<T>(Turn turn, string sql, IReadOnlyList<(string Name, object? Value)[]> sets, Func<DbDataReader, T> read) : Statement(turn, sql, sets)
    {
        private readonly TaskCompletionSource<List<T>> done = new();
        private readonly List<T> rows = [];

        public override bool HasRows => true;

        public Task<List<T>> Rows => done.Task;

        public override void Take(DbDataReader row) => rows.Add(read(row));

        public override void Complete() => done.TrySetResult(rows);

        public override void Fail(Exception exception) => done.TrySetException(exception);
    }

    private sealed class Execution(Turn turn, string sql, IReadOnlyList<(string Name, object? Value)[]> sets) : Statement(turn, sql, sets)
    {
        private readonly TaskCompletionSource<int> done = new();

        public override bool HasRows => false;

        public Task<int> Written => done.Task;

        public override void Take(DbDataReader row) => Count++;

        public override void Complete() => done.TrySetResult(Count);

        public override void Fail(Exception exception) => done.TrySetException(exception);
    }
}

using System.Collections.Immutable;
using System.Data.Common;

namespace Guildhall.Storage.Moving;

/// <summary>Moves a whole register into an empty store, on the same engine or another, in one transaction.</summary>
internal sealed class StoreMove(Store from, Store to, IProgress<MoveStep> progress)
{
    private const int RowsPerStep = 1000;

    private long all, done;

    /// <summary>Moves what the one setting names to where the other one does, and answers what was moved.</summary>
    /// <exception cref="OperatorException">It cannot be moved; the message says why. The target has nothing of it.</exception>
    /// <exception cref="MoveDiffersException">What was written is not what was read. The target has nothing of it.</exception>
    public static async Task<IReadOnlyList<MovedTable>> RunAsync(string from, string to, IProgress<MoveStep> progress, CancellationToken cancellationToken)
    {
        var isFile = !from.Contains('=');
        if (isFile && !File.Exists(from))
        {
            throw new OperatorException($"There is no store {from}.");
        }

        if (isFile ? Path.GetFullPath(from) == Path.GetFullPath(to) : from == to)
        {
            throw new OperatorException("The source and the target are the same store.");
        }

        try
        {
            using var held = isFile ? StoreLock.Take(from) : null;
            await using var source = Store.Open(from);
            await source.ReadAsync(session => CheckSourceAsync(source, session, cancellationToken), cancellationToken);
            await using var target = await OpenStore.OpenAsync(to, keys: null, cancellationToken);
            return await new StoreMove(source, target.Store, progress).RunAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is DbException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new OperatorException($"The store cannot be moved: {exception.Message}");
        }
    }

    /// <remarks>The source is read in a write transaction: on SQLite that keeps every other writer out, and on PostgreSQL it is one snapshot.</remarks>
    private async Task<IReadOnlyList<MovedTable>> RunAsync(CancellationToken cancellationToken)
    {
        var moved = await from.WriteAsync<IReadOnlyList<MovedTable>>(
            async source =>
            {
                var written = await to.WriteAsync<ImmutableArray<MovedTable>>(
                    async target => await MoveAsync(source, target, cancellationToken), cancellationToken);
                return written.IsRefused(out var refusal, out var tables) ? refusal : tables;
            },
            cancellationToken);
        return moved.IsRefused(out var why, out var tables) ? throw new InvalidOperationException(why.Message) : tables;
    }

    private async Task<ImmutableArray<MovedTable>> MoveAsync(Transaction source, Transaction target, CancellationToken cancellationToken)
    {
        var tables = await ListTablesAsync(source, target, cancellationToken);
        (all, done) = (0, 0);
        foreach (var table in tables)
        {
            all += 2 * await source.CountAsync($"SELECT count(*) FROM \"{table.Name}\"", cancellationToken: cancellationToken);
        }

        var moved = ImmutableArray.CreateBuilder<MovedTable>();
        foreach (var table in tables)
        {
            moved.Add(new MovedTable(
                table.Name,
                await CopyAsync(table, source, target, cancellationToken),
                await ReadAsync(to, table, target, isCheck: true, _ => Task.CompletedTask, cancellationToken)));
        }

        return moved.All(table => table.IsSame) ? moved.ToImmutable() : throw new MoveDiffersException(moved.ToImmutable());
    }

    /// <summary>The source's tables, once it is clear that the target has the same ones, with nothing in them.</summary>
    private async Task<ImmutableArray<StoredTable>> ListTablesAsync(Transaction source, Transaction target, CancellationToken cancellationToken)
    {
        var tables = (await from.ListTablesAsync(source, cancellationToken)).RemoveAll(table => table.Name == Migrator.StepsTable);
        var there = await to.ListTablesAsync(target, cancellationToken);
        foreach (var table in tables)
        {
            if (!there.Any(other => other.Name == table.Name && table.Fits(other)))
            {
                throw new OperatorException($"The source has a table {table.Name} that is not of this Guildhall's schema. Take it away, or put it into a schema of its own.");
            }
        }

        var filled = new List<string>();
        foreach (var table in tables)
        {
            if (await target.CountAsync($"SELECT count(*) FROM (SELECT 1 FROM \"{table.Name}\" LIMIT 1) AS one", cancellationToken: cancellationToken) > 0)
            {
                filled.Add(table.Name);
            }
        }

        return filled.Count == 0
            ? tables
            : throw new OperatorException($"The target is not empty: there are rows in {string.Join(", ", filled.Order(StringComparer.Ordinal))}. Name an empty store.");
    }

    private async Task<TableContent> CopyAsync(StoredTable table, Transaction source, Transaction target, CancellationToken cancellationToken)
    {
        var waiting = new List<(string Name, object? Value)[]>();
        var content = await ReadAsync(from, table, source, isCheck: false, TakeAsync, cancellationToken);
        await InsertAsync();
        return content;

        async Task TakeAsync(object?[] row)
        {
            waiting.Add([.. row.Select((value, column) => ($"p{column}", value))]);
            if (waiting.Count == RowsPerStep)
            {
                await InsertAsync();
            }
        }

        async Task InsertAsync()
        {
            await target.QueueAsync(table.Insert, waiting, cancellationToken);
            waiting.Clear();
        }
    }

    /// <summary>Reads the table from end to end, and hands on what it reads.</summary>
    private async Task<TableContent> ReadAsync(
        Store store, StoredTable table, Session session, bool isCheck, Func<object?[], Task> take, CancellationToken cancellationToken)
    {
        using var checksum = new TableChecksum();
        await session.ReadEachAsync(
            table.SelectInOrder(store.Dialect),
            async reader =>
            {
                var row = RowOf(table, reader);
                checksum.Add(row);
                await take(row);
                if (++done % RowsPerStep == 0)
                {
                    progress.Report(new MoveStep(table.Name, isCheck, checksum.Rows, (int)(100 * done / Math.Max(all, done))));
                }

                return true;
            },
            cancellationToken: cancellationToken);
        return new TableContent(checksum.Rows, checksum.Finish());
    }

    private static object?[] RowOf(StoredTable table, DbDataReader reader)
    {
        var values = new object?[table.Columns.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (reader.GetValue(i), table.Columns[i].IsText) switch
            {
                (DBNull, _) => null,
                (string text, true) => text,
                (long number, false) => number,
                var (other, _) => throw new OperatorException($"Column {table.Columns[i].Name} of table {table.Name} holds a {other.GetType().Name}, which Guildhall did not write."),
            };
        }

        return values;
    }

    private static async Task<int> CheckSourceAsync(Store store, Session session, CancellationToken cancellationToken)
    {
        var tables = await store.ListTablesAsync(session, cancellationToken);
        if (!tables.Any(table => table.Name == Migrator.StepsTable))
        {
            throw new OperatorException("The source is not a store of Guildhall.");
        }

        var schema = await session.CountAsync($"SELECT coalesce(max(number), 0) FROM {Migrator.StepsTable}", cancellationToken: cancellationToken);
        return schema == Migrator.Newest
            ? Migrator.Newest
            : throw new OperatorException(schema > Migrator.Newest
                ? new NewerSchemaException(schema, Migrator.Newest).Message
                : $"The source has schema {schema}, and this Guildhall writes schema {Migrator.Newest}. Let it bring the source up to date first: guildhall account list --store STORE does.");
    }
}

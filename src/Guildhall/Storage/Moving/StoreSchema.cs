using System.Collections.Immutable;

namespace Guildhall.Storage.Moving;

/// <summary>Asks a store which tables it has. There is no list of them anywhere else, so none can be forgotten.</summary>
internal static class StoreSchema
{
    private const string SqliteColumns =
        """
        SELECT t.name, c.name, lower(c.type), c.pk
        FROM   sqlite_master t, pragma_table_info(t.name) c
        WHERE  t.type = 'table' AND t.name NOT LIKE 'sqlite%'
        ORDER BY t.name, c.cid
        """;

    private const string PostgresColumns =
        """
        SELECT t.relname::text, c.attname::text, format_type(c.atttypid, c.atttypmod),
               coalesce(array_position(string_to_array(k.indkey::text, ' '), c.attnum::text), 0)::bigint
        FROM   pg_class t
               JOIN pg_attribute c ON c.attrelid = t.oid AND c.attnum > 0 AND NOT c.attisdropped
               LEFT JOIN pg_index k ON k.indrelid = t.oid AND k.indisprimary
        WHERE  t.relkind IN ('r', 'p') AND t.relnamespace = current_schema()::regnamespace
        ORDER BY t.relname, c.attnum
        """;

    private const string SqliteReferences =
        """
        SELECT t.name, f."table" FROM sqlite_master t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table'
        """;

    private const string PostgresReferences =
        """
        SELECT t.relname::text, r.relname::text
        FROM   pg_constraint f JOIN pg_class t ON t.oid = f.conrelid JOIN pg_class r ON r.oid = f.confrelid
        WHERE  f.contype = 'f' AND t.relnamespace = current_schema()::regnamespace
        """;

    /// <summary>The tables, each behind those that it refers to.</summary>
    public static async Task<ImmutableArray<StoredTable>> ListTablesAsync(this Store store, Session session, CancellationToken cancellationToken)
    {
        var (columns, references) = store.Dialect is PostgresDialect ? (PostgresColumns, PostgresReferences) : (SqliteColumns, SqliteReferences);
        var rows = await session.QueryAsync(
            columns,
            row => (Table: row.Text(0), Column: new StoredColumn(row.Text(1), IsText(row.Text(0), row.Text(1), row.Text(2)), (int)row.GetInt64(3))),
            cancellationToken: cancellationToken);
        var targets = (await session.QueryAsync(references, row => (From: row.Text(0), To: row.Text(1)), cancellationToken: cancellationToken))
            .ToLookup(reference => reference.From, reference => reference.To, StringComparer.Ordinal);
        var tables = rows.GroupBy(row => row.Table, row => row.Column, StringComparer.Ordinal)
            .Select(table => new StoredTable(table.Key, [.. table]))
            .OrderBy(table => table.Name, StringComparer.Ordinal);
        return Sort(tables, targets);
    }

    private static bool IsText(string table, string column, string type) => type switch
    {
        "text" => true,
        "bigint" => false,
        _ => throw new OperatorException($"Column {column} of table {table} is of type {type}, which no table of Guildhall has."),
    };

    private static ImmutableArray<StoredTable> Sort(IEnumerable<StoredTable> tables, ILookup<string, string> targets)
    {
        var waiting = tables.ToList();
        var sorted = ImmutableArray.CreateBuilder<StoredTable>();
        while (waiting.Count > 0)
        {
            var next = waiting.Find(table => !targets[table.Name].Any(target => target != table.Name && waiting.Exists(other => other.Name == target)))
                ?? throw new InvalidOperationException($"The tables {string.Join(", ", waiting.Select(table => table.Name))} refer to each other in a circle.");
            sorted.Add(next);
            waiting.Remove(next);
        }

        return sorted.ToImmutable();
    }
}

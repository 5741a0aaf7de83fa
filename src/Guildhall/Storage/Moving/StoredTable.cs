using System.Collections.Immutable;

namespace Guildhall.Storage.Moving;

/// <summary>A table as its schema describes it.</summary>
internal sealed record StoredTable(string Name, ImmutableArray<StoredColumn> Columns)
{
    /// <summary>The names of the columns, to read and to write in this order on either engine.</summary>
    public string ColumnList => string.Join(", ", Columns.Select(column => Quoted(column.Name)));

    /// <summary>Reads every row in the order of the primary key, byte by byte, which is the same order on every engine.</summary>
    public string SelectInOrder(Dialect dialect)
    {
        var key = Columns.Where(column => column.KeyPosition > 0).OrderBy(column => column.KeyPosition).Select(OrderOf);
        return $"SELECT {ColumnList} FROM {Quoted(Name)} ORDER BY {string.Join(", ", key)}";

        // SQLite compares texts byte by byte, unless it is told otherwise.
        string OrderOf(StoredColumn column) => column.IsText && dialect is PostgresDialect ? $"{Quoted(column.Name)} COLLATE \"C\"" : Quoted(column.Name);
    }

    /// <summary>Writes a row; the parameters are numbered from its first column on.</summary>
    public string Insert =>
        $"INSERT INTO {Quoted(Name)} ({ColumnList}) VALUES ({string.Join(", ", Columns.Select((_, column) => $"@p{column}"))})";

    /// <summary>Whether the other one takes the rows of this one.</summary>
    public bool Fits(StoredTable other) => Columns.ToHashSet().SetEquals(other.Columns);

    private static string Quoted(string name) => $"\"{name}\"";
}

/// <param name="KeyPosition">Its place in the primary key, from 1 on; 0 for none.</param>
internal sealed record StoredColumn(string Name, bool IsText, int KeyPosition);

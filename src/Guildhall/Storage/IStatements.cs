using System.Data.Common;

namespace Guildhall.Storage;

/// <summary>Runs statements in a transaction, or outside of any. <see cref="Session"/> is what the rest of the code sees of it.</summary>
/// <remarks>
/// Each statement comes with sets of parameters and runs once for each. The results are those of all sets, in their order. What is asked
/// for without waiting for an answer in between has no order.
/// </remarks>
internal interface IStatements
{
    Task<List<T>> QueryAsync<T>(string sql, Func<DbDataReader, T> read, IReadOnlyList<(string Name, object? Value)[]> sets, CancellationToken cancellationToken);

    /// <summary>The number of rows written.</summary>
    Task<int> ExecuteAsync(string sql, IReadOnlyList<(string Name, object? Value)[]> sets, CancellationToken cancellationToken);

    /// <summary>Writes what nobody waits for; it may be sent with the commit only.</summary>
    Task QueueAsync(string sql, IReadOnlyList<(string Name, object? Value)[]> sets, CancellationToken cancellationToken);

    /// <summary>Hands over the rows one by one, until one is not taken; for results that are larger than memory.</summary>
    Task ReadEachAsync(string sql, Func<DbDataReader, ValueTask<bool>> take, (string Name, object? Value)[] parameters, CancellationToken cancellationToken);
}

/// <summary>A value as the column types that both engines share: text, and bigint for numbers, flags and times.</summary>
internal static class Stored
{
    public static object? Of(object? value) => value switch
    {
        bool flag => flag ? 1L : 0L,
        int number => (long)number,
        DateTimeOffset time => time.ToUnixTimeMilliseconds(),
        _ => value,
    };
}

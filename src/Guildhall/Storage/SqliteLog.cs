using System.Globalization;

namespace Guildhall.Storage;

/// <summary>SQLite's write-ahead log. It begins anew only when nobody reads from it; among many readers that may be never, and it would grow without end.</summary>
/// <param name="file">The store's file.</param>
internal sealed class SqliteLog(string file)
{
    /// <summary>The most bytes before the log is emptied on purpose: four checkpoints have had their chance.</summary>
    private const long Longest = 64 * 1024 * 1024;

    /// <summary>Commits between two looks at the log's length.</summary>
    private const int BetweenLooks = 32;

    /// <summary>How long readers that are under way may keep the log from being emptied. Every read is short; this is for a machine that has much else to do.</summary>
    private const int MillisecondsForReaders = 100;

    private readonly FileInfo log = new(file + "-wal");
    private int commits;

    /// <summary>Whether it is time to empty the log. To be asked after each commit.</summary>
    public bool IsTooLong()
    {
        if (++commits < BetweenLooks)
        {
            return false;
        }

        commits = 0;
        log.Refresh();
        return log.Exists && log.Length > Longest;
    }

    /// <summary>Moves what the log holds into the file, and gives its place back; or leaves it for the next time where a reader is in the way.</summary>
    /// <param name="link">The writer's connection, outside of a transaction.</param>
    public static async Task EmptyAsync(Link link)
    {
        await using var command = link.Connection.CreateCommand();
        command.CommandText = string.Create(
            CultureInfo.InvariantCulture, $"PRAGMA busy_timeout = {MillisecondsForReaders}; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA busy_timeout = 0");
        await command.ExecuteNonQueryAsync();
    }
}

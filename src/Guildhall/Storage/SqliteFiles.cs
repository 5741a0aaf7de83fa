using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Guildhall.Storage;

/// <summary>Copies of a SQLite store: taken while it is written to, checked before they count, and put in place as a whole.</summary>
internal static class SqliteFiles
{
    /// <summary>Copies the store as it is at one moment into a new private file. Writers go on meanwhile.</summary>
    /// <exception cref="OperatorException">There is no store, or the copy cannot be made; nothing is left behind.</exception>
    public static void BackUp(string store, string to)
    {
        RefuseUnlessFile(store, "--store");
        if (File.Exists(to))
        {
            throw new OperatorException($"{to} exists already. A backup replaces nothing; choose a new name, such as one with the date in it.");
        }

        Copy(store, to, overwrite: false);
    }

    /// <summary>Puts a backup in the place of the store.</summary>
    /// <param name="replaces">Keeps an existing store beside the new one, under a name with the time in it.</param>
    /// <returns>Where the old store is kept; null when there was none.</returns>
    /// <exception cref="OperatorException">A server has the store open, it exists, or the backup is none; nothing is changed.</exception>
    public static string? Restore(string from, string store, bool replaces, TimeProvider clock)
    {
        RefuseUnlessFile(from, "--from");
        using var held = StoreLock.Take(store);
        if (File.Exists(store) && !replaces)
        {
            throw new OperatorException($"The store {store} exists already. With --replace it is kept under another name, and the backup takes its place.");
        }

        var draft = store + ".restoring";
        File.Delete(draft);
        Copy(from, draft, overwrite: true);
        var kept = SetAside(store, clock.GetUtcNow());
        File.Move(draft, store);
        return kept;
    }

    private static void RefuseUnlessFile(string file, string option)
    {
        if (!File.Exists(file))
        {
            throw new OperatorException($"There is no file {file}. Name it with {option}.");
        }
    }

    /// <summary>Copies, checks, flushes, and only then gives the copy its name.</summary>
    private static void Copy(string from, string to, bool overwrite)
    {
        var draft = to + ".new";
        try
        {
            File.Delete(draft);
            PrivateFiles.CreateFile(draft); // SQLite fills an empty file, and leaves its mode
            using (var source = Open(from, SqliteOpenMode.ReadOnly))
            {
                VacuumInto(source, draft);
            }

            using (var copy = Open(draft, SqliteOpenMode.ReadWrite))
            {
                Execute(copy, "PRAGMA journal_mode = DELETE"); // a backup is one file, with no log beside it
                Check(copy, from);
            }

            using (var written = PrivateFiles.Open(draft, FileMode.OpenOrCreate))
            {
                written.Flush(flushToDisk: true);
            }

            File.Move(draft, to, overwrite);
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new OperatorException($"{from} cannot be copied to {to}: {exception.Message}");
        }
        finally
        {
            File.Delete(draft);
        }
    }

    /// <summary>Writes what is there, and nothing of what was deleted.</summary>
    private static void VacuumInto(SqliteConnection source, string file)
    {
        using var command = source.CreateCommand();
        command.CommandText = "VACUUM INTO @file";
        command.Parameters.AddWithValue("@file", file);
        command.ExecuteNonQuery();
    }

    private static void Check(SqliteConnection copy, string from)
    {
        if (Execute(copy, "PRAGMA integrity_check") is var verdict && verdict != "ok")
        {
            throw new OperatorException($"{from} is damaged: {verdict}");
        }

        if (Execute(copy, "SELECT count(*) FROM sqlite_master WHERE name = 'schema_steps'") != "1")
        {
            throw new OperatorException($"{from} is not a store of Guildhall.");
        }

        var schema = long.Parse(Execute(copy, "SELECT coalesce(max(number), 0) FROM schema_steps"), CultureInfo.InvariantCulture);
        if (schema > Migrator.Newest)
        {
            throw new OperatorException($"{from}: {new NewerSchemaException(schema, Migrator.Newest).Message}");
        }
    }

    /// <summary>Renames the store, with what its log still holds written into it first; the new name, or null when there is no store.</summary>
    /// <remarks>A log without its store is set aside too: SQLite would write it into whatever takes the store's name.</remarks>
    private static string? SetAside(string store, DateTimeOffset now)
    {
        var exists = File.Exists(store);
        try
        {
            using var old = Open(store, SqliteOpenMode.ReadWrite);
            Execute(old, "PRAGMA wal_checkpoint(TRUNCATE)");
        }
        catch (SqliteException)
        {
            // It may be why a backup is being restored: too damaged to open. Then its files are kept as they are.
        }

        var kept = $"{store}.{now:yyyyMMdd'T'HHmmss'Z'}";
        foreach (var suffix in (string[])["-wal", "-shm", ""])
        {
            if (File.Exists(store + suffix))
            {
                File.Move(store + suffix, kept + suffix);
            }
        }

        return exists ? kept : null;
    }

    private static SqliteConnection Open(string file, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = mode, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    private static string Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar()?.ToString() ?? "";
    }
}

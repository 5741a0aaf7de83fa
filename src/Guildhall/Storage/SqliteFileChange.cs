using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace Guildhall.Storage;

/// <summary>Tells whether a SQLite file has changed at all, without a call to the system. Safe for concurrent use.</summary>
/// <remarks>
/// Before SQLite reads, it compares the header of the write-ahead log's index with the one it saw last; the header lies in memory that all processes share,
/// and every commit replaces it before it returns (https://www.sqlite.org/walformat.html, section 2.1). This looks at the same bytes. PRAGMA data_version
/// tells the same, after four locks of the file.
/// </remarks>
internal sealed unsafe partial class SqliteFileChange
{
    private const string Library = "e_sqlite3";

    /// <summary>SQLITE_FCNTL_FILE_POINTER: hands out the sqlite3_file of the database.</summary>
    private const int FilePointer = 7;

    /// <summary>The place of xShmMap among the pointers of sqlite3_io_methods, which has it from version 2 on.</summary>
    private const int ShmMap = 13;

    /// <summary>The length of SQLite's regions of shared memory.</summary>
    private const int RegionLength = 32 * 1024;

    /// <summary>The header and its copy, 48 bytes each.</summary>
    private const int Words = 12;

    private readonly ulong* header;
    private readonly Lock gate = new();
    private volatile Seen seen = new(0, new ulong[Words]);

    private SqliteFileChange(ulong* header) => this.header = header;

    /// <summary>Reads through the connection, which has to have read once and to stay open for as long as this is used.</summary>
    /// <exception cref="NotSupportedException">This SQLite keeps no write-ahead log in shared memory.</exception>
    public static SqliteFileChange Of(SqliteConnection connection)
    {
        nint** file = null;
        void* region = null;
        if (Control(connection.Handle!.DangerousGetHandle(), null, FilePointer, &file) != SQLitePCL.raw.SQLITE_OK || file is null || (int)(*file)[0] < 2
            || ((delegate* unmanaged<void*, int, int, int, void**, int>)(*file)[ShmMap])(file, 0, RegionLength, 0, &region) != SQLitePCL.raw.SQLITE_OK
            || region is null)
        {
            throw new NotSupportedException("SQLite does not show the index of its write-ahead log.");
        }

        return new SqliteFileChange((ulong*)region);
    }

    /// <summary>The file as it is now. Its number is another one once any connection, of any process, has changed the file.</summary>
    public Seen Now => Holds(seen) is { } last ? last : LookAgain();

    /// <summary>Lets the number be what it was, if one commit has followed and no other: one that changed nothing of what the number is asked for.</summary>
    /// <param name="before">The file as it was when that commit's transaction had begun, and nobody else could commit.</param>
    public void Discount(Seen before)
    {
        lock (gate)
        {
            var words = Read();
            if (seen == before && words.AsSpan(0, Words / 2).SequenceEqual(words.AsSpan(Words / 2)) && CommitsIn(words) == CommitsIn(before.Words) + 1)
            {
                seen = before with { Words = words };
            }
        }
    }

    /// <summary>The header's iChange, which counts commits.</summary>
    private static uint CommitsIn(ulong[] words) => (uint)words[1];

    private Seen LookAgain()
    {
        lock (gate)
        {
            return seen = new Seen(seen.Number + 1, Read());
        }
    }

    private ulong[] Read()
    {
        var words = new ulong[Words];
        for (var i = 0; i < Words; i++)
        {
            words[i] = Volatile.Read(ref header[i]);
        }

        return words;
    }

    private Seen? Holds(Seen last)
    {
        for (var i = 0; i < Words; i++)
        {
            if (Volatile.Read(ref header[i]) != last.Words[i])
            {
                return null;
            }
        }

        return last;
    }

    [LibraryImport(Library, EntryPoint = "sqlite3_file_control")]
#pragma warning disable CA5393 // The engine ships beside the program, and whoever can write there can exchange the program too.
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    private static partial int Control(nint database, byte* name, int operation, void* argument);
#pragma warning restore CA5393

    /// <summary>What was seen of the file.</summary>
    internal sealed record Seen(long Number, ulong[] Words);
}

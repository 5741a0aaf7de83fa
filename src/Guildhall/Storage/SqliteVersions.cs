using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Guildhall.Storage;

/// <summary>The versions of accounts in a file that one server writes to, and the command line beside it. Safe for concurrent use.</summary>
/// <remarks>
/// Memberships change through the server alone, which counts them in memory. Who may act for an account, the command line changes too: that is counted in
/// the file, and looked up again whenever SQLite says that the file has changed at all.
/// </remarks>
internal sealed class SqliteVersions(Func<Task<Link>> open, Func<string, Task<long>> findIdentity) : IAsyncDisposable
{
    /// <summary>Accounts share counters, so that these stay few: a change of one then counts for another, which only looks once more.</summary>
    private const int Counters = 16384;

    private const int Remembered = 100_000;

    private readonly long[] register = new long[Counters];
    private readonly RecentCache<string, (long Change, long Version)> identity = new(Remembered);
    private readonly SemaphoreSlim opening = new(1, 1);
    private readonly Lock gate = new();
    private Link? link;
    private sqlite3_stmt? fileChange;

    /// <summary>As they are after the call began.</summary>
    public async ValueTask<AccountVersions> FindAsync(string accountId)
    {
        if (fileChange is null)
        {
            await OpenAsync();
        }

        var change = FileChange();
        if (!identity.TryGet(accountId, out var known) || known.Change != change)
        {
            known = (change, await findIdentity(accountId));
            identity.Set(accountId, known);
        }

        return new AccountVersions(Volatile.Read(ref Counter(accountId)), known.Version);
    }

    /// <summary>Counts a change of the register for each of the accounts.</summary>
    public void Changed(IEnumerable<string> accounts)
    {
        foreach (var account in accounts)
        {
            Interlocked.Increment(ref Counter(account));
        }
    }

    public async ValueTask DisposeAsync()
    {
        fileChange?.Dispose();
        opening.Dispose();
        if (link is not null)
        {
            await link.DisposeAsync();
        }
    }

    private ref long Counter(string accountId) => ref register[(uint)accountId.GetHashCode(StringComparison.Ordinal) % Counters];

    private async Task OpenAsync()
    {
        await opening.WaitAsync();
        try
        {
            if (fileChange is null)
            {
                link = await open();
                SqliteException.ThrowExceptionForRC(
                    raw.sqlite3_prepare_v2(((SqliteConnection)link.Connection).Handle, "PRAGMA data_version", out var prepared), ((SqliteConnection)link.Connection).Handle);
                fileChange = prepared;
            }
        }
        finally
        {
            opening.Release();
        }
    }

    /// <summary>A number that is another one once any other connection has changed the file. Without the driver around it, it costs a few microseconds less.</summary>
    private long FileChange()
    {
        lock (gate)
        {
            var code = raw.sqlite3_step(fileChange);
            var change = raw.sqlite3_column_int64(fileChange, 0);
            raw.sqlite3_reset(fileChange);
            return code == raw.SQLITE_ROW ? change : throw new InvalidOperationException($"SQLite did not tell whether the file has changed: code {code}.");
        }
    }
}

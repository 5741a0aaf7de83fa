using Microsoft.Data.Sqlite;

namespace Guildhall.Storage;

/// <summary>The versions of accounts in a file that one server writes to, and the command line beside it. Safe for concurrent use.</summary>
/// <remarks>
/// Memberships change through the server alone, which counts them in memory. Who may act for an account, the command line changes too: that is counted in
/// the file, and looked up again whenever the <see cref="SqliteFileChange"/> says that somebody has changed the file in any other way than the
/// server's writer says.
/// </remarks>
internal sealed class SqliteVersions(Func<Task<Link>> open, Func<string, Task<long>> findIdentity) : IAsyncDisposable
{
    /// <summary>Accounts share counters, so that these stay few: a change of one then counts for another, which only looks once more.</summary>
    private const int Counters = 16384;

    private const int Remembered = 100_000;

    private readonly long[] register = new long[Counters];
    private readonly RecentCache<string, (long Change, long Version)> identity = new(Remembered);
    private readonly SemaphoreSlim opening = new(1, 1);
    private Link? link;
    private SqliteFileChange? file;

    /// <summary>As they are after the call began, where that takes no look into the file.</summary>
    public bool TryFind(string accountId, out AccountVersions versions)
    {
        var isKnown = identity.TryGet(accountId, out var known) && known.Change == file?.Now.Number;
        versions = isKnown ? new AccountVersions(Volatile.Read(ref Counter(accountId)), known.Version) : default;
        return isKnown;
    }

    /// <summary>As they are after the call began.</summary>
    public async ValueTask<AccountVersions> FindAsync(string accountId)
    {
        if (file is null)
        {
            await OpenAsync();
        }

        var change = file!.Now.Number;
        if (!identity.TryGet(accountId, out var known) || known.Change != change)
        {
            known = (change, await findIdentity(accountId));
            identity.Set(accountId, known);
        }

        return new AccountVersions(Volatile.Read(ref Counter(accountId)), known.Version);
    }

    /// <summary>The file as a transaction finds it that has begun to write; null when nobody has asked for a version yet.</summary>
    public SqliteFileChange.Seen? Begin() => file?.Now;

    /// <summary>Says that the transaction is committed, and that it changed nobody's right to act for an account.</summary>
    public void Committed(SqliteFileChange.Seen begin) => file?.Discount(begin);

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
            if (file is null)
            {
                link = await open();
                file = SqliteFileChange.Of((SqliteConnection)link.Connection);
            }
        }
        finally
        {
            opening.Release();
        }
    }
}

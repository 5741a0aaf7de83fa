using Microsoft.Data.Sqlite;

namespace Guildhall.Storage;

/// <summary>SQLite's one writer: runs what waits one after another in one transaction.</summary>
internal sealed class SqliteWriter(Func<Task<Link>> open, SqliteVersions versions, SqliteLog log) : GroupWriter
{
    private Link? link;
    private bool hasToTidy;

    public IReadOnlyCollection<string> KeptStatements => link?.KeptStatements ?? [];

    protected override async Task<bool> TryCommitAsync(IReadOnlyList<Write> batch)
    {
        link ??= await open();

        // Immediate: another process that writes (the command line) is waited for here, not in the middle.
        await using var transaction = ((SqliteConnection)link.Connection).BeginTransaction(deferred: false);
        var begin = versions.Begin();
        var statements = new LinkStatements(link, transaction);
        var (isWorthIt, changesIdentity) = (false, false);
        foreach (var write in batch)
        {
            await write.RunAsync(new Transaction(statements));
            if (write.IsSpoiler && batch.Count > 1)
            {
                transaction.Rollback();
                return false;
            }

            isWorthIt |= write.IsToCommit;
            changesIdentity |= write.Transaction?.ChangesIdentity == true;
        }

        if (isWorthIt)
        {
            transaction.Commit();
            hasToTidy |= log.IsTooLong();
            if (begin is not null && !changesIdentity)
            {
                versions.Committed(begin);
            }
        }
        else
        {
            transaction.Rollback();
        }

        return true;
    }

    /// <remarks>A statement that fails undoes nothing but itself, so its write breaks by itself. What else happens is the file's or the disk's.</remarks>
    protected override bool IsOneWritesFault(Exception exception) => false;

    protected override void Changed(IEnumerable<string> accounts) => versions.Changed(accounts);

    protected override bool HasToTidy => hasToTidy;

    /// <summary>Empties the log, once it has become long.</summary>
    protected override async Task TidyAsync()
    {
        hasToTidy = false;
        if (link is not null)
        {
            await SqliteLog.EmptyAsync(link);
        }
    }

    protected override async ValueTask ForgetLinkAsync()
    {
        if (link is not null)
        {
            await link.DisposeAsync();
            link = null;
        }
    }
}

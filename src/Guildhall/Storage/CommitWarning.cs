using Npgsql;

namespace Guildhall.Storage;

/// <summary>Hears what a server says beside its answer while it commits.</summary>
/// <remarks>
/// Where a standby is waited for and the driver loses its patience, PostgreSQL ends the waiting, not the transaction: it says COMMIT, with a warning that no
/// standby may have it.
/// </remarks>
internal sealed class CommitWarning : IDisposable
{
    private readonly NpgsqlConnection connection;

    public CommitWarning(NpgsqlConnection connection)
    {
        this.connection = connection;
        connection.Notice += Note;
    }

    /// <summary>The warning; null when there was none.</summary>
    public NpgsqlException? Exception { get; private set; }

    public void Dispose() => connection.Notice -= Note;

    private void Note(object sender, NpgsqlNoticeEventArgs notice) =>
        Exception ??= notice.Notice.InvariantSeverity == "WARNING" ? new NpgsqlException(notice.Notice.MessageText) : null;
}

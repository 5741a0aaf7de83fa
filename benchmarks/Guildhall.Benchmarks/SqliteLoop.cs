using System.Diagnostics;
using SQLitePCL;

namespace Guildhall.Benchmarks;

/// <summary>One thread that writes invitations' rows with SQLite's own functions, and nothing between.</summary>
/// <remarks>It stays open from round to round, as the server does: a log that begins anew makes each flush longer.</remarks>
internal sealed class SqliteLoop
{
    // As the server has them: they decide what a commit costs.
    private const string Durability = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -16384";

    private readonly sqlite3 database;
    private readonly sqlite3_stmt begin;
    private readonly sqlite3_stmt insert;
    private readonly sqlite3_stmt commit;
    private int inviter;

    public SqliteLoop(string store)
    {
        if (raw.sqlite3_open(store, out database) != raw.SQLITE_OK)
        {
            throw new InvalidOperationException($"{store} cannot be opened.");
        }

        if (raw.sqlite3_exec(database, Durability) != raw.SQLITE_OK)
        {
            throw new InvalidOperationException(Error);
        }

        insert = Prepare($"INSERT INTO memberships ({Invitation.Columns}) VALUES ({string.Join(", ", Enumerable.Repeat("?", Invitation.Count))})");
        (begin, commit) = (Prepare("BEGIN IMMEDIATE"), Prepare("COMMIT"));

        // Until the log has been written once from end to end: after its first checkpoint it is written over, and a flush need not make it longer.
        for (var turn = 0; turn < 100; turn++)
        {
            Commit(1, 64);
        }
    }

    private string Error => raw.sqlite3_errmsg(database).utf8_to_string();

    /// <param name="calls">How many calls a commit stands for; each is of another inviter.</param>
    public Task<Sample> RunAsync(int rowsPerCall, int calls, TimeSpan time) => Task.Factory.StartNew(
        () =>
        {
            var times = new List<long>();
            for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < time;)
            {
                var began = Stopwatch.GetTimestamp();
                Commit(rowsPerCall, calls);
                times.Add(Stopwatch.GetTimestamp() - began);
            }

            var sample = Sample.Of(times);
            return sample with { PerSecond = sample.PerSecond * calls };
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Commit(int rowsPerCall, int calls)
    {
        Step(begin);
        for (var call = 0; call < calls; call++, inviter++)
        {
            for (var row = 0; row < rowsPerCall; row++)
            {
                Invitation.Bind(insert, Stage.Tenants.FirstOfCrowd + (inviter % (Stage.Tenants.Count - Stage.Tenants.FirstOfCrowd)));
                Step(insert);
            }
        }

        Step(commit);
    }

    private sqlite3_stmt Prepare(string sql) =>
        raw.sqlite3_prepare_v2(database, sql, out var statement) == raw.SQLITE_OK ? statement : throw new InvalidOperationException(Error);

    private void Step(sqlite3_stmt statement)
    {
        if (raw.sqlite3_step(statement) != raw.SQLITE_DONE)
        {
            throw new InvalidOperationException(Error);
        }

        raw.sqlite3_reset(statement);
    }

    /// <summary>The row that an invitation writes; a new one each time.</summary>
    private static class Invitation
    {
        public const string Columns =
            """
            inviter_service_id, id, channel_name, inviter_account_id, inviter_account_name, inviter_project_id, inviter_service_name,
            invitee_account_id, invitee_account_name, invitee_project_id, invitee_service_id, invitee_service_name, state, organizations,
            trusted_computing, invited_at, changed_at, is_read, is_hidden, version
            """;

        public const int Count = 20;

        private const int Texts = 14;

        public static void Bind(sqlite3_stmt insert, int inviter)
        {
            var invitee = Guid.NewGuid().ToString("n");
            string[] texts =
            [
                Tenants.ServiceOf(inviter), Guid.CreateVersion7().ToString(), Tenants.Channel, Tenants.AccountOf(inviter), Tenants.NameOf(inviter),
                Tenants.ProjectOf(inviter), Tenants.ServiceName, invitee, invitee, "", "", "", "waiting", "[]",
            ];
            for (var i = 0; i < Texts; i++)
            {
                raw.sqlite3_bind_text(insert, i + 1, texts[i]);
            }

            for (var i = Texts; i < Count; i++)
            {
                raw.sqlite3_bind_int64(insert, i + 1, i is Texts + 1 or Texts + 2 ? 1_700_000_000_000 : 0);
            }
        }
    }
}

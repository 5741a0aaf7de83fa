using System.Diagnostics;
using Guildhall.Identity;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Guildhall.Benchmarks;

/// <summary>SQLite in files of a folder. Its yardstick is a loop on one thread that calls SQLite itself, with nothing between.</summary>
internal sealed class SqliteEngine(string folder) : Engine
{
    private const int RowsPerCommit = 64;

    // As the server has them: they decide what a commit costs.
    private const string Durability = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -65536";

    private int stores;

    static SqliteEngine() => Batteries_V2.Init();

    public override string Name => "SQLite";

    public override TimeSpan? ProcessorTime => null;

    public override Task<string> DescribeAsync() =>
        Task.FromResult($"SQLite {raw.sqlite3_libversion().utf8_to_string()}: write-ahead log, synchronous=FULL; a 200 is on the disk");

    public override string Series(long count) =>
        $"(WITH RECURSIVE series (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM series WHERE n < {count - 1}) SELECT n FROM series) AS numbers";

    public override string TokenHash(string text) => $"token_hash({text})";

    public override Task<string> CreateAsync() => Task.FromResult(Path.Combine(folder, $"store{stores++}.db"));

    public override Task ExecuteAsync(string store, IEnumerable<string> statements)
    {
        using var connection = new SqliteConnection($"Data Source={store};Pooling=False");
        connection.Open();
        connection.CreateFunction("token_hash", (string token) => Secrets.HashOfToken(token));
        Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA cache_size = -1000000; PRAGMA synchronous = OFF");
        Execute(connection, "BEGIN");
        foreach (var statement in statements)
        {
            Execute(connection, statement);
        }

        Execute(connection, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
        return Task.CompletedTask;
    }

    public override Task SettleAsync(string store) => Task.CompletedTask;

    public override Task<long> CountAsync(string store, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={store};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Task.FromResult((long)command.ExecuteScalar()!);
    }

    public override Task<Yardstick> InviteAsync(string store, TimeSpan time) =>
        Task.FromResult(new Yardstick($"bare loop, {RowsPerCommit} a commit", round => Loop(store, RowsPerCommit, RowsPerCommit, round)));

    public override Task<Yardstick> InviteManyAsync(string store, int rows, TimeSpan time) =>
        Task.FromResult(new Yardstick($"bare loop, {rows} rows a commit", round => Loop(store, rows, 1, round)));

    public override Yardstick InviteAlone(string store) => new("bare loop, 1 a commit", round => Loop(store, 1, 1, round));

    /// <param name="calls">How many calls a commit stands for.</param>
    private static Task<Sample> Loop(string store, int rowsPerCommit, int calls, TimeSpan time) => Task.Run(() =>
    {
        if (raw.sqlite3_open(store, out var database) != raw.SQLITE_OK)
        {
            throw new InvalidOperationException($"{store} cannot be opened.");
        }

        using (database)
        {
            Run(database, Durability);
            var insert = Prepare(database, $"INSERT INTO memberships ({Invitation.Columns}) VALUES ({string.Join(", ", Enumerable.Repeat("?", Invitation.Count))})");
            var (begin, commit) = (Prepare(database, "BEGIN IMMEDIATE"), Prepare(database, "COMMIT"));
            var times = new List<long>();
            for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < time;)
            {
                var began = Stopwatch.GetTimestamp();
                Step(database, begin);
                for (var row = 0; row < rowsPerCommit; row++)
                {
                    Invitation.Bind(insert);
                    Step(database, insert);
                }

                Step(database, commit);
                times.Add(Stopwatch.GetTimestamp() - began);
            }

            foreach (var statement in new[] { insert, begin, commit })
            {
                statement.Dispose();
            }

            var sample = Sample.Of(times);
            return sample with { PerSecond = sample.PerSecond * calls };
        }
    });

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandTimeout = 0;
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static void Run(sqlite3 database, string sql)
    {
        if (raw.sqlite3_exec(database, sql) != raw.SQLITE_OK)
        {
            throw new InvalidOperationException(raw.sqlite3_errmsg(database).utf8_to_string());
        }
    }

    private static sqlite3_stmt Prepare(sqlite3 database, string sql) =>
        raw.sqlite3_prepare_v2(database, sql, out var statement) == raw.SQLITE_OK
            ? statement
            : throw new InvalidOperationException(raw.sqlite3_errmsg(database).utf8_to_string());

    private static void Step(sqlite3 database, sqlite3_stmt statement)
    {
        if (raw.sqlite3_step(statement) != raw.SQLITE_DONE)
        {
            throw new InvalidOperationException(raw.sqlite3_errmsg(database).utf8_to_string());
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
        private static int number;

        public static void Bind(sqlite3_stmt insert)
        {
            var inviter = number++ % 20_000;
            string[] texts =
            [
                Tenants.ServiceOf(inviter), Guid.CreateVersion7().ToString(), Tenants.Channel, Tenants.AccountOf(inviter), Tenants.NameOf(inviter),
                Tenants.ProjectOf(inviter), Tenants.ServiceName, Guid.NewGuid().ToString("n"), Tenants.NameOf(inviter), "", "", "", "waiting", "[]",
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

using Guildhall.Identity;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Guildhall.Benchmarks;

/// <summary>SQLite in files of a folder. Its yardstick is a loop on one thread that calls SQLite itself, with nothing between.</summary>
internal sealed class SqliteEngine(string folder) : Engine
{
    private const int CallsPerCommit = 64;

    private readonly Dictionary<string, SqliteLoop> loops = [];
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

    public override Task<IReadOnlyList<(string Name, string Sql)>> IndexesAsync(string store, string table)
    {
        using var connection = new SqliteConnection($"Data Source={store};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = $table AND sql IS NOT NULL";
        command.Parameters.AddWithValue("$table", table);
        using var reader = command.ExecuteReader();
        var indexes = new List<(string, string)>();
        while (reader.Read())
        {
            indexes.Add((reader.GetString(0), reader.GetString(1)));
        }

        return Task.FromResult<IReadOnlyList<(string, string)>>(indexes);
    }

    public override Task<long?> CountFullReadsAsync(string store, string table) => Task.FromResult<long?>(null);

    public override Task<long> CountAsync(string store, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={store};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Task.FromResult((long)command.ExecuteScalar()!);
    }

    public override Task<Yardstick> InviteAsync(string store, TimeSpan time) =>
        Task.FromResult(new Yardstick($"bare loop, {CallsPerCommit} a commit", round => Loop(store).RunAsync(1, CallsPerCommit, round)));

    public override Task<Yardstick> InviteManyAsync(string store, int rows, TimeSpan time) =>
        Task.FromResult(new Yardstick($"bare loop, {rows} rows a commit", round => Loop(store).RunAsync(rows, 1, round)));

    public override Yardstick InviteAlone(string store) => new("bare loop, 1 a commit", round => Loop(store).RunAsync(1, 1, round));

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandTimeout = 0;
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private SqliteLoop Loop(string store) => loops.TryGetValue(store, out var open) ? open : loops[store] = new SqliteLoop(store);
}

using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;

namespace Guildhall.Benchmarks;

/// <summary>Schemas on one PostgreSQL. Its yardstick is pgbench, which is written in C and runs the same statements.</summary>
/// <param name="server">A connection string without a schema.</param>
internal sealed class PostgresEngine(string server) : Engine
{
    private const int Jobs = 2;
    private static readonly int[] ClientCounts = [8, 16, 32];

    private readonly Dictionary<string, int> bestClients = [];
    private int stores;
    private int? postmaster;

    public override string Name => "PostgreSQL";

    public override TimeSpan? ProcessorTime => postmaster is { } id ? ProcessTimes.OfChildren(id) : null;

    public override async Task<string> DescribeAsync()
    {
        // The parent of a backend is the server, when it runs on this machine.
        var backend = await CountAsync(server, "SELECT pg_backend_pid()::bigint");
        postmaster = ProcessTimes.ParentOf((int)backend);
        var settings = new List<string>();
        foreach (var name in new[] { "fsync", "synchronous_commit", "wal_sync_method", "full_page_writes", "shared_buffers" })
        {
            settings.Add($"{name}={await ScalarAsync(server, $"SHOW {name}")}");
        }

        return $"PostgreSQL {await ScalarAsync(server, "SHOW server_version")}: read committed with locks, {string.Join(", ", settings)}; a 200 is on the disk";
    }

    public override string Series(long count) => $"generate_series(0::bigint, {count - 1}) AS numbers (n)";

    public override string TokenHash(string text) => $"encode(sha256(convert_to({text}, 'UTF8')), 'hex')";

    public override async Task<string> CreateAsync()
    {
        var schema = $"bench{stores++}";
        await ExecuteAsync(server, [$"DROP SCHEMA IF EXISTS {schema} CASCADE", $"CREATE SCHEMA {schema}"]);
        return $"{server};Search Path={schema};Maximum Pool Size=16";
    }

    /// <remarks>As autovacuum would have done by itself some minutes later.</remarks>
    public override Task SettleAsync(string store) => ExecuteAsync(store, ["VACUUM ANALYZE", "CHECKPOINT"]);

    public override async Task ExecuteAsync(string store, IEnumerable<string> statements)
    {
        await using var connection = new NpgsqlConnection(store);
        await connection.OpenAsync();
        foreach (var statement in statements)
        {
            await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 0 };
            await command.ExecuteNonQueryAsync();
        }
    }

    public override async Task<IReadOnlyList<(string Name, string Sql)>> IndexesAsync(string store, string table)
    {
        await using var connection = new NpgsqlConnection(store);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            """
            SELECT indexname, indexdef FROM pg_indexes
            WHERE  tablename = @table AND schemaname = current_schema() AND indexname NOT IN (SELECT conname FROM pg_constraint)
            """,
            connection);
        command.Parameters.AddWithValue("table", table);
        await using var reader = await command.ExecuteReaderAsync();
        var indexes = new List<(string, string)>();
        while (await reader.ReadAsync())
        {
            indexes.Add((reader.GetString(0), reader.GetString(1)));
        }

        return indexes;
    }

    public override async Task<long?> CountFullReadsAsync(string store, string table) =>
        await CountAsync(store, $"SELECT seq_scan FROM pg_stat_user_tables WHERE relname = '{table}' AND schemaname = current_schema()");

    public override async Task<long> CountAsync(string store, string sql) => (long)(await ScalarAsync(store, sql))!;

    public override async Task<Yardstick> InviteAsync(string store, TimeSpan time)
    {
        var clients = await BestClientsAsync(store, "invite.sql", 1, time);
        return new Yardstick($"pgbench, pipelined, {clients} clients", round => PgbenchAsync(store, "invite.sql", 1, clients, round));
    }

    public override async Task<Yardstick> InviteManyAsync(string store, int rows, TimeSpan time)
    {
        var clients = await BestClientsAsync(store, "invite-many.sql", rows, time);
        return new Yardstick($"pgbench, {rows} rows a statement, {clients} clients", round => PgbenchAsync(store, "invite-many.sql", rows, clients, round));
    }

    public override Yardstick InviteAlone(string store) => new("pgbench, pipelined, 1 client", round => PgbenchAsync(store, "invite.sql", 1, 1, round));

    /// <summary>The number of clients with which pgbench is fastest, out of a few; the figures are held against that one.</summary>
    private async Task<int> BestClientsAsync(string store, string script, int rows, TimeSpan time)
    {
        var key = $"{script} {rows}";
        if (bestClients.TryGetValue(key, out var known))
        {
            return known;
        }

        var rates = new Dictionary<int, double>();
        foreach (var clients in ClientCounts)
        {
            rates[clients] = (await PgbenchAsync(store, script, rows, clients, time)).PerSecond;
        }

        return bestClients[key] = rates.MaxBy(rate => rate.Value).Key;
    }

    private async Task<Sample> PgbenchAsync(string store, string script, int rows, int clients, TimeSpan time)
    {
        var (to, work) = (new NpgsqlConnectionStringBuilder(store), Directory.CreateTempSubdirectory("pgbench").FullName);
        try
        {
            var file = Path.Combine(work, script);
            using (var text = new StreamReader(typeof(PostgresEngine).Assembly.GetManifestResourceStream(script)!))
            {
                await File.WriteAllTextAsync(file, await text.ReadToEndAsync());
            }

            // One client's times are wanted one by one; with more, writing them down would slow pgbench.
            string[] log = clients == 1 ? ["--log", $"--log-prefix={Path.Combine(work, "log")}"] : [];
            var start = new ProcessStartInfo(
                "pgbench",
                [
                    "--no-vacuum", "--protocol=prepared", $"--client={clients}", $"--jobs={Math.Min(clients, Jobs)}", $"--time={Math.Max(1, (int)Math.Round(time.TotalSeconds))}",
                    $"--file={file}", $"--define=rows={rows}", $"--define=first={Stage.Tenants.FirstAnswerer}", $"--define=tenants={Stage.Tenants.Answerers}",
                    "--max-tries=10", $"--host={to.Host}", $"--port={to.Port}", $"--username={to.Username}", .. log, to.Database ?? "postgres",
                ])
            {
                Environment = { ["PGOPTIONS"] = $"-c search_path={to.SearchPath} -c enable_seqscan=off -c plan_cache_mode=force_generic_plan" },
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var pgbench = Process.Start(start)!;
            var errors = pgbench.StandardError.ReadToEndAsync();
            var output = await pgbench.StandardOutput.ReadToEndAsync();
            await pgbench.WaitForExitAsync();
            var rate = Regex.Match(output, @"^tps = (?<rate>[0-9.]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
            if (pgbench.ExitCode != 0)
            {
                throw new InvalidOperationException($"pgbench said: {output}{await errors}");
            }

            var perSecond = rate.Success ? double.Parse(rate.Groups["rate"].Value, CultureInfo.InvariantCulture) : 0; // "nan" where nothing was done
            return clients == 1 ? Sample.Of(await TimesAsync(work)) with { PerSecond = perSecond } : new Sample(perSecond);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>The third word of each line of pgbench's log is the transaction's time in microseconds.</summary>
    private static async Task<List<long>> TimesAsync(string folder)
    {
        var times = new List<long>();
        foreach (var file in Directory.EnumerateFiles(folder, "log*"))
        {
            times.AddRange((await File.ReadAllLinesAsync(file)).Select(line =>
                long.Parse(line.Split(' ')[2], CultureInfo.InvariantCulture) * (Stopwatch.Frequency / 1_000_000)));
        }

        return times;
    }

    private static async Task<object?> ScalarAsync(string store, string sql)
    {
        await using var connection = new NpgsqlConnection(store);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        return await command.ExecuteScalarAsync();
    }
}

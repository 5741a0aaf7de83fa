using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Guildhall.Storage;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Guildhall.Benchmarks;

/// <summary>What a piece of work is held against: something that does only the part which cannot be left out.</summary>
/// <param name="RunAsync">Runs it for so long; answers how often a second.</param>
internal sealed record Yardstick(string Name, Func<TimeSpan, Task<double>> RunAsync)
{
    private const int RowsPerCommit = 64;

    private const string InsertMembership =
        """
        INSERT INTO memberships (inviter_service_id, id, channel_name, inviter_account_id, inviter_account_name, inviter_project_id, inviter_service_name,
               invitee_account_id, invitee_account_name, invitee_project_id, invitee_service_id, invitee_service_name, state, trusted_computing,
               organizations, invited_at, changed_at, is_read, is_hidden, version)
        """;

    /// <summary>An endpoint that reads the same body and answers as many bytes, and does nothing else.</summary>
    public static Yardstick BareEndpoint(BenchedService service, int clients, Func<HttpRequestMessage> like, int answerLength) => new(
        "bare endpoint",
        async time =>
        {
            using var original = like();
            var body = original.Content is null ? null : await original.Content.ReadAsStringAsync();
            var address = new Uri(service.Bare, "?bytes=" + answerLength.ToString(CultureInfo.InvariantCulture));
            var sample = await Load.RunAsync(service.Http, clients, time, [Request], repeat: true);
            return sample.PerSecond;

            HttpRequestMessage Request() => new(original.Method, address)
            {
                Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"),
            };
        });

    /// <summary>One thread that inserts the row of an invitation and commits 64 at a time, with the same durability.</summary>
    public static Yardstick SqliteLoop() => new(
        "bare loop, 64 a commit",
        async time =>
        {
            var folder = Directory.CreateTempSubdirectory("guildhall-yardstick-").FullName;
            try
            {
                var file = Path.Combine(folder, "yardstick.db");
                await using (var store = Store.Open(file))
                {
                    await store.MigrateAsync(default);
                }

                return InsertFor(time, file);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        });

    /// <summary>pgbench with 16 clients, running the statements of an invitation in one pipelined transaction.</summary>
    public static Yardstick Pgbench(string server) => new(
        "pgbench, pipelined",
        async time =>
        {
            var schema = "yardstick_" + Guid.NewGuid().ToString("n");
            await ExecuteAsync(server, $"CREATE SCHEMA {schema}");
            try
            {
                await using (var store = Store.Open($"{server};Search Path={schema}"))
                {
                    await store.MigrateAsync(default);
                }

                return await RunPgbenchAsync(server, schema, time);
            }
            finally
            {
                await ExecuteAsync(server, $"DROP SCHEMA {schema} CASCADE");
            }
        });

    public static async Task ExecuteAsync(string server, string sql)
    {
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static double InsertFor(TimeSpan time, string file)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var setup = connection.CreateCommand();
        setup.CommandText = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000";
        setup.ExecuteNonQuery();
        using var insert = connection.CreateCommand();
        insert.CommandText = InsertMembership + " VALUES ('service', @id, 'channel', 'a', 'inviter', 'p', 'service', @account, @account, '', '', '', 'waiting', 0, '[]', 0, 0, 0, 0, 0)";
        var (id, account) = (insert.Parameters.Add("@id", SqliteType.Text), insert.Parameters.Add("@account", SqliteType.Text));
        var (rows, started) = (0, Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(started) < time)
        {
            using var transaction = connection.BeginTransaction();
            insert.Transaction = transaction;
            for (var row = 0; row < RowsPerCommit; row++, rows++)
            {
                id.Value = Guid.CreateVersion7().ToString();
                account.Value = Guid.NewGuid().ToString("n");
                insert.ExecuteNonQuery();
            }

            transaction.Commit();
        }

        return rows / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<double> RunPgbenchAsync(string server, string schema, TimeSpan time)
    {
        var script = Path.GetTempFileName();
        await File.WriteAllTextAsync(
            script,
            $"""
            \startpipeline
            BEGIN ISOLATION LEVEL SERIALIZABLE;
            SELECT * FROM services WHERE project_id = 'p' AND id = 'service' AND deleted_at IS NULL;
            SELECT * FROM channels WHERE service_id = 'service' AND name = 'channel';
            SELECT id, name FROM accounts WHERE disabled_at IS NULL AND name = 'nobody';
            SELECT * FROM memberships WHERE inviter_service_id = 'none' AND channel_name = 'channel' AND invitee_account_name = 'nobody';
            SELECT DISTINCT invitee_account_id FROM memberships WHERE inviter_service_id = 'none' AND removed_at IS NULL;
            {InsertMembership.ReplaceLineEndings(" ")} VALUES (gen_random_uuid()::text, gen_random_uuid()::text, 'channel', 'a', 'inviter', 'p', 'service', gen_random_uuid()::text, 'invitee', '', '', '', 'waiting', 0, '[]', 0, 0, 0, 0, 0);
            COMMIT;
            \endpipeline

            """);
        var to = new NpgsqlConnectionStringBuilder(server);
        var start = new ProcessStartInfo("pgbench")
        {
            ArgumentList =
            {
                "--no-vacuum", "--protocol=extended", "--client=16", "--jobs=2", $"--time={Math.Max(1, (int)time.TotalSeconds)}", $"--file={script}",
                $"--host={to.Host}", $"--port={to.Port}", $"--username={to.Username}", to.Database ?? "postgres",
            },
            Environment = { ["PGOPTIONS"] = $"-c search_path={schema}" },
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var pgbench = Process.Start(start)!;
        var errors = pgbench.StandardError.ReadToEndAsync();
        var output = await pgbench.StandardOutput.ReadToEndAsync();
        await pgbench.WaitForExitAsync();
        File.Delete(script);
        var rate = Regex.Match(output, @"^tps = (?<rate>[0-9.]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
        return rate.Success
            ? double.Parse(rate.Groups["rate"].Value, CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"pgbench said: {output}{await errors}");
    }
}

using System.Diagnostics;
using System.Text.Json.Nodes;
using Npgsql;

namespace Guildhall.Tests.HighAvailability;

/// <summary>Three nodes, set up with the files of deploy/patroni as they are; only names, addresses and folders are the test's.</summary>
internal sealed class DatabaseCluster : IAsyncDisposable
{
    /// <summary>Set to 1 by <c>make ha</c>, when Patroni and etcd are installed.</summary>
    public const string Variable = "GUILDHALL_HA";

    private const string Password = "guildhall-test";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly string folder = Directory.CreateTempSubdirectory("guildhall-ha-").FullName;
    private readonly Dictionary<string, string> etcd = SettingsOf("etcd.env");
    private readonly Dictionary<string, string> patroni = SettingsOf("patroni.env");

    private readonly string logs;

    private DatabaseCluster(string name)
    {
        logs = Directory.CreateDirectory(Path.Combine(Artifacts, name)).FullName;
        Nodes = [.. "abc".Select(letter => $"db-{letter}").Select(node => new DatabaseNode(Path.Combine(folder, node), node))];
    }

    public static bool IsWanted => Environment.GetEnvironmentVariable(Variable) == "1";

    /// <summary>The newest PostgreSQL of Debian's packages.</summary>
    public static string? PostgresBin { get; } = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").OrderBy(version => int.Parse(Path.GetFileName(version))).Select(version => version + "/bin").LastOrDefault()
        : null;

    /// <summary>Where what was measured is put, and the logs.</summary>
    public static string Artifacts => Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", "ha")).FullName;

    public DatabaseNode[] Nodes { get; }

    /// <summary>What Guildhall is given as its store.</summary>
    public string Setting =>
        $"Host={string.Join(',', Nodes.Select(node => $"127.0.0.1:{node.Port}"))};Target Session Attributes=primary;"
        + $"Database=guildhall;Username=guildhall;Password={Password}";

    /// <summary>Starts the nodes, and makes Guildhall's role and database.</summary>
    /// <param name="name">The folder of artifacts/ha that gets the logs.</param>
    public static async Task<DatabaseCluster> StartAsync(string name)
    {
        var cluster = new DatabaseCluster(name);
        try
        {
            await DatabaseNode.RunAsync("chmod", "755", cluster.folder); // the nodes' folders in it are another user's
            foreach (var node in cluster.Nodes)
            {
                await cluster.StartAsync(node);
            }

            var primary = await cluster.HealthyAsync();
            await using var connection = await cluster.OpenAsync(primary, "postgres");
            foreach (var sql in (string[])[$"CREATE ROLE guildhall LOGIN PASSWORD '{Password}'", "CREATE DATABASE guildhall OWNER guildhall"])
            {
                await using var command = new NpgsqlCommand(sql, connection);
                await command.ExecuteNonQueryAsync();
            }

            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public Task StartAsync(DatabaseNode node) => node.StartAsync(Nodes, etcd, patroni);

    /// <summary>Waits until one node is the primary and streams to the two others, to one of them synchronously; answers with the primary.</summary>
    public async Task<DatabaseNode> HealthyAsync()
    {
        for (var patience = Stopwatch.StartNew(); ; await Task.Delay(100))
        {
            var status = await Task.WhenAll(Nodes.Select(node => node.StatusAsync()));
            var primaries = Enumerable.Range(0, Nodes.Length).Where(n => (string?)status[n]?["role"] is "master" or "primary").ToArray();
            if (primaries is [var primary] && IsHealthy(status[primary]!) && await Nodes[primary].HasHeirAsync())
            {
                return Nodes[primary];
            }

            Assert.True(patience.Elapsed < Patience, $"The database is not whole:\n{string.Join('\n', status.Select(node => node?.ToJsonString() ?? "down"))}");
        }
    }

    public Task SwitchOverAsync(DatabaseNode primary) => primary.SwitchOverAsync(patroni["PATRONI_RESTAPI_USERNAME"], patroni["PATRONI_RESTAPI_PASSWORD"]);

    /// <summary>A connection of the superuser to one node, whatever it is at the moment.</summary>
    public async Task<NpgsqlConnection> OpenAsync(DatabaseNode node, string database = "guildhall")
    {
        var connection = new NpgsqlConnection(
            $"Host=127.0.0.1;Port={node.Port};Database={database};Username={patroni["PATRONI_SUPERUSER_USERNAME"]};"
            + $"Password={patroni["PATRONI_SUPERUSER_PASSWORD"]};Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
        {
            await node.KillAsync();
            node.SaveLogs(logs);
        }

        Directory.Delete(folder, recursive: true);
    }

    private static bool IsHealthy(JsonNode primary)
    {
        var standbys = primary["replication"]?.AsArray().Where(standby => (string?)standby!["state"] == "streaming").Select(standby => (string?)standby!["sync_state"]).ToArray();
        return (string?)primary["state"] == "running" && standbys is { Length: 2 } && standbys.Count(state => state == "sync") == 1;
    }

    private static Dictionary<string, string> SettingsOf(string file) => Repository.Read($"deploy/patroni/{file}").Split('\n')
        .Where(line => line.Contains('=') && !line.StartsWith('#'))
        .ToDictionary(line => line.Split('=', 2)[0], line => line.Split('=', 2)[1]);
}

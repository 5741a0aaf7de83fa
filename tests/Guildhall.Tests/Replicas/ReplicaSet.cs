using System.Diagnostics;
using Guildhall.Tests.Hosting;
using Npgsql;

namespace Guildhall.Tests.Replicas;

/// <summary>Real servers on one schema of PostgreSQL, and whose turn it is to get the next call.</summary>
internal sealed class ReplicaSet : IAsyncDisposable
{
    private readonly Func<ValueTask> clean;
    private readonly Lock gate = new();
    private readonly List<Replica> running = [];
    private readonly HashSet<string> killed = [];
    private int started;
    private int turn;

    private ReplicaSet(string setting, Func<ValueTask> clean) => (Setting, this.clean) = (setting, clean);

    /// <summary>The store that they share.</summary>
    public string Setting { get; }

    /// <summary>The addresses of those that run.</summary>
    public Uri[] Addresses
    {
        get
        {
            lock (gate)
            {
                return [.. running.Select(replica => replica.Address)];
            }
        }
    }

    /// <summary>Starts so many at once on a schema without a table.</summary>
    public static async Task<ReplicaSet> StartAsync(int count)
    {
        var store = await TestStore.CreateEmptyAsync(Engine.Postgres);
        return await StartAsync(count, store.Setting, store.DisposeAsync);
    }

    /// <summary>Starts so many at once on an empty database.</summary>
    /// <param name="clean">What to do when they are gone.</param>
    public static async Task<ReplicaSet> StartAsync(int count, string setting, Func<ValueTask> clean)
    {
        var replicas = new ReplicaSet(setting, clean);
        await Task.WhenAll(Enumerable.Range(0, count).Select(_ => replicas.StartOneAsync()));
        return replicas;
    }

    public async Task StartOneAsync()
    {
        var name = $"{new NpgsqlConnectionStringBuilder(Setting).SearchPath}-{Interlocked.Increment(ref started)}";
        var (process, address) = await GuildhallProcess.StartServerAsync(
            "serve", "--urls", "http://127.0.0.1:0", "--store", $"{Setting};Application Name={name}", "--network", "emulated");
        lock (gate)
        {
            running.Add(new Replica(name, process, address));
        }
    }

    /// <summary>What those that run have written.</summary>
    public IEnumerable<string> Outputs => running.Select(replica => $"{replica.Address}\n{replica.Process.Output}\n{replica.Process.Error}");

    /// <summary>One after another.</summary>
    public Uri Next()
    {
        lock (gate)
        {
            return running[turn++ % running.Count].Address;
        }
    }

    /// <summary>Ends one as a power cut would. What it was asked meanwhile was done, or was not.</summary>
    public async Task KillAsync(int which)
    {
        Replica victim;
        lock (gate)
        {
            victim = running[which % running.Count];
            running.Remove(victim);
            killed.Add(victim.Name);
        }

        await victim.Process.DisposeAsync();
    }

    /// <summary>Waits until the database has noticed who was killed: a commit on its way may still arrive until then.</summary>
    public async Task GoneAsync()
    {
        string[] names;
        lock (gate)
        {
            names = [.. killed];
        }

        if (names.Length == 0)
        {
            return;
        }

        await using var connection = await OpenAsync();
        await using var sessions = new NpgsqlCommand("SELECT count(*) FROM pg_stat_activity WHERE application_name = ANY (@names)", connection);
        sessions.Parameters.AddWithValue("names", names);
        for (var patience = Stopwatch.StartNew(); (long)(await sessions.ExecuteScalarAsync())! > 0; await Task.Delay(10))
        {
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(20), "PostgreSQL still has sessions of a killed process.");
        }
    }

    /// <summary>Looks into the store beside the servers. What the connection holds goes with it.</summary>
    public async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Setting) { Pooling = false, HostRecheckSeconds = 0 }.ToString());
        await connection.OpenAsync();
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in running)
        {
            await replica.Process.DisposeAsync();
        }

        await clean();
    }

    private sealed record Replica(string Name, GuildhallProcess Process, Uri Address);
}

using System.Diagnostics;
using Guildhall.Tests.Hosting;
using Npgsql;

namespace Guildhall.Tests.Replicas;

/// <summary>Real servers on one schema of PostgreSQL, and whose turn it is to get the next call.</summary>
internal sealed class ReplicaSet : IAsyncDisposable
{
    private readonly TestStore store;
    private readonly Lock gate = new();
    private readonly List<Replica> running = [];
    private readonly HashSet<string> killed = [];
    private int started;
    private int turn;

    private ReplicaSet(TestStore store) => this.store = store;

    public string Setting => store.Setting;

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
        var replicas = new ReplicaSet(await TestStore.CreateEmptyAsync(Engine.Postgres));
        await Task.WhenAll(Enumerable.Range(0, count).Select(_ => replicas.StartOneAsync()));
        return replicas;
    }

    public async Task StartOneAsync()
    {
        var name = $"{new NpgsqlConnectionStringBuilder(Setting).SearchPath}-{Interlocked.Increment(ref started)}";
        var (process, address) = await GuildhallProcess.StartServerAsync(
            "serve", "--urls", "http://127.0.0.1:0", "--store", $"{Setting};Application Name={name}", "--network", "register");
        lock (gate)
        {
            running.Add(new Replica(name, process, address));
        }
    }

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
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Setting) { Pooling = false }.ToString());
        await connection.OpenAsync();
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in running)
        {
            await replica.Process.DisposeAsync();
        }

        await store.DisposeAsync();
    }

    private sealed record Replica(string Name, GuildhallProcess Process, Uri Address);
}

using System.Diagnostics;
using Guildhall.Tests.Hosting;

namespace Guildhall.Tests.Replicas;

/// <summary>Replicas are killed under load, again and again: what any of them has acknowledged is there, once and whole, and the rest carry on.</summary>
public sealed class ReplicaCrashTests : IDisposable
{
    private const int Replicas = 3;
    private const int Kills = 3;
    private const int Invitees = 12;
    private const int Groups = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient http = new();
    private int cutOff;

    [Theory, PostgresOnly]
    public async Task What_any_replica_acknowledged_survives_kill_9_of_it_and_the_others_carry_on(Engine engine)
    {
        Assert.Equal(Engine.Postgres, engine);
        var seed = Dice.NewSeed();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var dice = new Dice(seed);
        await using var replicas = await ReplicaSet.StartAsync(Replicas);
        var tenants = await CrashTenants.CreateAsync(replicas.Setting, Invitees, Groups);
        List<CrashClient> clients =
        [
            .. tenants.Invitees.Select(invitee => new CrashPlace(tenants.Inviter, invitee, http, dice.Another())),
            .. tenants.Groups.Select(group => new CrashGroup(tenants.Inviter, group, http, dice.Another())),
        ];

        var watch = Stopwatch.StartNew();
        using var stop = new CancellationTokenSource();
        var load = clients.ConvertAll(client => DriveAsync(client, replicas, tenants, stop.Token));
        for (var kill = 0; kill < Kills; kill++)
        {
            await Task.Delay(dice.Throw(200, 900));
            await replicas.KillAsync(dice.Throw(0, Replicas));
            await replicas.StartOneAsync();
        }

        await stop.CancelAsync();
        await Task.WhenAll(load);
        await VerifyAsync(clients, replicas, tenants);
        var acknowledged = clients.Sum(client => client.Acknowledged);
        TestContext.Current.TestOutputHelper!.WriteLine($"{acknowledged} acknowledged, {cutOff} cut off, {watch.Elapsed.TotalSeconds:0.0} s");
        Assert.True(clients.TrueForAll(client => client.Acknowledged > Kills), $"too quiet: {acknowledged} acknowledged");
    }

    public void Dispose() => http.Dispose();

    /// <summary>Sends calls to one replica after another. Cut off, the client looks what became of its call, and goes on with those that are left.</summary>
    private async Task DriveAsync(CrashClient client, ReplicaSet replicas, CrashTenants tenants, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await client.RunAsync(replicas.Next, stop);
            if (client.IsCutOff)
            {
                Interlocked.Increment(ref cutOff);
                await replicas.GoneAsync();
                await VerifyAsync(client, replicas, tenants);
            }
        }
    }

    /// <summary>Compares with what the client was told, once its own joins and quits are done. A replica that dies at it is replaced by another.</summary>
    private async Task VerifyAsync(CrashClient client, ReplicaSet replicas, CrashTenants tenants)
    {
        for (var patience = Stopwatch.StartNew(); ; await Task.Delay(20))
        {
            try
            {
                var states = await tenants.Inviter.MembersAsync(http, replicas.Next());
                if (client.Names.Any(name => states.GetValueOrDefault(name) is "joining" or "quitting"))
                {
                    Assert.True(patience.Elapsed < Patience, $"still: {string.Join(", ", states)}");
                    continue;
                }

                await using var records = await replicas.OpenAsync();
                await client.VerifyAsync(states, new CrashRecords(records), replicas.Next());
                return;
            }
            catch (HttpRequestException) when (patience.Elapsed < Patience)
            {
                // Killed, too.
            }
        }
    }

    /// <summary>When all is quiet: every client, then what holds of the whole register.</summary>
    private async Task VerifyAsync(List<CrashClient> clients, ReplicaSet replicas, CrashTenants tenants)
    {
        foreach (var client in clients)
        {
            await VerifyAsync(client, replicas, tenants);
        }

        await using var connection = await replicas.OpenAsync();
        var records = new CrashRecords(connection);
        Assert.Null(records.Find("SELECT id FROM outbox"));
        Assert.Null(records.Find("SELECT id FROM operations WHERE status <> 'finished'"));
        Assert.Null(records.Find("SELECT invitee_account_name FROM memberships WHERE removed_at IS NULL GROUP BY 1 HAVING count(*) > 1"));
        Assert.Null(records.Find(
            """
            SELECT id FROM memberships
            WHERE  substr(leave_operation_id, 13) <= substr(join_operation_id, 13)
            """));

        List<string> lists = [];
        foreach (var address in replicas.Addresses)
        {
            var (status, body) = await tenants.Inviter.SendAsync(http, address, "GET", "members?extended=true");
            Assert.Equal(200, status);
            lists.Add(body);
        }

        Assert.Equal(Replicas, lists.Count);
        Assert.Single(lists.Distinct());
    }
}

using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace Guildhall.Tests.Hosting;

/// <summary>
/// The real server is killed under load, again and again: what it has acknowledged is there, once and whole, and what it had begun is finished.
/// </summary>
public sealed class CrashTests : IDisposable
{
    private const int Rounds = 5;
    private const int Invitees = 6;
    private const int Groups = 2;
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(15);

    private readonly TemporaryFolder folder = new();
    private readonly HttpClient http = new();

    private string Store => folder.File("guildhall.db");

    [Fact]
    public async Task What_was_acknowledged_survives_kill_9_once_and_whole()
    {
        var seed = Dice.NewSeed();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var dice = new Dice(seed);
        var tenants = await CrashTenants.CreateAsync(Store, Invitees, Groups);
        List<CrashClient> clients =
        [
            .. tenants.Invitees.Select(invitee => new CrashPlace(tenants.Inviter, invitee, http, dice.Another())),
            .. tenants.Groups.Select(group => new CrashGroup(tenants.Inviter, group, http, dice.Another())),
        ];
        var (watch, cutOff) = (Stopwatch.StartNew(), 0);
        for (var round = 0; round < Rounds && (round < 2 || watch.Elapsed < Budget); round++)
        {
            await RunAsync(async address =>
            {
                await VerifyAsync(clients, tenants, address);
                var load = clients.ConvertAll(client => client.RunAsync(() => address, CancellationToken.None));
                await HearAsync(clients, atLeast: dice.Throw(2 * clients.Count, 20 * clients.Count));
                return Task.WhenAll(load);
            });
            cutOff += clients.Count(client => client.IsCutOff);
        }

        await RunAsync(async address =>
        {
            await VerifyAsync(clients, tenants, address);
            return Task.CompletedTask;
        });
        var acknowledged = clients.Sum(client => client.Acknowledged);
        TestContext.Current.TestOutputHelper!.WriteLine($"{acknowledged} acknowledged, {cutOff} cut off, {watch.Elapsed.TotalSeconds:0.0} s");
        Assert.True(acknowledged > Rounds * clients.Count && cutOff > 0, $"too quiet: {acknowledged} acknowledged, {cutOff} cut off");
    }

    public void Dispose()
    {
        http.Dispose();
        folder.Dispose();
    }

    /// <summary>Starts the server, lets the work begin, and kills it.</summary>
    /// <param name="begin">Answers what is still running, and ends when its calls fail.</param>
    private async Task RunAsync(Func<Uri, Task<Task>> begin)
    {
        var (server, address) = await GuildhallProcess.StartServerAsync("serve", "--urls", "http://127.0.0.1:0", "--store", Store, "--network", "emulated");
        await using (server)
        {
            var running = await begin(address);
            await server.KillAsync();
            await running;
        }
    }

    /// <summary>Waits until so many more calls are acknowledged; in the middle of the others, the server is killed.</summary>
    private static async Task HearAsync(List<CrashClient> clients, int atLeast)
    {
        var before = clients.Sum(client => client.Acknowledged);
        for (var patience = Stopwatch.StartNew(); patience.Elapsed < TimeSpan.FromSeconds(10); await Task.Delay(5))
        {
            if (clients.Sum(client => client.Acknowledged) >= before + atLeast)
            {
                return;
            }
        }
    }

    /// <summary>Waits for joins and quits to finish, and compares with what the clients were told.</summary>
    private async Task VerifyAsync(List<CrashClient> clients, CrashTenants tenants, Uri address)
    {
        var states = await SettledAsync(tenants.Inviter, address);
        await using var store = new SqliteConnection($"Data Source={Store};Mode=ReadOnly;Pooling=False");
        await store.OpenAsync();
        foreach (var client in clients)
        {
            await client.VerifyAsync(states, new CrashRecords(store), address);
        }

        var records = new CrashRecords(store);
        Assert.Equal("ok", records.Find("PRAGMA integrity_check"));
        Assert.Null(records.Find("PRAGMA foreign_key_check"));
        Assert.Null(records.Find("SELECT id FROM outbox"));
        Assert.Null(records.Find("SELECT id FROM operations WHERE status <> 'finished'"));
        Assert.Null(records.Find("SELECT invitee_account_name FROM memberships WHERE removed_at IS NULL GROUP BY 1 HAVING count(*) > 1"));
    }

    /// <summary>The state of every invited account, once none is on its way to another.</summary>
    private async Task<Dictionary<string, string>> SettledAsync(CrashTenant inviter, Uri address)
    {
        for (var patience = Stopwatch.StartNew(); ; await Task.Delay(20))
        {
            var states = await inviter.MembersAsync(http, address);
            if (!states.Values.Any(state => state is "joining" or "quitting"))
            {
                return states;
            }

            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(20), $"still: {string.Join(", ", states)}");
        }
    }
}

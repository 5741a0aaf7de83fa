using System.Data.Common;
using System.Diagnostics;
using Guildhall.Tests.Hosting;

namespace Guildhall.Tests.Replicas;

/// <summary>Clients that call one replica after another without a pause, each on accounts of its own, and what has to be true of what they were told.</summary>
internal sealed class CrashLoad : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly HttpClient http = new();
    private readonly ReplicaSet replicas;
    private readonly CrashTenants tenants;
    private readonly List<CrashClient> clients;
    private readonly CancellationTokenSource stop = new();
    private readonly List<Task> running = [];
    private int cutOff;
    private Exception? trouble;

    private CrashLoad(ReplicaSet replicas, CrashTenants tenants, Dice dice)
    {
        (this.replicas, this.tenants) = (replicas, tenants);
        clients =
        [
            .. tenants.Invitees.Select(invitee => new CrashPlace(tenants.Inviter, invitee, http, dice.Another())),
            .. tenants.Groups.Select(group => new CrashGroup(tenants.Inviter, group, http, dice.Another())),
        ];
    }

    /// <summary>Calls that were answered, of the client that has the fewest.</summary>
    public int FewestAcknowledged => clients.Min(client => client.Acknowledged);

    public static async Task<CrashLoad> CreateAsync(ReplicaSet replicas, int invitees, int groups, Dice dice) =>
        new(replicas, await CrashTenants.CreateAsync(replicas.Setting, invitees, groups), dice);

    public void Start() => running.AddRange(clients.Select(DriveAsync));

    public async Task StopAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(running);
    }

    /// <summary>How long after the moment the first change was acknowledged that had been asked for later.</summary>
    public async Task<TimeSpan> FirstChangeAfterAsync(long moment)
    {
        for (var patience = Stopwatch.StartNew(); ; await Task.Delay(10))
        {
            var later = clients.SelectMany(client => client.Changes).Where(change => change.Asked >= moment).Select(change => change.Answered).ToArray();
            if (later.Length > 0)
            {
                return Stopwatch.GetElapsedTime(moment, later.Min());
            }

            if (running.Find(task => task.IsFaulted) is { } failed)
            {
                await failed;
            }

            Assert.True(patience.Elapsed < Patience, $"No change was acknowledged for {Patience}: {trouble}");
        }
    }

    /// <summary>The longest time since the moment in which no change was acknowledged.</summary>
    public TimeSpan LongestPauseSince(long moment)
    {
        long[] answers = [moment, .. clients.SelectMany(client => client.Changes).Select(change => change.Answered).Where(answered => answered > moment).Order()];
        return answers.Zip(answers.Skip(1), Stopwatch.GetElapsedTime).Max();
    }

    /// <summary>When all is quiet: every client, then what holds of the whole register.</summary>
    public async Task VerifyAsync()
    {
        foreach (var client in clients)
        {
            await VerifyAsync(client);
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

        Assert.Single(lists.Distinct());
    }

    public override string ToString() =>
        $"{clients.Sum(client => client.Acknowledged)} acknowledged, {clients.Sum(client => client.Changes.Count)} of them changes, {cutOff} cut off, {clients.Sum(client => client.TurnedAway)} of them with 503";

    public void Dispose()
    {
        http.Dispose();
        stop.Dispose();
    }

    /// <summary>Cut off, the client looks what became of its call, and goes on with those that are left.</summary>
    private async Task DriveAsync(CrashClient client)
    {
        while (!stop.IsCancellationRequested)
        {
            await client.RunAsync(replicas.Next, stop.Token);
            if (client.IsCutOff)
            {
                Interlocked.Increment(ref cutOff);
                await VerifyAsync(client);
            }
        }
    }

    /// <summary>
    /// Compares with what the client was told, once its own joins and quits are done. A replica that dies at it is replaced by another, and a
    /// database that is away comes back.
    /// </summary>
    private async Task VerifyAsync(CrashClient client)
    {
        for (var patience = Stopwatch.StartNew(); ; await Task.Delay(20))
        {
            try
            {
                await replicas.GoneAsync();
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
            catch (Exception exception) when (exception is HttpRequestException or DbException && patience.Elapsed < Patience)
            {
                trouble = exception;
            }
        }
    }
}

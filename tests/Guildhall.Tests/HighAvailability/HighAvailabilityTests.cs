using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Guildhall.Tests.Hosting;
using Guildhall.Tests.Replicas;
using Npgsql;

namespace Guildhall.Tests.HighAvailability;

/// <summary>The primary of the database dies under load, again and again: what was acknowledged is there, once and whole, on every node.</summary>
[CollectionDefinition(nameof(HighAvailabilityTests), DisableParallelization = true)]
[Collection(nameof(HighAvailabilityTests))]
public sealed class HighAvailabilityTests
{
    private const int Replicas = 2;
    private const int Kills = 3;
    private const int Invitees = 8;
    private const int Groups = 2;
    private const string NotHere = $"no cluster: {DatabaseCluster.Variable} is not 1; run make ha";

    public static bool IsWanted => DatabaseCluster.IsWanted;

    [Fact(Skip = NotHere, SkipUnless = nameof(IsWanted))]
    public async Task What_was_acknowledged_survives_the_primary_and_writes_succeed_again_by_themselves()
    {
        var seed = Dice.NewSeed();
        var dice = new Dice(seed);
        List<string> report = [$"seed {seed}"];
        await using var cluster = await DatabaseCluster.StartAsync("failovers");
        await using var replicas = await ReplicaSet.StartAsync(Replicas, cluster.Setting, () => ValueTask.CompletedTask);
        using var load = await CrashLoad.CreateAsync(replicas, Invitees, Groups, dice);
        try
        {
            load.Start();
            for (var kill = 0; kill < Kills; kill++)
            {
                var primary = await cluster.HealthyAsync();
                await load.FirstChangeAfterAsync(Stopwatch.GetTimestamp());
                await Task.Delay(dice.Throw(500, 2500));
                await primary.KillAsync();
                var took = await load.FirstChangeAfterAsync(Stopwatch.GetTimestamp());
                report.Add(string.Create(CultureInfo.InvariantCulture, $"{primary.Name} killed: a write succeeds again {took.TotalSeconds:0.0} s later"));
                await cluster.StartAsync(primary);
            }

            var last = await cluster.HealthyAsync();
            var asked = Stopwatch.GetTimestamp();
            await cluster.SwitchOverAsync(last);
            await load.FirstChangeAfterAsync(Stopwatch.GetTimestamp());
            report.Add(string.Create(CultureInfo.InvariantCulture, $"{last.Name} handed over: {load.LongestPauseSince(asked).TotalSeconds:0.0} s without a write"));
            await cluster.HealthyAsync();

            await load.StopAsync();
            await load.VerifyAsync();
            await NodesAreTheSameAsync(cluster);
            Assert.True(load.FewestAcknowledged > Kills, $"too quiet: {load}");
        }
        finally
        {
            report.Add(load.ToString());
            await File.WriteAllLinesAsync(Path.Combine(DatabaseCluster.Artifacts, "failovers.txt"), report);
            await File.WriteAllLinesAsync(Path.Combine(DatabaseCluster.Artifacts, "guildhall.log"), replicas.Outputs);
            report.ForEach(TestContext.Current.TestOutputHelper!.WriteLine);
        }
    }

    [Fact(Skip = NotHere, SkipUnless = nameof(IsWanted))]
    public async Task A_change_that_is_on_no_standby_is_not_acknowledged_until_it_is()
    {
        await using var cluster = await DatabaseCluster.StartAsync("no-standby");
        await using var replicas = await ReplicaSet.StartAsync(1, cluster.Setting + ";Command Timeout=3", () => ValueTask.CompletedTask);
        var tenants = await CrashTenants.CreateAsync(replicas.Setting, invitees: 1, groups: 0);
        using var http = new HttpClient();
        var primary = await cluster.HealthyAsync();
        var standbys = cluster.Nodes.Where(node => node != primary).ToArray();

        await Task.WhenAll(standbys.Select(standby => standby.FreezeDatabaseAsync()));
        await using (var connection = await cluster.OpenAsync(primary))
        {
            var turnedAway = await Assert.ThrowsAsync<HttpRequestException>(() => InviteAsync());
            Assert.Equal(HttpStatusCode.ServiceUnavailable, turnedAway.StatusCode);
            Assert.Equal("1", await ScalarAsync(connection, "SELECT count(*)::text FROM memberships")); // on the primary alone, where it can still get lost
        }

        await Task.WhenAll(standbys.Select(standby => standby.ThawAsync()));
        await cluster.HealthyAsync();
        Assert.Equal(400, await InviteAsync()); // it was not lost, so there is an invitation already
        await NodesAreTheSameAsync(cluster);

        async Task<int> InviteAsync()
        {
            var body = new JsonObject
            {
                ["bcs_id"] = tenants.Inviter.Service,
                ["channel_name"] = "channel",
                ["invited_userinfo"] = new JsonArray(new JsonObject { ["invited_user"] = tenants.Invitees[0].Account }),
            };
            return (await tenants.Inviter.SendAsync(http, replicas.Next(), "POST", "members/invitations", body)).Status;
        }
    }

    /// <summary>Once the standbys have all that the primary has, they hold the same rows.</summary>
    private static async Task NodesAreTheSameAsync(DatabaseCluster cluster)
    {
        var primary = await cluster.HealthyAsync();
        await using var connection = await cluster.OpenAsync(primary);
        var end = await ScalarAsync(connection, "SELECT pg_current_wal_flush_lsn()::text");
        List<string> sums = [];
        foreach (var node in cluster.Nodes)
        {
            await using var own = node == primary ? null : await cluster.OpenAsync(node);
            for (var patience = Stopwatch.StartNew(); own is not null && await ScalarAsync(own, $"SELECT (pg_last_wal_replay_lsn() >= '{end}')::text") != "true"; await Task.Delay(20))
            {
                Assert.True(patience.Elapsed < TimeSpan.FromSeconds(30), $"{node.Name} lags.");
            }

            sums.Add(await ScalarAsync(
                own ?? connection,
                """
                SELECT md5(concat(
                    (SELECT string_agg(m::text, ',' ORDER BY m.id) FROM memberships m),
                    (SELECT string_agg(o::text, ',' ORDER BY o.id) FROM operations o),
                    (SELECT string_agg(r::text, ',' ORDER BY r::text) FROM requests r)))
                """));
        }

        Assert.Single(sums.Distinct());
    }

    private static async Task<string> ScalarAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (string)(await command.ExecuteScalarAsync())!;
    }
}

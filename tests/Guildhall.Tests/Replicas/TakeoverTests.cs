using System.Diagnostics;
using System.Globalization;
using Guildhall.Outbox;
using Guildhall.Tests.Hosting;
using Npgsql;

namespace Guildhall.Tests.Replicas;

/// <summary>A real server is killed in the middle of its work, and another one finishes it.</summary>
public sealed class TakeoverTests : IDisposable
{
    /// <summary>How late the other may be: it looks every second, and the machine may be busy.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(5);

    private readonly HttpClient http = new();

    [Theory, PostgresOnly]
    public async Task Work_that_a_killed_replica_had_claimed_is_finished_by_another_when_the_lease_ends(Engine engine)
    {
        Assert.Equal(Engine.Postgres, engine);
        await using var replicas = await ReplicaSet.StartAsync(1);
        var tenants = await CrashTenants.CreateAsync(replicas.Setting, invitees: 1, groups: 0);
        var place = new CrashPlace(tenants.Inviter, tenants.Invitees[0], http, new Dice(0));
        await using var gate = await CloseAsync(replicas);
        await place.InviteAndAgreeAsync(replicas.Next());
        await using var connection = await replicas.OpenAsync();
        var records = new CrashRecords(connection);
        var until = await ClaimedUntilAsync(records);
        Assert.InRange(until - TimeProvider.System.GetUtcNow(), TimeSpan.Zero, Lease.Length);

        await replicas.StartOneAsync(); // before the other is gone, so that nothing is known of it
        await replicas.KillAsync(0);
        await gate.DisposeAsync();
        await replicas.GoneAsync();
        var finished = await FinishedAtAsync(records, until);

        Assert.InRange(finished, until, until + Slack);
        Assert.Equal("agreed", (await tenants.Inviter.MembersAsync(http, replicas.Next()))[tenants.Invitees[0].Account]);
        Assert.Equal("1 finished", records.Find("SELECT count(*) || ' ' || min(status) FROM operations"));
    }

    public void Dispose() => http.Dispose();

    /// <summary>Has every worker wait before it records a step, until what this answers is disposed.</summary>
    private static async Task<NpgsqlConnection> CloseAsync(ReplicaSet replicas)
    {
        var connection = await replicas.OpenAsync();
        var key = BitConverter.ToInt64(Guid.NewGuid().ToByteArray()).ToString(CultureInfo.InvariantCulture);
        await using var command = new NpgsqlCommand(
            $"""
            CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_advisory_xact_lock_shared({key}); RETURN NEW; END $$;
            CREATE TRIGGER gate BEFORE UPDATE ON operations FOR EACH ROW EXECUTE FUNCTION wait_at_gate();
            SELECT pg_advisory_lock({key});
            """,
            connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    private static async Task<DateTimeOffset> ClaimedUntilAsync(CrashRecords records)
    {
        for (var patience = Stopwatch.StartNew(); ; await Task.Delay(10))
        {
            if (records.Find("SELECT claimed_until FROM outbox WHERE claimed_by <> ''") is { } until)
            {
                return DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(until, CultureInfo.InvariantCulture));
            }

            Assert.True(patience.Elapsed < Slack, "nobody claims the work");
        }
    }

    /// <summary>When the outbox is empty, by the machine's clock.</summary>
    private static async Task<DateTimeOffset> FinishedAtAsync(CrashRecords records, DateTimeOffset until)
    {
        while (records.Find("SELECT id FROM outbox") is not null)
        {
            Assert.True(TimeProvider.System.GetUtcNow() < until + Lease.Length, "nobody takes the work over");
            await Task.Delay(20);
        }

        return TimeProvider.System.GetUtcNow();
    }
}

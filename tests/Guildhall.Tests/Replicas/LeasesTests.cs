using Guildhall.Outbox;
using Guildhall.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Guildhall.Tests.Replicas;

/// <summary>Several workers on one outbox, each with channels of its own that tell what it did.</summary>
public sealed class LeasesTests
{
    private static readonly string[] Joining = [EnactmentPlan.Prepare, EnactmentPlan.UpdateChannel, EnactmentPlan.MovePeers, EnactmentPlan.Verify];

    [Theory, EveryEngine]
    public async Task What_one_worker_is_at_is_left_alone_by_others(Engine engine)
    {
        await using var service = await StartAsync(engine);
        var (held, free) = (new HeldNetwork(holds: true), new HeldNetwork(holds: false));
        var working = WorkerOn(service, held, service.Clock).RunDueAsync(CancellationToken.None);
        await held.Reached;

        await WorkerOn(service, free, service.Clock).RunDueAsync(CancellationToken.None);
        held.LetGo();
        await working;

        Assert.Empty(free.Runs);
        Assert.Equal(Joining, held.Runs.Select(run => run.Step));
        await AssertJoinedOnceAsync(service);
    }

    [Theory, EveryEngine]
    public async Task What_a_worker_left_is_taken_over_when_its_lease_ends_and_not_before(Engine engine)
    {
        await using var service = await StartAsync(engine);
        var (held, free) = (new HeldNetwork(holds: true), new HeldNetwork(holds: false));
        var working = WorkerOn(service, held, new SteppedClock(service.Clock.GetUtcNow())).RunDueAsync(CancellationToken.None);
        await held.Reached;
        var other = WorkerOn(service, free, service.Clock);

        service.Clock.Advance(Lease.Length - TimeSpan.FromMilliseconds(1));
        await other.RunDueAsync(CancellationToken.None);
        Assert.Empty(free.Runs);

        service.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await other.RunDueAsync(CancellationToken.None);
        Assert.Equal(Joining, free.Runs.Select(run => run.Step));
        await AssertJoinedOnceAsync(service);

        held.LetGo(); // it was not dead, only slow, and finds out at its next write
        await working;
        Assert.Equal([EnactmentPlan.Prepare], held.Runs.Select(run => run.Step));
        await AssertJoinedOnceAsync(service);
    }

    [Theory, EveryEngine]
    public async Task A_worker_that_lost_its_claim_writes_nothing_while_another_is_at_the_work(Engine engine)
    {
        await using var service = await StartAsync(engine);
        var (slow, next) = (new HeldNetwork(holds: true), new HeldNetwork(holds: true));
        var losing = WorkerOn(service, slow, new SteppedClock(service.Clock.GetUtcNow())).RunDueAsync(CancellationToken.None);
        await slow.Reached;
        service.Clock.Advance(Lease.Length);
        var taking = WorkerOn(service, next, service.Clock).RunDueAsync(CancellationToken.None);
        await next.Reached;

        slow.LetGo();
        await losing;
        Assert.Equal([EnactmentPlan.Prepare], slow.Runs.Select(run => run.Step));
        Assert.Equal("joining", await service.Invitee.NotificationStatusAsync());

        next.LetGo();
        await taking;
        await AssertJoinedOnceAsync(service);
    }

    [Theory, EveryEngine]
    public async Task A_step_may_take_longer_than_a_lease(Engine engine)
    {
        await using var service = await StartAsync(engine);
        var clock = new SteppedClock(service.Clock.GetUtcNow());
        var (held, free) = (new HeldNetwork(holds: true), new HeldNetwork(holds: false));
        var working = WorkerOn(service, held, clock).RunDueAsync(CancellationToken.None);
        await held.Reached;
        for (var waited = TimeSpan.Zero; waited < 2 * Lease.Length; waited += Lease.Renewal)
        {
            await clock.TimerAsync(Lease.Renewal);
            clock.Advance(Lease.Renewal);
        }

        await clock.TimerAsync(Lease.Renewal); // the claim is renewed before the next timer is set
        await WorkerOn(service, free, clock).RunDueAsync(CancellationToken.None);
        held.LetGo();
        await working;

        Assert.Empty(free.Runs);
        await AssertJoinedOnceAsync(service);
    }

    [Theory, EveryEngine]
    public async Task A_step_is_called_off_when_its_claim_is_lost(Engine engine)
    {
        await using var service = await StartAsync(engine);
        var clock = new SteppedClock(service.Clock.GetUtcNow());
        var (held, free) = (new HeldNetwork(holds: true), new HeldNetwork(holds: false));
        var working = WorkerOn(service, held, clock).RunDueAsync(CancellationToken.None);
        await held.Reached;
        await clock.TimerAsync();
        service.Clock.Advance(Lease.Length); // of the other, while the first one's process stands still
        await WorkerOn(service, free, service.Clock).RunDueAsync(CancellationToken.None);

        clock.Advance(Lease.Renewal);
        await working;

        Assert.True(held.IsCalledOff);
        Assert.Equal([EnactmentPlan.Prepare], held.Runs.Select(run => run.Step));
        await AssertJoinedOnceAsync(service);
    }

    [Theory, PostgresOnly]
    public async Task A_step_has_ended_before_its_lease_has_where_the_store_cannot_be_reached(Engine engine)
    {
        await using var service = await StartAsync(engine, delay: 0);
        await using var other = Store.Open(new NpgsqlConnectionStringBuilder(EveryEngineAttribute.Postgres) { SearchPath = new NpgsqlConnectionStringBuilder(service.StoreSetting).SearchPath }.ToString());
        var clock = new SteppedClock(service.Clock.GetUtcNow());
        var (held, free) = (new HeldNetwork(holds: true), new HeldNetwork(holds: false));
        var working = WorkerOn(service, held, clock).RunDueAsync(CancellationToken.None);
        await held.Reached;
        await clock.TimerAsync(Lease.Renewal);

        service.WayToStore!.Cut();
        clock.Advance(Lease.Renewal);
        await clock.TimerAsync(Lease.Usable - Lease.Renewal); // it waits for the renewal
        clock.Advance(Lease.Length - Lease.Renewal - TimeSpan.FromMilliseconds(1));
        await Patience.UntilAsync(() => held.IsCalledOff);

        clock.Advance(TimeSpan.FromMilliseconds(1));
        await new Worker(other, free, clock, NullLogger<Worker>.Instance).RunDueAsync(CancellationToken.None);
        Assert.Equal(Joining, free.Runs.Select(run => run.Step));
        service.WayToStore.Mend();
        await working;
        Assert.Equal([EnactmentPlan.Prepare], held.Runs.Select(run => run.Step));
        await AssertJoinedOnceAsync(service);
    }

    [Theory, EveryEngine]
    public async Task A_worker_that_is_stopped_leaves_its_work_to_others_at_once(Engine engine)
    {
        await using var service = await StartAsync(engine);
        var (held, free) = (new HeldNetwork(holds: true), new HeldNetwork(holds: false));
        using var stop = new CancellationTokenSource();
        var working = WorkerOn(service, held, service.Clock).RunDueAsync(stop.Token);
        await held.Reached;

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => working);
        await WorkerOn(service, free, service.Clock).RunDueAsync(CancellationToken.None);

        Assert.Equal(Joining, free.Runs.Select(run => run.Step));
        await AssertJoinedOnceAsync(service);
    }

    [Theory, EveryEngine]
    public async Task What_takes_long_does_not_hold_up_the_rest(Engine engine)
    {
        await using var service = await StartAsync(engine);
        var held = new HeldNetwork(holds: true);
        using var worker = WorkerOn(service, held, service.Clock);
        await worker.StartAsync(CancellationToken.None);
        await held.Reached;

        var late = await service.AddPersonAsync("late", "late", isInvitee: true);
        await service.Inviter.InviteAsync(late);
        await late.AgreeAsync(); // is due after the first claim was made
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (await late.NotificationStatusAsync() != "agreed")
        {
            patience.Token.ThrowIfCancellationRequested();
        }

        Assert.Equal("joining", await service.Invitee.NotificationStatusAsync());
        held.LetGo();
        await worker.StopAsync(CancellationToken.None);
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM outbox WHERE claimed_by <> ''"));
    }

    [Theory, EveryEngine]
    public async Task Many_workers_share_what_is_due_and_each_step_is_run_by_one(Engine engine)
    {
        const int Members = 24;
        await using var service = await TestService.StartAsync(engine);
        for (var n = 0; n < Members; n++)
        {
            var invitee = await service.AddPersonAsync($"guest-{n}", "guest", isInvitee: true);
            Assert.Equal(200, (await service.Inviter.InviteAsync(invitee)).Status);
            Assert.Equal(200, (await invitee.AgreeAsync()).Status);
        }

        var networks = Enumerable.Range(0, 4).Select(_ => new HeldNetwork(holds: false)).ToArray();
        await Task.WhenAll(networks.Select(network => Task.Run(() => WorkerOn(service, network, service.Clock).RunDueAsync(CancellationToken.None))));

        var runs = networks.SelectMany(network => network.Runs).ToArray();
        Assert.Equal(Members * Joining.Length, runs.Length);
        Assert.Equal(runs.Length, runs.Distinct().Count());
        Assert.Equal(Members, await service.CountAsync("SELECT count(*) FROM memberships WHERE state = 'agreed'"));
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM outbox"));
    }

    [Fact]
    public async Task A_server_that_has_its_file_alone_need_not_wait_for_the_leases_of_a_killed_one()
    {
        await using var service = await StartAsync(Engine.Sqlite);
        await service.ExecuteAsync("UPDATE outbox SET claimed_by = 'gone', claimed_until = 99999999999999");

        await service.ReopenAsServeAsync();
        await service.WorkAsync();

        await AssertJoinedOnceAsync(service);
    }

    /// <summary>One membership on its way in, and nobody at it yet.</summary>
    private static async Task<TestService> StartAsync(Engine engine, int? delay = null)
    {
        var service = await TestService.StartAsync(engine, delay: delay);
        Assert.Equal(200, (await service.Inviter.InviteAsync(service.Invitee)).Status);
        Assert.Equal(200, (await service.Invitee.AgreeAsync()).Status);
        return service;
    }

    private static Worker WorkerOn(TestService service, HeldNetwork network, TimeProvider clock) =>
        new(service.Store, network, clock, NullLogger<Worker>.Instance);

    private static async Task AssertJoinedOnceAsync(TestService service)
    {
        Assert.Equal("agreed", await service.Invitee.NotificationStatusAsync());
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM outbox"));
        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM operations WHERE status = 'finished'"));
        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM operations"));
    }
}

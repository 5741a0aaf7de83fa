using Guildhall.Outbox;

namespace Guildhall.Tests.Api;

public sealed class WorkerTests
{
    [Theory, EveryEngine]
    public async Task A_slow_channel_keeps_the_invitee_joining_for_as_long_as_it_takes(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        service.Network["channel"] = new EmulatedNetwork.Trouble(TimeSpan.FromMinutes(5), null);
        await service.JoinAsync(service.Invitee);

        Assert.Equal("joining", await service.Invitee.NotificationStatusAsync());
        service.Clock.Advance(TimeSpan.FromMinutes(4));
        await service.WorkAsync();
        Assert.Equal("joining", await service.Invitee.NotificationStatusAsync());
        service.Clock.Advance(TimeSpan.FromMinutes(1));
        await service.WorkAsync();
        Assert.Equal("agreed", await service.Invitee.NotificationStatusAsync());
    }

    [Theory, EveryEngine]
    public async Task A_failing_channel_is_tried_again_ever_more_slowly_and_says_why(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        service.Network[""] = new EmulatedNetwork.Trouble(TimeSpan.Zero, "the orderer does not answer");
        await service.JoinAsync(service.Invitee);

        Assert.Equal("joining", await service.Invitee.NotificationStatusAsync());
        Assert.Equal(1, await AttemptsAsync());
        service.Clock.Advance(TimeSpan.FromSeconds(1));
        await service.WorkAsync();
        service.Clock.Advance(TimeSpan.FromSeconds(1));
        await service.WorkAsync();
        Assert.Equal(2, await AttemptsAsync());
        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM operations WHERE status = 'processing' AND steps LIKE '%the orderer does not answer%'"));

        service.Network[""] = EmulatedNetwork.None;
        service.Clock.Advance(TimeSpan.FromSeconds(2));
        await service.WorkAsync();
        Assert.Equal("agreed", await service.Invitee.NotificationStatusAsync());
        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM operations WHERE status = 'finished'"));

        Task<long> AttemptsAsync() => service.CountAsync("SELECT attempt FROM outbox");
    }

    [Theory, EveryEngine]
    public async Task Work_left_by_a_stopped_server_is_finished_by_the_next(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.InviteAsync(service.Invitee);
        await service.Invitee.AgreeAsync();

        await service.RestartAsync();
        await service.WorkAsync();

        Assert.Equal("agreed", await service.Invitee.NotificationStatusAsync());
    }

    [Theory, EveryEngine]
    public async Task Work_that_nobody_asks_for_any_more_is_dropped_and_its_operation_says_why(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        foreach (var state in (string[])["released", "quit", "quitting", "reject"])
        {
            await service.Inviter.InviteAsync(service.Invitee);
            await service.Invitee.AgreeAsync();
            await service.ExecuteAsync($"UPDATE memberships SET state = '{state}', leave_operation_id = {(state.StartsWith("quit", StringComparison.Ordinal) ? "'another'" : "NULL")}");

            await service.WorkAsync();

            Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM outbox"));
            Assert.Equal(1, await service.CountAsync($"SELECT count(*) FROM operations WHERE status = 'stop' AND steps LIKE '%the membership is {state}%'"));
            await service.ExecuteAsync("DELETE FROM memberships");
            await service.ExecuteAsync("DELETE FROM operations");
        }
    }

    [Theory, EveryDistance]
    public async Task Two_workers_at_once_do_each_piece_of_work_harmlessly(Engine engine, int delay)
    {
        await using var service = await TestService.StartAsync(engine, delay: delay);
        await service.Inviter.InviteAsync(service.Invitee);
        await service.Invitee.AgreeAsync();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => service.WorkAsync()));

        Assert.Equal("agreed", await service.Invitee.NotificationStatusAsync());
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM outbox"));
    }

    [Fact]
    public void The_pause_after_a_failure_doubles_to_ten_minutes() => Assert.Equal(
        [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600],
        Enumerable.Range(1, 12).Select(attempt => (int)Worker.After(attempt).TotalSeconds));
}

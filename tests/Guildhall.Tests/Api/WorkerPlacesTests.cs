using System.Collections.Concurrent;
using System.Collections.Immutable;
using Guildhall.Memberships;
using Guildhall.Operations;
using Guildhall.Outbox;
using Guildhall.Storage;

namespace Guildhall.Tests.Api;

/// <summary>Networks that keep the worker waiting keep nobody else waiting.</summary>
public sealed class WorkerPlacesTests
{
    /// <summary>More than a worker works on at once.</summary>
    private const int Hanging = 300;

    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(1);

    [Theory, EveryEngine]
    public async Task The_first_work_of_others_after_a_start_is_done_while_the_network_of_one_hangs(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.InviteAsync(service.Invitee);
        await service.Invitee.AgreeAsync();
        await RepeatAsync(service, Hanging); // all of it due for longer than the others'
        service.Clock.Advance(TimeSpan.FromSeconds(1));
        await service.Third.AddServiceAsync("thirds-own", traits => traits, isInvitee: false, channels: ["channel"], becomesMain: true);
        var other = await service.AddPersonAsync("east-yard", "yard", isInvitee: true);
        Assert.Equal(200, (await service.Third.InviteAsync(other)).Status);
        Assert.Equal(200, (await other.AgreeAsync(to: service.Third)).Status);
        var network = new HangingNetwork(service.Inviter.ServiceId);

        using var worker = NewWorker(service, network);
        await worker.StartAsync(CancellationToken.None);
        await network.Others.Task.WaitAsync(Hang);
        await worker.StopAsync(CancellationToken.None);

        Assert.Equal(0, await service.CountAsync($"SELECT count(*) FROM outbox WHERE inviter_service_id = '{service.Third.ServiceId}'"));
        Assert.InRange(network.Hanging.Count, 1, Hanging);
    }

    [Fact]
    public async Task A_step_that_does_not_end_is_called_off_told_and_tried_again_later()
    {
        await using var service = await TestService.StartAsync();
        await service.Inviter.InviteAsync(service.Invitee);
        await service.Invitee.AgreeAsync();
        using var worker = new Worker(service.Store, new HangingNetwork(service.Inviter.ServiceId), service.Clock, service.Services.GetRequiredService<ILogger<Worker>>())
        {
            LongestStep = TimeSpan.FromMilliseconds(50),
        };

        await worker.RunDueAsync(CancellationToken.None).WaitAsync(Hang);

        Assert.Equal("joining", await service.Invitee.NotificationStatusAsync());
        Assert.Equal(1, await service.CountAsync("SELECT attempt FROM outbox"));
        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM operations WHERE status = 'processing' AND steps LIKE '%and was called off%'"));
    }

    [Fact]
    public void One_service_or_project_takes_no_more_than_its_places()
    {
        var places = new WorkPlaces(all: 5, each: 2);
        QueuedWork Work(string service, string project) => new($"{Guid.NewGuid()}", service, "", project, "", WorkKind.Join, 0, default, "", default);
        var first = Work("s1", "p1");

        Assert.Equal(
            [true, true, false, true, false, true, true, false],
            ((QueuedWork[])[first, Work("s1", "p2"), Work("s1", "p3"), Work("s2", "p1"), Work("s3", "p1"), Work("s2", "p2"), Work("s4", "p4"), Work("s5", "p5")]).Select(places.TryTake));
        Assert.Equal(["s1", "s2"], places.Busy.Services.Order());
        Assert.Equal(["p1", "p2"], places.Busy.Projects.Order());
        var left = places.Left;
        places.Leave(first);
        Assert.True(left.IsCompleted);
        Assert.Equal((4, 1), (places.Taken, places.Free));
    }

    private static Worker NewWorker(TestService service, IChannelNetwork network) =>
        new(service.Store, network, service.Clock, service.Services.GetRequiredService<ILogger<Worker>>());

    /// <summary>The membership that joins, its operation and its work so many times more, as if each were of a channel of its own.</summary>
    private static async Task RepeatAsync(TestService service, int times)
    {
        const string numbers = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < @times)";
        string[] tables = ["memberships", "operations", "outbox"];
        foreach (var table in tables)
        {
            var columns = (await service.Store.ReadAsync(
                session => session.QueryAsync(
                    service.Store.Dialect is SqliteDialect ? $"SELECT name FROM pragma_table_info('{table}')" : $"SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = '{table}'",
                    row => row.GetString(0)),
                CancellationToken.None)).ToArray();
            var copied = columns.Select(column => column is "id" or "channel_name" or "join_operation_id" or "operation_id" or "membership_id" ? $"{column} || CAST(n AS text)" : column);
            await service.Store.WriteAsync<Done>(
                async transaction =>
                {
                    await transaction.ExecuteAsync(
                        $"{numbers} INSERT INTO {table} ({string.Join(", ", columns)}) SELECT {string.Join(", ", copied)} FROM {table} CROSS JOIN numbers WHERE n <= @times",
                        [("times", times)]);
                    return new Done();
                },
                CancellationToken.None);
        }
    }

    /// <summary>Steps for one inviter's service never end by themselves.</summary>
    private sealed class HangingNetwork(string serviceId) : IChannelNetwork
    {
        public ConcurrentQueue<string> Hanging { get; } = [];

        public TaskCompletionSource Others { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ImmutableArray<OperationStep> Plan(WorkKind kind, Membership membership) => EnactmentPlan.Of(kind, membership);

        public async Task<StepOutcome> RunAsync(WorkKind kind, Membership membership, OperationStep step, CancellationToken cancellationToken)
        {
            if (membership.Inviter.ServiceId == serviceId)
            {
                Hanging.Enqueue(membership.Id);
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            if (step.Name == EnactmentPlan.Verify)
            {
                Others.TrySetResult();
            }

            return StepOutcome.Done;
        }
    }
}

using Guildhall.Api;
using Guildhall.Hosting;
using Guildhall.Memberships;
using Guildhall.Tests.Console;

namespace Guildhall.Tests.Api;

/// <summary>What happens when more is asked for than there are places.</summary>
public sealed class GateTests
{
    private const string Overloaded = """{"error_code":"BCS.5030503","error_msg":"The service has all it can do"}""";

    [Fact]
    public async Task A_request_beyond_the_places_is_told_when_to_come_again_and_keeps_its_connection()
    {
        await using var service = await TestService.StartAsync(Engine.Sqlite, WithPlaces(1));
        var gate = GateOf(service);
        Assert.True(gate.TryTake());
        await using var raw = await RawHttp.ConnectAsync(service);

        var refused = await raw.SendAsync(Quit(service) + "Content-Length: 2\n\n{}");
        gate.Return();
        var served = await raw.SendAsync(Quit(service) + "Content-Length: 2\n\n{}");

        Assert.StartsWith("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 72\r\nContent-Type: application/json\r\n", refused, StringComparison.Ordinal);
        Assert.Contains("\r\nRetry-After: 1\r\n", refused, StringComparison.Ordinal);
        Assert.Matches("\r\nX-Request-Id: [0-9a-f]{32}\r\n", refused);
        Assert.DoesNotContain("Connection: close", refused, StringComparison.Ordinal);
        Assert.EndsWith(Overloaded, refused, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400 Bad Request\r\n", served, StringComparison.Ordinal);
        await UntilAsync(() => gate.Taken == 0);
    }

    [Fact]
    public async Task Health_is_told_when_no_place_is_left()
    {
        await using var service = await TestService.StartAsync(Engine.Sqlite, WithPlaces(1));
        Assert.True(GateOf(service).TryTake());

        Assert.Equal("""{"status":"ready"}""", await service.Http.GetStringAsync(new Uri(service.Address, "/health/ready")));
        Assert.Equal((503, Overloaded), await service.Inviter.GetAsync("members"));
    }

    [Fact]
    public async Task Who_sends_its_body_slowly_holds_no_place()
    {
        await using var service = await TestService.StartAsync(Engine.Sqlite, WithPlaces(1));
        var gate = GateOf(service);
        await using var slow = await RawHttp.ConnectAsync(service);
        await slow.WriteAsync(Quit(service) + "Content-Length: 2\n\n{");
        await UntilAsync(() => gate is { Arriving: 2, Taken: 0 });

        Assert.Equal(200, (await service.Inviter.GetAsync("members")).Status);

        Assert.EndsWith("""{"error_code":"BCS.4006009","error_msg":"One of parameters is nil: inviter_bcsid is required"}""", await slow.SendAsync("}"), StringComparison.Ordinal);
        await UntilAsync(() => gate is { Arriving: 0, Taken: 0 });
    }

    [Fact]
    public async Task A_body_that_arrives_when_all_places_are_taken_is_refused()
    {
        await using var service = await TestService.StartAsync(Engine.Sqlite, WithPlaces(1));
        var gate = GateOf(service);
        await using var slow = await RawHttp.ConnectAsync(service);
        await slow.WriteAsync(Quit(service) + "Content-Length: 2\n\n{");
        await UntilAsync(() => gate is { Arriving: 2, Taken: 0 });
        Assert.True(gate.TryTake());

        Assert.EndsWith(Overloaded, await slow.SendAsync("}"), StringComparison.Ordinal);

        await UntilAsync(() => gate is { Arriving: 0, Taken: 1 });
    }

    [Fact]
    public async Task Who_goes_away_in_the_middle_leaves_nothing_behind()
    {
        await using var service = await TestService.StartAsync(Engine.Sqlite, WithPlaces(1));
        var gate = GateOf(service);
        var slow = await RawHttp.ConnectAsync(service);
        await slow.WriteAsync(Quit(service) + "Content-Length: 2\n\n{");
        await UntilAsync(() => gate is { Arriving: 2, Taken: 0 });

        await slow.DisposeAsync();

        await UntilAsync(() => gate is { Arriving: 0, Taken: 0 });
    }

    [Fact]
    public async Task Bodies_on_their_way_have_so_much_memory_and_no_more()
    {
        await using var service = await TestService.StartAsync();
        var large = $$"""{"padding":"{{new string('x', Gate.Small)}}"}""";
        Assert.True(GateOf(service).TryReserve(Gate.MaxArriving - 1));

        Assert.Equal((503, Overloaded), await service.Inviter.PutAsync("members/quit", large));
        Assert.Equal(400, (await service.Inviter.PutAsync("members/quit", "{}")).Status);
        GateOf(service).Release(large.Length);
        Assert.Equal(400, (await service.Inviter.PutAsync("members/quit", large)).Status);
    }

    [Fact]
    public void Small_requests_find_some_memory_when_large_ones_have_all_theirs_and_no_more_than_that()
    {
        var gate = new Gate(new LoadLimits(), () => 0);
        Assert.True(gate.TryReserve(Gate.MaxArriving));

        Assert.False(gate.TryReserve(1));
        Assert.Equal(Gate.MaxArriving / 4 / Gate.Small, Enumerable.Range(0, 10_000).Count(_ => gate.TryReserve(Gate.Small, isSmall: true)));
    }

    [Fact]
    public async Task One_account_leaves_some_places_to_the_others()
    {
        await using var service = await TestService.StartAsync(Engine.Sqlite, WithPlaces(4));
        var (gate, held) = (GateOf(service), new TaskCompletionSource());
        var holder = await HoldWritesAsync(service, held.Task);
        var waiting = Enumerable.Range(0, 3).Select(_ => service.Inviter.InviteAsync(service.Invitee)).ToList();
        await UntilAsync(() => gate.TakenBy(service.Inviter.AccountId) == 3);

        var fourth = await service.Inviter.GetAsync("members");
        var visitor = ConsoleVisitor.With(service, service.Inviter.Token);
        var page = await visitor.GetAsync("/console/members");
        var other = await service.Invitee.GetAsync("notifications");
        held.SetResult();
        await holder;

        Assert.Equal(
            (429, """{"error_code":"APIGW.0308","error_msg":"The throttling threshold has been reached: 3 requests of account harbor-trade are at work"}"""), fourth);
        Assert.Equal((429, TimeSpan.FromSeconds(1)), (page, visitor.Last.Headers.RetryAfter?.Delta));
        Assert.Equal(200, other.Status);
        Assert.Equal([200, 400, 400], (await Task.WhenAll(waiting)).Select(answer => answer.Status).Order());
        Assert.Equal(200, (await service.Inviter.GetAsync("members")).Status);
        await UntilAsync(() => gate.Taken == 0);
    }

    /// <summary>Ten times the places at once, more than once: nobody waits, nothing breaks, and afterwards all is as before.</summary>
    [Fact]
    public async Task A_flood_is_answered_and_leaves_no_trace()
    {
        await using var service = await TestService.StartAsync(Engine.Sqlite, WithPlaces(8));
        for (var wave = 0; wave < 3; wave++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 80).Select(_ => service.Invitee.GetAsync("members")));

            Assert.All(answers, answer => Assert.Contains(answer.Status, (int[])[200, 429, 503]));
            Assert.Contains(answers, answer => answer.Status == 200);
        }

        await UntilAsync(() => GateOf(service).Taken == 0);
        Assert.Equal(200, (await service.Invitee.GetAsync("members")).Status);
    }

    [Fact]
    public void A_crowd_that_waits_for_threads_closes_the_gate()
    {
        var waiting = 2L;
        var gate = new Gate(new LoadLimits { RequestsAtWork = 2 }, () => waiting);
        Assert.True(gate.TryTake());

        waiting = 3;

        Assert.False(gate.TryTake());
        Assert.Equal(1, gate.Taken);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(4, 3)]
    [InlineData(128, 96)]
    public void An_account_has_three_places_of_four(int places, int share)
    {
        var gate = new Gate(new LoadLimits { RequestsAtWork = places }, () => 0);

        Assert.Equal(share, Enumerable.Range(0, places).Count(_ => gate.TryCount("account")));
        Assert.True(gate.TryCount("other"));
        gate.Uncount("account");
        Assert.True(gate.TryCount("account"));
    }

    [Fact]
    public void Never_are_more_places_taken_than_there_are()
    {
        var gate = new Gate(new LoadLimits { RequestsAtWork = 1 }, () => 0);
        var (inside, crowded) = (0, 0);

        Race.Run(50_000, _ =>
        {
            for (var patience = new SpinWait(); !gate.TryTake(); patience.SpinOnce(sleep1Threshold: -1))
            {
                // until the place is free
            }

            crowded += Interlocked.Increment(ref inside) > 1 ? 1 : 0;
            Thread.SpinWait(20); // long enough for the others to wait at the gate
            Interlocked.Decrement(ref inside);
            gate.Return();
        });

        Assert.Equal((0, 0), (crowded, gate.Taken));
    }

    private static Func<ServerSettings, ServerSettings> WithPlaces(int places) =>
        settings => settings with { Load = new LoadLimits { RequestsAtWork = places } };

    private static Gate GateOf(TestService service) => service.Services.GetRequiredService<Gate>();

    private static string Quit(TestService service) =>
        $"PUT /v2/{service.Inviter.ProjectId}/members/quit HTTP/1.1\nHost: localhost\nX-Auth-Token: {service.Inviter.Token}\n";

    /// <summary>Completes when SQLite's only writer is busy; it stays so until it is let go.</summary>
    private static async Task<Task> HoldWritesAsync(TestService service, Task held)
    {
        var begun = new TaskCompletionSource();
        var holder = service.Store.WriteAsync<Done>(
            async _ =>
            {
                begun.SetResult();
                await held;
                return new Done();
            },
            CancellationToken.None);
        await begun.Task;
        return holder;
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!isSo())
        {
            await Task.Delay(5, patience.Token);
        }
    }
}

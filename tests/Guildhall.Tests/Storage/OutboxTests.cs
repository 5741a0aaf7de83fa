using Guildhall.Memberships;
using Guildhall.Outbox;
using Guildhall.Storage;

namespace Guildhall.Tests.Storage;

public sealed class OutboxTests
{
    [Theory, EveryEngine]
    public async Task Work_that_was_made_due_during_an_attempt_is_not_put_off_by_it(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.InviteAsync(service.Invitee);
        await service.Invitee.AgreeAsync();
        var now = service.Clock.GetUtcNow();
        var attempted = Assert.Single(await ClaimAsync(service, now));

        var recovery = now.AddSeconds(1);
        await WriteAsync(service, async transaction =>
        {
            await transaction.MakeDueAsync(recovery, CancellationToken.None);
            return true;
        });
        var isPutOff = await WriteAsync(
            service, transaction => transaction.PutOffAsync(attempted, attempt: 10, now.AddMinutes(10), CancellationToken.None));

        Assert.False(isPutOff);
        Assert.Equal([attempted with { DueAt = recovery, ClaimedBy = "", ClaimedUntil = DateTimeOffset.UnixEpoch }], await DueAsync(service, recovery));
    }

    [Theory, EveryEngine]
    public async Task What_came_during_an_attempt_is_looked_at_when_the_attempt_ends(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.InviteAsync(service.Invitee);
        await service.Invitee.AgreeAsync();
        var now = service.Clock.GetUtcNow();
        var attempted = Assert.Single(await ClaimAsync(service, now));

        foreach (var _ in (int[])[1, 2])
        {
            await WriteAsync(service, async transaction =>
            {
                await transaction.MakeDueAsync(service.Inviter.ServiceId, attempted.OperationId, now, CancellationToken.None);
                return true;
            });
        }

        Assert.Empty(await DueAsync(service, now)); // one attempt at a time
        Assert.True(await WriteAsync(service, transaction => transaction.PutOffAsync(attempted, attempt: 0, now.AddSeconds(30), CancellationToken.None)));
        Assert.Equal(attempted.Id, Assert.Single(await DueAsync(service, now)).Id);
    }

    [Theory, EveryDistance]
    public async Task Of_many_that_saw_the_same_work_due_one_claims_it(Engine engine, int delay)
    {
        await using var service = await TestService.StartAsync(engine, delay: delay);
        await service.Inviter.InviteAsync(service.Invitee);
        await service.Invitee.AgreeAsync();
        var now = service.Clock.GetUtcNow();
        var due = await DueAsync(service, now);

        var claims = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Run(() => ClaimAsync(service, due, $"claim-{n}", now))));

        var claimed = Assert.Single(claims.SelectMany(works => works));
        Assert.Equal(claimed.ClaimedBy, await service.Store.ReadAsync(
            session => session.FindAsync("SELECT claimed_by FROM outbox", row => row.GetString(0)), CancellationToken.None));
        Assert.Equal(now + Lease.Length, claimed.ClaimedUntil);
        Assert.Empty(await DueAsync(service, now));
    }

    private static async Task<List<QueuedWork>> ClaimAsync(TestService service, DateTimeOffset now) =>
        await ClaimAsync(service, await DueAsync(service, now), "claim", now);

    private static async Task<List<QueuedWork>> ClaimAsync(TestService service, List<QueuedWork> due, string claim, DateTimeOffset now)
    {
        var claimed = await service.Store.WriteAsync<List<QueuedWork>>(
            async transaction => await transaction.ClaimAsync(due, claim, now, CancellationToken.None), CancellationToken.None);
        return claimed.IsRefused(out _, out var ours) ? [] : ours;
    }

    private static Task<List<QueuedWork>> DueAsync(TestService service, DateTimeOffset now) =>
        service.Store.ReadAsync(session => session.ListDueAsync(now, 10, BusyOwners.None, CancellationToken.None), CancellationToken.None);

    private static async Task<bool> WriteAsync(TestService service, Func<Transaction, Task<bool>> work)
    {
        Result<bool> written = await service.Store.WriteAsync<bool>(async transaction => await work(transaction), CancellationToken.None);
        return !written.IsRefused(out _, out var outcome) && outcome;
    }
}

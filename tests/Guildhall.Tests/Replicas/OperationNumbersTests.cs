using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Operations;
using Guildhall.Services;

namespace Guildhall.Tests.Replicas;

/// <summary>Operations that several replicas number, each from its own clock.</summary>
public sealed class OperationNumbersTests
{
    [Theory, EveryEngine]
    public async Task A_quit_on_a_replica_whose_clock_is_behind_has_a_higher_number_than_the_join(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var behind = new FakeClock();
        service.Clock.Advance(TimeSpan.FromHours(1));
        await service.JoinAsync(service.Invitee);

        var quitting = await ReplicaOf(service, behind).QuitAsync(
            CallerOf(service.Invitee),
            new Quitting(service.Inviter.ServiceId, service.Inviter.ProjectId, service.Inviter.AccountId, "channel", service.Invitee.ServiceId),
            CancellationToken.None);

        Assert.False(quitting.IsRefused(out _, out var left));
        var numbers = await NumbersAsync(service, "recorded_at DESC"); // of the two clocks
        Assert.Equal(2, numbers.Count);
        Assert.True(numbers[0] < numbers[1], string.Join(", ", numbers));
        Assert.EndsWith(numbers[1].ToString(), left);
    }

    [Theory, PostgresOnly]
    public async Task Replicas_that_make_the_same_number_at_the_same_moment_make_two_ids(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        foreach (var invitee in (Person[])[service.Invitee, service.Third])
        {
            Assert.Equal(200, (await service.Inviter.InviteAsync(invitee)).Status);
            var answered = await ReplicaOf(service, service.Clock).AnswerAsync(
                CallerOf(invitee),
                new InvitationAnswer(
                    "channel", service.Inviter.ServiceId, service.Inviter.ProjectId, service.Inviter.AccountId,
                    new Agreement(invitee.ServiceId, ["organization"])),
                CancellationToken.None);
            Assert.False(answered.IsRefused(out _));
        }

        var numbers = await NumbersAsync(service, "id");
        Assert.Equal([numbers[0], numbers[0] + 1], numbers); // the second one's transaction ran again
    }

    /// <summary>Another process on the same store, with its own clock and its own numbers.</summary>
    private static MemberManagement ReplicaOf(TestService service, TimeProvider clock) =>
        new(service.Store, clock, new MembershipIds(), new OperationIds(clock), service.Network, new Limits());

    private static Caller CallerOf(Person person) =>
        new(person.AccountId, person.AccountName, person.ProjectId, "cn-north-4", person.UserId, "admin-user", Role.Admin);

    private static Task<List<long>> NumbersAsync(TestService service, string order) => service.Store.ReadAsync(
        session => session.QueryAsync($"SELECT id FROM operations ORDER BY {order}", row => long.Parse(row.GetString(0).Split('-')[^1])), CancellationToken.None);
}

using Guildhall.Outbox;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Guildhall.Tests.Api;

/// <summary>Where there are no channels, nothing is left to a worker.</summary>
public sealed class RegisterOnlyTests
{
    [Theory, EveryEngine]
    public async Task With_no_channel_to_change_a_join_and_a_quit_are_true_when_they_are_answered(Engine engine)
    {
        await using var service = await StartAsync(engine);
        await service.Inviter.InviteAsync(service.Invitee);

        Assert.Equal(200, (await service.Invitee.AgreeAsync()).Status);
        Assert.Equal(["agreed"], await service.Inviter.MemberStatesAsync());
        Assert.Equal(200, (await service.Invitee.QuitAsync()).Status);
        Assert.Equal(["quit"], await service.Inviter.MemberStatesAsync());

        Assert.Equal(2, await service.CountAsync("SELECT count(*) FROM operations WHERE status = 'finished'"));
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM outbox"));
    }

    [Theory, EveryEngine]
    public async Task A_repeated_quit_still_answers_the_first_ones_operation(Engine engine)
    {
        await using var service = await StartAsync(engine);
        await service.JoinAsync(service.Invitee);

        var first = await service.Invitee.QuitAsync();

        Assert.Equal(first, await service.Invitee.QuitAsync());
        Assert.Contains("BCSSVC01-03-", first.Body);
    }

    [Theory, EveryEngine]
    public async Task A_deleted_service_has_left_what_it_had_joined(Engine engine)
    {
        await using var service = await StartAsync(engine);
        await service.JoinAsync(service.Invitee);

        await service.Invitee.DeleteServiceAsync();

        Assert.Equal(["quit"], await service.Inviter.MemberStatesAsync());
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM outbox"));
    }

    [Theory, EveryEngine]
    public async Task Work_that_was_left_when_there_were_channels_is_still_done(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.InviteAsync(service.Invitee);
        await service.Invitee.AgreeAsync();
        Assert.Equal(["joining"], await service.Inviter.MemberStatesAsync());

        await new Worker(service.Store, new RegisterOnlyNetwork(), service.Clock, service.Services.GetRequiredService<ILogger<Worker>>())
            .RunDueAsync(CancellationToken.None);

        Assert.Equal(["agreed"], await service.Inviter.MemberStatesAsync());
    }

    private static Task<TestService> StartAsync(Engine engine) => TestService.StartAsync(
        engine, configure: services => services.Replace(ServiceDescriptor.Singleton<IChannelNetwork>(new RegisterOnlyNetwork())));
}

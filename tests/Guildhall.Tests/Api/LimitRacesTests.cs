using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Services;
using Guildhall.Tests.Identity;

namespace Guildhall.Tests.Api;

/// <summary>Everything that there can be only so much of, asked for by several at once where one more fits; at every distance, and beside a neighbour that is refused.</summary>
public sealed class LimitRacesTests
{
    private const int Rounds = 6;
    private const int Racers = 6;

    private static readonly Limits Small = new() { Services = 3, Enterprise = new EditionLimits(Members: 3, Channels: 3, PeersPerOrganization: 2) };

    [Theory, EveryDistance]
    public async Task One_more_member_fits(Engine engine, int delay)
    {
        await using var service = await StartAsync(engine, delay);
        await using var neighbour = await RefusedNeighbour.BesideAsync(service);
        string[] names = [.. Enumerable.Range(0, Racers).Select(n => $"guest-{n}")];
        await service.AddAccountsAsync(["first", "second", .. names]);
        for (var round = 0; round < Rounds; round++)
        {
            Assert.Equal(200, (await service.Inviter.InviteNamesAsync("first", "second")).Status);

            var answers = await RacesTests.RaceAsync(Racers, n => service.Inviter.InviteNamesAsync(names[n]));

            AssertOneFits(answers, Refusal.MemberLimitReached);
            Assert.Equal(3, (await service.Inviter.MemberNamesAsync()).Length);
            await service.ExecuteAsync("UPDATE memberships SET removed_at = 1");
        }
    }

    [Theory, EveryDistance]
    public async Task One_more_channel_fits(Engine engine, int delay)
    {
        await using var service = await StartAsync(engine, delay);
        await using var neighbour = await RefusedNeighbour.BesideAsync(service);
        await service.Inviter.AddChannelAsync("second");
        for (var round = 0; round < Rounds; round++)
        {
            var answers = await RacesTests.RaceAsync(Racers, n => service.Inviter.PostAsync(
                $"blockchains/{service.Inviter.ServiceId}/channels", $$"""{ "channels": [{ "channel_name": "more{{n}}" }] }"""));

            AssertOneFits(answers, Refusal.ChannelQuotaReached);
            Assert.Equal(3, await service.CountAsync($"SELECT count(*) FROM channels WHERE service_id = '{service.Inviter.ServiceId}'"));
            await service.ExecuteAsync("DELETE FROM channels WHERE name LIKE 'more%'");
        }
    }

    [Theory, EveryDistance]
    public async Task One_more_service_fits(Engine engine, int delay)
    {
        await using var service = await StartAsync(engine, delay);
        await using var neighbour = await RefusedNeighbour.BesideAsync(service);
        await service.Inviter.AddServiceAsync("second", traits => traits);
        for (var round = 0; round < Rounds; round++)
        {
            var answers = await RacesTests.RaceAsync(Racers, n => service.Inviter.PostAsync("blockchains", $$"""
                {
                  "name": "more-{{n}}", "version_type": 3, "cluster_type": "cce",
                  "enterprise_project_id": "0", "resource_password": "none", "create_new_cluster": false
                }
                """));

            AssertOneFits(answers, Refusal.ServiceQuotaReached);
            Assert.Equal(3, await service.CountAsync($"SELECT count(*) FROM services WHERE project_id = '{service.Inviter.ProjectId}' AND deleted_at IS NULL"));
            await service.ExecuteAsync("UPDATE services SET deleted_at = 1 WHERE name LIKE 'more-%'");
        }
    }

    [Theory, EveryDistance]
    public async Task One_more_key_fits(Engine engine, int delay)
    {
        await using var service = await StartAsync(engine, delay);
        await using var neighbour = await RefusedNeighbour.BesideAsync(service);
        await KeystoneTests.AddUserAsync(service, "alice");
        var token = (await KeystoneTests.LogInAsync(service, "alice", """, "scope": { "domain": { "name": "harbor-trade" } } """)).Token!;
        for (var n = 1; n < AccessKeys.MaxPerUser; n++)
        {
            Assert.Equal(201, (await CreateKeyAsync()).Status);
        }

        for (var round = 0; round < 2; round++)
        {
            var answers = await RacesTests.RaceAsync(Racers, _ => CreateKeyAsync());

            Assert.Single(answers, answer => answer.Status == 201);
            Assert.All(answers.Where(answer => answer.Status != 201), answer => Assert.Equal(409, answer.Status));
            Assert.Equal(AccessKeys.MaxPerUser, await service.CountAsync("SELECT count(*) FROM access_keys"));
            await service.ExecuteAsync("DELETE FROM access_keys WHERE access_key = (SELECT max(access_key) FROM access_keys)");
        }

        async Task<(int Status, string Body)> CreateKeyAsync()
        {
            var answer = await KeystoneTests.SendAsync(
                service, "POST", "/v3.0/OS-CREDENTIAL/credentials", token, $$"""{ "credential": { "user_id": "{{service.Inviter.UserId}}" } }""");
            return ((int)answer.Status, answer.Body);
        }
    }

    private static Task<TestService> StartAsync(Engine engine, int delay) => TestService.StartAsync(engine, settings => settings with { Limits = Small }, delay: delay);

    private static void AssertOneFits((int Status, string Body)[] answers, Refusal others)
    {
        Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(answers.Where(answer => answer.Status != 200), answer => RacesTests.AssertRefused(others, answer));
    }
}

using System.Text.Json.Nodes;
using Guildhall.Memberships;
using Guildhall.Services;

namespace Guildhall.Tests.Api;

/// <summary>Requests that arrive at once, several rounds of each, so that a guard that is gone is missed; at every distance, and beside a neighbour that is refused.</summary>
public sealed class RacesTests
{
    private const int Rounds = 6;
    private const int Racers = 8;

    private static readonly (int, string) Success = (200, """{"result":"success"}""");

    [Theory, EveryDistance]
    public async Task Of_many_that_invite_the_same_account_one_wins(Engine engine, int delay)
    {
        await using var service = await TestService.StartAsync(engine, delay: delay);
        await using var neighbour = await RefusedNeighbour.BesideAsync(service);
        for (var round = 1; round <= Rounds; round++)
        {
            var answers = await RaceAsync(Racers, _ => service.Inviter.InviteAsync(service.Invitee));

            AssertOneWins(answers, Refusal.AlreadyInvited);
            Assert.Equal(["waiting"], await service.Inviter.MemberStatesAsync());
            Assert.Equal(Success, await service.Inviter.DeleteInvitationAsync(service.Invitee));
            Assert.Equal(round, await service.CountAsync("SELECT count(*) FROM memberships"));
        }
    }

    [Theory, EveryDistance]
    public async Task The_member_limit_holds_however_many_are_invited_at_once(Engine engine, int delay)
    {
        const int Limit = 3;
        await using var service = await TestService.StartAsync(engine, settings => settings with
        {
            Limits = new Limits { Enterprise = new EditionLimits(Limit, Channels: 4, PeersPerOrganization: 2) },
        }, delay: delay);
        await using var neighbour = await RefusedNeighbour.BesideAsync(service);
        string[] names = [.. Enumerable.Range(0, Racers).Select(n => $"guest-{n}")];
        await service.AddAccountsAsync(names);
        for (var round = 0; round < Rounds; round++)
        {
            var answers = await RaceAsync(Racers, n => service.Inviter.InviteNamesAsync(names[n]));

            Assert.Equal(Limit, answers.Count(answer => answer == Success));
            Assert.All(answers.Where(answer => answer != Success), answer => AssertRefused(Refusal.MemberLimitReached, answer));
            Assert.Equal(Limit, (await service.Inviter.MemberNamesAsync()).Length);
            await service.ExecuteAsync("UPDATE memberships SET removed_at = 1");
        }
    }

    [Theory, EveryDistance]
    public async Task An_invitation_is_either_agreed_to_or_deleted(Engine engine, int delay)
    {
        await using var service = await TestService.StartAsync(engine, delay: delay);
        await using var neighbour = await RefusedNeighbour.BesideAsync(service);
        var outcomes = new HashSet<string>();
        for (var round = 0; round < 2 * Rounds; round++)
        {
            await service.Inviter.InviteAsync(service.Invitee);

            var isAgreeFirst = round % 2 == 0;
            var answers = await RaceAsync(2, n => (n == 0) == isAgreeFirst ? service.Invitee.AgreeAsync() : service.Inviter.DeleteInvitationAsync(service.Invitee));
            var (agreed, deleted) = isAgreeFirst ? (answers[0], answers[1]) : (answers[1], answers[0]);

            await service.WorkAsync();
            if (agreed == Success)
            {
                AssertRefused(Refusal.NotDeletable, deleted);
                Assert.Equal(["agreed"], await service.Inviter.MemberStatesAsync());
                await service.Invitee.QuitAsync();
                await service.WorkAsync();
                Assert.Equal(Success, await service.Inviter.DeleteInvitationAsync(service.Invitee, "quit"));
            }
            else
            {
                Assert.Equal(Success, deleted);
                AssertRefused(Refusal.InvitationNotFound, agreed);
                Assert.Empty(await service.Invitee.MemberStatesAsync());
            }

            Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM outbox"));
            service.Clock.Advance(TimeSpan.FromMinutes(11)); // the deletion is no repeat of the last one
        }
    }

    [Theory, EveryDistance]
    public async Task Of_many_answers_the_first_one_counts(Engine engine, int delay)
    {
        await using var service = await TestService.StartAsync(engine, delay: delay);
        await using var neighbour = await RefusedNeighbour.BesideAsync(service);
        for (var round = 1; round <= Rounds; round++)
        {
            await service.Inviter.InviteAsync(service.Invitee);

            var answers = await RaceAsync(Racers, n => n % 2 == 0 ? service.Invitee.AgreeAsync() : service.Invitee.RejectAsync());

            var winner = Array.IndexOf(answers, Success);
            Assert.Single(answers, answer => answer == Success);
            var isAgreed = winner % 2 == 0;
            Assert.All(answers.Where((_, n) => n != winner), answer => Assert.Equal(400, answer.Status));
            Assert.Equal([isAgreed ? "joining" : "reject"], await service.Inviter.MemberStatesAsync());
            Assert.Equal(isAgreed ? 1 : 0, await service.CountAsync("SELECT count(*) FROM outbox"));
            await service.ExecuteAsync("DELETE FROM outbox");
            await service.ExecuteAsync("DELETE FROM memberships");
        }
    }

    [Theory, EveryDistance]
    public async Task Many_quits_at_once_are_one_quit(Engine engine, int delay)
    {
        await using var service = await TestService.StartAsync(engine, delay: delay);
        await using var neighbour = await RefusedNeighbour.BesideAsync(service);
        for (var round = 1; round <= Rounds; round++)
        {
            await service.JoinAsync(service.Invitee);

            var answers = await RaceAsync(Racers, _ => service.Invitee.QuitAsync());

            var id = (string)JsonNode.Parse(Assert.Single(answers.Distinct()).Body)!["operation_id"]!;
            Assert.Equal(round, await service.CountAsync("SELECT count(*) FROM operations WHERE type = '03'"));
            Assert.Equal(1, await service.CountAsync($"SELECT count(*) FROM operations WHERE id = '{id}'"));
            await service.WorkAsync();
        }
    }

    [Theory, EveryDistance]
    public async Task One_service_serves_one_inviter_also_when_two_are_agreed_to_at_once(Engine engine, int delay)
    {
        await using var service = await TestService.StartAsync(engine, delay: delay);
        await using var neighbour = await RefusedNeighbour.BesideAsync(service);
        await service.Third.AddServiceAsync("rival", traits => traits, isInvitee: false, channels: ["channel"], becomesMain: true);
        for (var round = 0; round < Rounds; round++)
        {
            await service.Inviter.InviteAsync(service.Invitee);
            await service.Third.InviteAsync(service.Invitee);

            var answers = await RaceAsync(2, n => service.Invitee.AgreeAsync(to: n == 0 ? service.Inviter : service.Third));

            AssertOneWins(answers, Refusal.ServiceTaken);
            await service.ExecuteAsync("DELETE FROM outbox");
            await service.ExecuteAsync("DELETE FROM memberships");
        }
    }

    [Theory, EveryDistance]
    public async Task A_service_that_is_deleted_leaves_nothing_that_was_invited_or_agreed_meanwhile(Engine engine, int delay)
    {
        await using var service = await TestService.StartAsync(engine, delay: delay);
        await using var neighbour = await RefusedNeighbour.BesideAsync(service);
        for (var round = 0; round < Rounds; round++)
        {
            await service.Inviter.AddServiceAsync($"brief-{round}", traits => traits, isInvitee: false, channels: ["channel"], becomesMain: true);
            await service.Inviter.InviteAsync(service.Invitee);

            var answers = await RaceAsync(3, n => n switch
            {
                0 => service.Invitee.AgreeAsync(),
                1 => service.Inviter.InviteAsync(service.Third),
                _ => service.Inviter.DeleteAsync("blockchains/" + service.Inviter.ServiceId),
            });

            Assert.Equal(200, answers[2].Status);
            await service.WorkAsync();
            Assert.Equal(0, await service.CountAsync(
                "SELECT count(*) FROM memberships WHERE removed_at IS NULL AND state IN ('waiting', 'joining', 'agreed', 'quitting')"));
            Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM outbox"));
        }
    }

    [Theory, EveryDistance]
    public async Task A_service_that_is_deleted_leaves_no_work_to_the_worker_that_is_at_it(Engine engine, int delay)
    {
        const int Members = 4;
        await using var service = await TestService.StartAsync(engine, delay: delay);
        await using var neighbour = await RefusedNeighbour.BesideAsync(service);
        var invitees = await Task.WhenAll(Enumerable.Range(0, Members).Select(n => service.AddPersonAsync($"guest-{n}", "guest", isInvitee: true)));
        for (var round = 0; round < 2 * Rounds; round++)
        {
            await service.Inviter.AddServiceAsync($"brief-{round}", traits => traits, isInvitee: false, channels: ["channel"], becomesMain: true);
            Assert.Equal(Success, await service.Inviter.InviteNamesAsync([.. invitees.Select(invitee => invitee.AccountName)]));

            var working = service.WorkAsync();
            var answers = await RaceAsync(Members + 1, n => n < Members ? invitees[n].AgreeAsync() : DeleteWhileWorkedOnAsync(service));
            await working;
            await service.WorkAsync();

            Assert.Equal(200, answers[Members].Status);
            Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM outbox"));
            Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM memberships WHERE state NOT IN ('released', 'canceled')"));
            Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM operations WHERE status IN ('waiting', 'processing')"));
        }
    }

    [Theory, EveryDistance]
    public async Task Of_many_that_create_a_service_of_one_name_one_wins(Engine engine, int delay)
    {
        await using var service = await TestService.StartAsync(engine, settings => settings with { Limits = new Limits { Services = 100 } }, delay: delay);
        await using var neighbour = await RefusedNeighbour.BesideAsync(service);
        for (var round = 0; round < Rounds; round++)
        {
            var name = $"service-{round}";

            var answers = await RaceAsync(Racers, _ => service.Inviter.PostAsync("blockchains", $$"""
                {
                  "name": "{{name}}", "version_type": 3, "cluster_type": "cce",
                  "enterprise_project_id": "0", "resource_password": "none", "create_new_cluster": false
                }
                """));

            AssertOneWins(answers, Refusal.ServiceNameTaken);
            Assert.Equal(1, await service.CountAsync($"SELECT count(*) FROM services WHERE name = '{name}'"));
        }
    }

    /// <summary>Deletes the inviter's service while a worker looks for what is due.</summary>
    private static async Task<(int Status, string Body)> DeleteWhileWorkedOnAsync(TestService service)
    {
        var deleting = service.Inviter.DeleteAsync("blockchains/" + service.Inviter.ServiceId);
        while (!deleting.IsCompleted)
        {
            await service.WorkAsync();
        }

        return await deleting;
    }

    /// <summary>Lets all go at one moment.</summary>
    internal static async Task<(int Status, string Body)[]> RaceAsync(int racers, Func<int, Task<(int Status, string Body)>> run)
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var runs = Enumerable.Range(0, racers).Select(async n =>
        {
            await start.Task;
            return await run(n);
        }).ToArray();
        start.SetResult();
        return await Task.WhenAll(runs);
    }

    private static void AssertOneWins((int Status, string Body)[] answers, Refusal others)
    {
        var winner = Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(answers.Where(answer => answer != winner), answer => AssertRefused(others, answer));
    }

    internal static void AssertRefused(Refusal refusal, (int Status, string Body) answer)
    {
        Assert.Equal(refusal.Status, answer.Status);
        Assert.StartsWith($$"""{"error_code":"{{refusal.Code}}","error_msg":"{{refusal.Message}}""", answer.Body, StringComparison.Ordinal);
    }
}

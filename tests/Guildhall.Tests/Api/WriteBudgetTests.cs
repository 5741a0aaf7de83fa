using Guildhall.Memberships;
using Guildhall.Tests.Console;

namespace Guildhall.Tests.Api;

/// <summary>What an account's writes may add to the register, whichever of its users and projects sends them.</summary>
public sealed class WriteBudgetTests
{
    [Theory, EveryEngine]
    public async Task An_account_that_changes_a_service_again_and_again_is_held_up(Engine engine)
    {
        await using var service = await StartAsync(engine, new Quotas { WritesPerHour = 3600, WriteBurst = 3 });
        var answers = new List<(int Status, string Body)>();
        for (var i = 0; i < 5; i++)
        {
            answers.Add(await ScaleAsync(service.Inviter, 1 + ((i + 1) % 2)));
        }

        Assert.Equal([200, 200, 200, 429, 429], answers.Select(answer => answer.Status));
        Assert.Equal(
            """{"error_code":"APIGW.0308","error_msg":"The throttling threshold has been reached: account harbor-trade may add 3600 records per hour and has added more; try again in 1 s"}""",
            answers[^1].Body);
        Assert.Equal(3, await service.CountAsync("SELECT count(*) FROM operations"));
        Assert.Equal(200, (await service.Inviter.GetAsync("members")).Status); // who reads adds nothing
        Assert.Equal(200, (await ScaleAsync(service.Invitee, 2)).Status); // others are not concerned
        service.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(200, (await ScaleAsync(service.Inviter, 1)).Status);
        Assert.Equal(429, (await ScaleAsync(service.Inviter, 2)).Status);
    }

    [Theory, EveryEngine]
    public async Task Another_user_another_project_and_the_console_spend_the_same(Engine engine)
    {
        await using var service = await StartAsync(engine, new Quotas { WritesPerHour = 1, WriteBurst = 2 });
        var person = service.Inviter;
        await service.ExecuteAsync("INSERT INTO projects (account_id, id, name, created_at) VALUES (@account, 'second-project', 'second', 0)", ("account", person.AccountId));
        await service.AddUserAsync(person.AccountId, "second-user", "second", "admin");
        await service.AddTokenAsync("second-token", person.AccountId, "second-user", "second-project");
        Assert.Equal((200, 200), ((await ScaleAsync(person, 2)).Status, (await ScaleAsync(person, 1)).Status));

        var other = await Identity.KeystoneTests.SendAsync(service, "POST", "/v2/second-project/blockchains", "second-token", """
            { "name": "other", "version_type": 3, "cluster_type": "cce", "enterprise_project_id": "0", "resource_password": "none", "create_new_cluster": false }
            """);
        var visitor = ConsoleVisitor.With(service, person.Token);
        await visitor.GetAsync($"/console/services/{person.ServiceId}/delete");
        var form = await visitor.SubmitAsync($"/console/services/{person.ServiceId}/delete", ("name", person.ServiceName));

        Assert.Equal((429, "3600"), ((int)other.Status, other.RetryAfter));
        Assert.Equal(422, form); // as every form that is shown again with what is wrong
        Assert.Contains("The throttling threshold has been reached", visitor.Page, StringComparison.Ordinal);
        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM services WHERE deleted_at IS NULL AND account_name = 'harbor-trade'"));
    }

    [Theory, EveryEngine]
    public async Task A_batch_costs_as_much_as_what_it_adds_and_one_that_is_larger_than_all_passes_after_a_rest(Engine engine)
    {
        await using var service = await StartAsync(engine, new Quotas { WritesPerHour = 3600, WriteBurst = 4 });
        var names = Enumerable.Range(0, 12).Select(n => $"guest-{n:00}").ToArray();
        await service.AddAccountsAsync(names);

        Assert.Equal(200, (await service.Inviter.InviteNamesAsync(names[..3])).Status);
        Assert.Equal(429, (await service.Inviter.InviteNamesAsync(names[3..5])).Status);
        Assert.Equal(200, (await service.Inviter.InviteNamesAsync(names[3..4])).Status);
        Assert.Equal(429, (await service.Inviter.InviteNamesAsync(names[4..])).Status);
        service.Clock.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(200, (await service.Inviter.InviteNamesAsync(names[4..])).Status);
    }

    [Theory, EveryEngine]
    public async Task So_many_keys_are_remembered_for_an_account_and_those_it_has_are_honoured(Engine engine)
    {
        await using var service = await StartAsync(engine, new Quotas { IdempotencyKeys = 2 });
        var first = await ScaleAsync(service.Inviter, 2, "first");
        service.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(200, (await ScaleAsync(service.Inviter, 1, "second")).Status);

        Assert.Equal(
            (429, """{"error_code":"APIGW.0308","error_msg":"The throttling threshold has been reached: account harbor-trade has used 2 values of Idempotency-Key within 24 hours; try again in 82800 s"}"""),
            await ScaleAsync(service.Inviter, 2, "third"));
        Assert.Equal(first, await ScaleAsync(service.Inviter, 2, "first"));
        Assert.Equal(200, (await ScaleAsync(service.Inviter, 2)).Status); // without a key
        Assert.Equal(200, (await ScaleAsync(service.Invitee, 2, "third")).Status);
        Assert.Equal(3, await service.CountAsync("SELECT count(*) FROM requests"));
        service.Clock.Advance(TimeSpan.FromHours(23));
        Assert.Equal(200, (await ScaleAsync(service.Inviter, 1, "third")).Status);
    }

    /// <summary>Seen failing (three of ten and more) where the account is not named by the write.</summary>
    [Theory, EveryEngine]
    public async Task Keys_that_come_at_the_same_moment_are_not_more(Engine engine)
    {
        await using var service = await StartAsync(engine, new Quotas { IdempotencyKeys = 2 });

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(n => service.Inviter.SendAsync(
            HttpMethod.Post, $"blockchains/{service.Inviter.ServiceId}/channels", $$"""{ "channels": [{ "channel_name": "room{{n}}" }] }""", $"key-{n}")));

        Assert.Equal(2, answers.Count(answer => answer.Status == 200));
        Assert.Equal(2, await service.CountAsync("SELECT count(*) FROM requests"));
    }

    /// <summary>A script that logs in for each call goes on; what it got first ends.</summary>
    [Theory, EveryEngine]
    public async Task A_user_has_so_many_tokens_and_a_further_one_ends_the_oldest(Engine engine)
    {
        await using var service = await StartAsync(engine, new Quotas { TokensPerUser = 3 });
        await Identity.KeystoneTests.AddUserAsync(service, "alice");
        await Identity.KeystoneTests.AddUserAsync(service, "bob");
        var others = await LogInAsync(service, "bob");
        var tokens = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            tokens.Add(await LogInAsync(service, "alice"));
            service.Clock.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(200, await StatusAsync(service, tokens[^1]));
        }

        var statuses = await Task.WhenAll(tokens.Select(token => StatusAsync(service, token)));
        Assert.Equal([401, 401, 401, 200, 200, 200], statuses);
        Assert.Equal(200, await StatusAsync(service, others));
        Assert.Equal(4, await service.CountAsync("SELECT count(*) FROM tokens WHERE user_id <> '' AND user_id NOT IN (SELECT id FROM users WHERE name = 'admin-user')"));
    }

    private static Task<TestService> StartAsync(Engine engine, Quotas quotas) => TestService.StartAsync(engine, settings => settings with { Quotas = quotas });

    private static Task<(int Status, string Body)> ScaleAsync(Person person, int peers, string? key = null) => person.SendAsync(
        HttpMethod.Put, "blockchains/" + person.ServiceId, $$"""{ "node_orgs": [{ "name": "organization", "node_count": {{peers}} }] }""", key);

    private static async Task<string> LogInAsync(TestService service, string name) =>
        (await Identity.KeystoneTests.LogInAsync(service, name, """, "scope": { "project": { "name": "cn-north-4" } } """)).Token!;

    private static async Task<int> StatusAsync(TestService service, string token) =>
        (int)(await Identity.KeystoneTests.SendAsync(service, "GET", $"/v2/{service.Inviter.ProjectId}/members", token)).Status;
}

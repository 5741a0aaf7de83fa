using System.Text.Json.Nodes;
using Guildhall.Memberships;
using Guildhall.Tests.Fabric;
using Guildhall.Tests.Networks;

namespace Guildhall.Tests.Api;

/// <summary>Writes that carry an <c>Idempotency-Key</c>, and are sent again.</summary>
public sealed class IdempotencyKeyTests
{
    private const int Rounds = 6;
    private const int Racers = 8;

    private static readonly (int, string) Success = (200, """{"result":"success"}""");

    /// <summary>The rows of all operations under /v2 that write.</summary>
    private static readonly OwnedOperation[] Writes =
    [
        .. OwnedOperations.All.Where(row => ApiDocument.Operations.Single(one => one.Id == row.Operation) is { Method: not "GET" } operation
            && operation.Path.StartsWith("/v2", StringComparison.Ordinal)),
    ];

    [Theory, EveryEngine]
    public async Task Every_write_that_is_sent_again_gets_the_first_answer_and_changes_nothing(Engine engine)
    {
        Assert.Equal(20, Writes.Length);
        foreach (var write in Writes)
        {
            await using var service = await TestService.StartAsync(engine);
            await (write.Given?.Invoke(service) ?? Task.CompletedTask);
            var owner = write.OwnerIn(service);
            var question = write.Ask(Asker.Of(owner), (await ObjectsOfOthersTests.AddIdsAsync(service, owner)).Real);

            var first = await SendAsync(owner, question, "the-key");
            await service.WorkAsync();
            service.Clock.Advance(TimeSpan.FromMinutes(20)); // longer than a deletion is remembered without a key
            var before = await TraceAsync(service);
            var second = await SendAsync(owner, question, "the-key");

            Assert.True(first.Status == 200, $"{write.Key}: {first}");
            Assert.Equal(first, second);
            Assert.Equal(before, await TraceAsync(service));
            Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM requests"));
        }
    }

    /// <summary>A node that is away by then, or an organization that is gone, is no matter of a request that was done.</summary>
    [Theory, EveryEngine]
    public async Task An_attachment_that_is_sent_again_gets_the_first_answer_before_anything_is_looked_at(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var (blockchain, body) = ("blockchains/" + service.Invitee.ServiceId, AttachmentBodies.Detached(new TestOrganization("Org2MSP")).ToJsonString());
        var first = await service.Invitee.SendAsync(HttpMethod.Put, blockchain + "/network", body, "the-key");
        Assert.Equal(200, first.Status);
        await service.Invitee.DeleteAsync(blockchain + "/network");
        await service.Invitee.PutAsync(blockchain, """{ "node_orgs": [{ "name": "workshop", "node_count": 1 }], "is_delete_org": false }""");
        await service.Invitee.PutAsync(blockchain, """{ "node_orgs": [{ "name": "organization", "node_count": 1 }], "is_delete_org": true }""");
        Assert.Equal(400, (await service.Invitee.SendAsync(HttpMethod.Put, blockchain + "/network", body, "another-key")).Status);

        Assert.Equal(first, await service.Invitee.SendAsync(HttpMethod.Put, blockchain + "/network", body, "the-key"));

        Assert.Equal(404, (await service.Invitee.GetAsync(blockchain + "/network")).Status);
    }

    [Theory, EveryEngine]
    public async Task A_key_that_was_used_for_another_request_is_refused_and_told_what_differs(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var channels = $"blockchains/{service.Inviter.ServiceId}/channels";
        Assert.Equal(200, (await SendAsync(service, HttpMethod.Post, channels, ChannelNamed("second"))).Status);

        AssertReused("it was sent with another body before", await SendAsync(service, HttpMethod.Post, channels, ChannelNamed("third")));
        AssertReused("it was sent with another body before", await SendAsync(service, HttpMethod.Post, channels, ChannelNamed("second") + " "));
        AssertReused("it was sent to another path or with another query before", await SendAsync(service, HttpMethod.Post, channels + "?again=1", ChannelNamed("second")));
        AssertReused(
            "it was sent with POST before, and with DELETE now",
            await SendAsync(service, HttpMethod.Delete, $"blockchains/{service.Inviter.ServiceId}/channel/channel", json: null));

        Assert.Equal(2, await service.CountAsync($"SELECT count(*) FROM channels WHERE service_id = '{service.Inviter.ServiceId}'"));
        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM operations"));
    }

    [Theory, EveryEngine]
    public async Task A_key_is_its_projects_own(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.JoinAsync(service.Invitee);
        await service.JoinAsync(service.Third);

        var answers = new HashSet<string>();
        foreach (var person in new[] { service.Invitee, service.Third })
        {
            var (status, body) = await person.SendAsync(HttpMethod.Delete, "blockchains/" + person.ServiceId, json: null, key: "the-key");
            Assert.Equal(200, status);
            answers.Add(body);
        }

        Assert.Equal(2, answers.Count);
    }

    [Theory, EveryEngine]
    public async Task A_refusal_is_not_remembered(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var organizations = "blockchains/" + service.Inviter.ServiceId;
        const string OfNobody = """{ "is_delete_org": true, "node_orgs": [{ "name": "second" }] }""";

        var refused = await SendAsync(service, HttpMethod.Put, organizations, OfNobody);
        await service.Inviter.PutAsync(organizations, """{ "node_orgs": [{ "name": "second", "node_count": 1 }] }""");
        var taken = await SendAsync(service, HttpMethod.Put, organizations, OfNobody);

        Assert.Equal((400, 200), (refused.Status, taken.Status));
        Assert.Equal(taken, await SendAsync(service, HttpMethod.Put, organizations, OfNobody));
    }

    [Theory, EveryEngine]
    public async Task A_key_is_forgotten_after_a_day(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var invitation = InvitationTo(service);
        Assert.Equal(Success, await SendAsync(service, HttpMethod.Post, "members/invitations", invitation));

        service.Clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(Success, await SendAsync(service, HttpMethod.Post, "members/invitations", invitation));

        service.Clock.Advance(TimeSpan.FromMilliseconds(1));
        var judgedAnew = await SendAsync(service, HttpMethod.Post, "members/invitations", invitation);
        Assert.Contains(Refusal.AlreadyInvited.Code, judgedAnew.Body, StringComparison.Ordinal);

        var other = ChannelNamed("second");
        var path = $"blockchains/{service.Inviter.ServiceId}/channels";
        var first = await SendAsync(service, HttpMethod.Post, path, other);
        Assert.Equal(200, first.Status);
        Assert.Equal(first, await SendAsync(service, HttpMethod.Post, path, other));
    }

    [Theory, EveryEngine]
    public async Task Old_keys_leave_the_store_with_later_writes(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.InviteAsync(service.Invitee);
        var notification = "notifications/" + await service.Invitee.NotificationIdAsync();
        for (var n = 0; n < 20; n++)
        {
            await MarkAsync($"old-{n}");
        }

        service.Clock.Advance(TimeSpan.FromHours(24));
        for (var n = 0; n < 1000 && await service.CountAsync("SELECT count(*) FROM requests WHERE key LIKE 'old-%'") > 0; n++)
        {
            await MarkAsync($"new-{n}");
        }

        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM requests WHERE key LIKE 'old-%'"));
        Assert.NotEqual(0, await service.CountAsync("SELECT count(*) FROM requests"));

        async Task MarkAsync(string key) => Assert.Equal(
            Success, await service.Invitee.SendAsync(HttpMethod.Put, notification, """{ "read_status": 1 }""", key));
    }

    [Theory, EveryEngine]
    public async Task An_answer_survives_a_restart(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var path = $"blockchains/{service.Inviter.ServiceId}/channels";
        var first = await SendAsync(service, HttpMethod.Post, path, ChannelNamed("second"));

        await service.RestartAsync();

        Assert.Equal(200, first.Status);
        Assert.Equal(first, await SendAsync(service, HttpMethod.Post, path, ChannelNamed("second")));
    }

    [Theory, EveryEngine]
    public async Task Of_many_of_one_key_at_once_one_does_the_work_and_all_get_its_answer(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var path = "blockchains/" + service.Inviter.ServiceId;
        for (var round = 1; round <= Rounds; round++)
        {
            // Scaling to the same number is done as often as it is asked for, each time as an operation of its own.
            var key = $"round-{round}";
            var answers = await RaceAsync(_ => service.Inviter.SendAsync(HttpMethod.Put, path, """{ "node_orgs": [{ "name": "organization", "node_count": 2 }] }""", key));

            var (status, body) = Assert.Single(answers.Distinct());
            Assert.Equal(200, status);
            Assert.Equal(round, await service.CountAsync("SELECT count(*) FROM operations"));
            Assert.Equal(1, await service.CountAsync($"SELECT count(*) FROM operations WHERE id = '{JsonNode.Parse(body)!["operation_id"]}'"));
        }
    }

    [Theory, EveryEngine]
    public async Task Of_many_requests_of_one_key_at_once_one_is_done_and_the_others_are_refused(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.AddAccountsAsync([.. Enumerable.Range(0, Racers).Select(n => $"guest-{n}")]);
        for (var round = 1; round <= Rounds; round++)
        {
            var answers = await RaceAsync(n => service.Inviter.SendAsync(
                HttpMethod.Post, "members/invitations", InvitationOf(service.Inviter, $"guest-{n}"), $"round-{round}"));

            Assert.Single(answers, answer => answer == Success);
            Assert.All(answers.Where(answer => answer != Success), answer => AssertReused("it was sent with another body before", answer));
            await service.ExecuteAsync("UPDATE memberships SET removed_at = 1");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("a\ttab")]
    [InlineData("longer than it may be")]
    public async Task A_key_that_is_none_is_refused_after_what_ranks_before_it(string text)
    {
        await using var service = await TestService.StartAsync();
        var key = text.StartsWith("longer", StringComparison.Ordinal) ? new string('x', 129) : text;
        foreach (var (method, path, body) in new[]
        {
            (HttpMethod.Post, "members/invitations", InvitationTo(service)),
            (HttpMethod.Delete, "blockchains/" + service.Inviter.ServiceId, null),
            (HttpMethod.Delete, $"blockchains/{service.Inviter.ServiceId}/channel/channel", null),
        })
        {
            Assert.Equal(
                (400, """{"error_code":"BCS.4006003","error_msg":"Invalid Parameter: Idempotency-Key must have 1 to 128 visible ASCII characters"}"""),
                await service.Inviter.SendAsync(method, path, body, key));
        }

        Assert.Contains("One of parameters is nil", (await service.Inviter.SendAsync(HttpMethod.Post, "members/invitations", "{}", key)).Body, StringComparison.Ordinal);
        Assert.Equal(200, (await service.Inviter.SendAsync(HttpMethod.Get, "members", json: null, key)).Status);
    }

    private static Task<(int Status, string Body)> SendAsync(TestService service, HttpMethod method, string path, string? json) =>
        service.Inviter.SendAsync(method, path, json, key: "the-key");

    private static Task<(int Status, string Body)> SendAsync(Person owner, Question question, string key) =>
        owner.SendAsync(HttpMethod.Parse(question.Method), question.Path[$"/v2/{owner.ProjectId}/".Length..], question.Body, key);

    /// <summary>Numbers that a change leaves a trace in.</summary>
    private static async Task<string> TraceAsync(TestService service)
    {
        var trace = new List<long>();
        foreach (var sql in (string[])["count(*) FROM operations", "count(*) FROM outbox", "coalesce(sum(version), 0) FROM memberships", "count(*) FROM services", "count(*) FROM channels"])
        {
            trace.Add(await service.CountAsync($"SELECT cast({sql.Replace(" FROM", " AS bigint) FROM", StringComparison.Ordinal)}"));
        }

        return string.Join(' ', trace);
    }

    private static string ChannelNamed(string name) => $$"""{ "channels": [{ "channel_name": "{{name}}" }] }""";

    private static string InvitationTo(TestService service) => InvitationOf(service.Inviter, service.Invitee.AccountName);

    private static string InvitationOf(Person inviter, string name) =>
        $$"""{ "bcs_id": "{{inviter.ServiceId}}", "channel_name": "channel", "invited_userinfo": [{ "invited_user": "{{name}}" }] }""";

    private static void AssertReused(string difference, (int Status, string Body) answer) => Assert.Equal(
        (409, $$"""{"error_code":"BCS.4007031","error_msg":"The Idempotency-Key was used for another request: {{difference}}"}"""), answer);

    /// <summary>Lets all go at one moment.</summary>
    private static async Task<(int Status, string Body)[]> RaceAsync(Func<int, Task<(int Status, string Body)>> run)
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var runs = Enumerable.Range(0, Racers).Select(async n =>
        {
            await start.Task;
            return await run(n);
        }).ToArray();
        start.SetResult();
        return await Task.WhenAll(runs);
    }
}

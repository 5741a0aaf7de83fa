using Guildhall.Tests.Identity;

namespace Guildhall.Tests.Api;

/// <summary>Every operation × who else might ask: what belongs to another tenant is answered like what does not exist, and stays as it is.</summary>
public sealed class ObjectsOfOthersTests
{
    /// <summary>Answered without credentials, because there is nobody's object in them.</summary>
    /// <summary>What tells everybody the same, whoever asks.</summary>
    private static readonly string[] Open = ["/", "/health/live", "/health/ready", "/openapi/v2.json", "docs/{**path}", "/console/{**path}"];

    public static TheoryData<string> Rows => [.. OwnedOperations.All.Select(row => row.Key)];

    [Theory, MemberData(nameof(Rows))]
    public async Task What_is_not_the_callers_is_like_what_does_not_exist(string key)
    {
        var row = OwnedOperations.All.Single(one => one.Key == key);
        await using var service = await TestService.StartAsync(configure: row.Configure);
        await (row.Given?.Invoke(service) ?? Task.CompletedTask);
        var owner = row.OwnerIn(service);
        var (ids, madeUp) = await AddIdsAsync(service, owner);
        var (self, sibling, reader) = (Asker.Of(owner), await AddSiblingAsync(service, owner), await AddReaderAsync(service, owner));
        var before = await service.SnapshotAsync();

        var stranger = Asker.Of(service.Third);
        var refused = await AskAsync(stranger, ids);
        Assert.Equal(await AskAsync(stranger, madeUp), refused);
        if (row.Whose == Whose.Projects)
        {
            Assert.Equal(await AskAsync(sibling, madeUp), await AskAsync(sibling, ids));
        }

        var readers = row.IsRead ? await AskAsync(reader, ids) : default;
        Assert.Equal(before, await service.SnapshotAsync());

        var granted = await AskAsync(self, ids);
        Assert.True(granted.Status is 200 or 201 or 204, $"{key} by its owner: {granted}");
        Assert.True(!row.IsRead || readers == granted, $"{key} by a reader: {readers}");
        Assert.True((granted != refused) == (row.Whose != Whose.Everybodys), $"{key}: {granted}");

        async Task<(int Status, string Body)> AskAsync(Asker asker, Ids named)
        {
            var question = row.Ask(asker, named);
            var answer = await KeystoneTests.SendAsync(service, question.Method, question.Path, asker.Token, question.Body, question.Subject);
            return ((int)answer.Status, named.Hide(answer.Body));
        }
    }

    [Fact]
    public async Task Every_endpoint_has_a_row()
    {
        await using var service = await TestService.StartAsync();
        var endpoints = service.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>();

        var mapped = endpoints
            .Where(endpoint => !Open.Contains(endpoint.RoutePattern.RawText))
            .Select(endpoint => endpoint.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName ?? endpoint.RoutePattern.RawText!);

        Assert.Equal(mapped.Distinct().Order(StringComparer.Ordinal), OwnedOperations.All.Select(row => row.Operation).Distinct().Order(StringComparer.Ordinal));
    }

    /// <summary>An invitation is to an account, so each of its projects has it, until one of them answers.</summary>
    [Fact]
    public async Task An_invitation_is_every_projects_until_one_agrees()
    {
        await using var service = await TestService.StartAsync();
        var sibling = await AddSiblingAsync(service, service.Invitee);
        await service.Inviter.InviteAsync(service.Invitee);
        var id = await service.Invitee.NotificationIdAsync();
        Assert.Contains(id, (await GetAsync("notifications")).Body);
        Assert.Contains(service.Inviter.ServiceId, (await GetAsync("members")).Body);

        await service.Invitee.AgreeAsync();
        await service.WorkAsync();

        Assert.Equal((200, """{"notifications":[]}"""), await GetAsync("notifications"));
        Assert.Equal((200, """{"members":[]}"""), await GetAsync("members"));

        async Task<(int Status, string Body)> GetAsync(string path)
        {
            var answer = await KeystoneTests.SendAsync(service, "GET", $"/v2/{sibling.ProjectId}/{path}", sibling.Token);
            return ((int)answer.Status, answer.Body);
        }
    }

    /// <summary>Another project of the owner's account.</summary>
    private static async Task<Asker> AddSiblingAsync(TestService service, Person owner)
    {
        var sibling = new Asker("siblings-" + owner.Token, owner.AccountId, "sibling-project", owner.UserId);
        await service.ExecuteAsync(
            "INSERT INTO projects (account_id, id, name, created_at) VALUES (@account, @id, 'cn-south-1', 0)",
            ("account", owner.AccountId), ("id", sibling.ProjectId));
        await service.AddTokenAsync(sibling.Token, owner.AccountId, owner.UserId, sibling.ProjectId);
        return sibling;
    }

    /// <summary>A user of the owner's account who may read its project.</summary>
    private static async Task<Asker> AddReaderAsync(TestService service, Person owner)
    {
        var reader = new Asker("readers-" + owner.Token, owner.AccountId, owner.ProjectId, "reader-id");
        await service.AddUserAsync(owner.AccountId, reader.UserId, "auditor", "reader");
        await service.AddTokenAsync(reader.Token, owner.AccountId, reader.UserId, reader.ProjectId);
        return reader;
    }

    internal static async Task<(Ids Real, Ids MadeUp)> AddIdsAsync(TestService service, Person owner)
    {
        const string Key = "OWNERSKEY12345";
        var token = "subject-" + owner.Token;
        await service.AddTokenAsync(token, owner.AccountId, owner.UserId, owner.ProjectId);
        await service.ExecuteAsync(
            "INSERT INTO access_keys (access_key, secret_key, account_id, user_id, description, created_at) VALUES (@key, 'secret', @account, @user, '', 0)",
            ("key", Key), ("account", owner.AccountId), ("user", owner.UserId));
        var ids = new Ids(
            owner.ServiceId,
            owner.ProjectId,
            owner.AccountId,
            owner.UserId,
            Key,
            token,
            service.Inviter.ServiceId,
            service.Inviter.ProjectId,
            service.Inviter.AccountId,
            await FindAsync("SELECT max(id) FROM memberships"),
            await FindAsync($"SELECT max(id) FROM operations WHERE project_id = '{owner.ProjectId}'"),
            await FindAsync("SELECT max(id) FROM signature_requests"));
        return (ids, ids.MadeUp());

        async Task<string> FindAsync(string sql) =>
            await service.Store.ReadAsync(session => session.FindAsync(sql, row => row.IsDBNull(0) ? null : row.GetString(0)), CancellationToken.None) ?? "none-there-is-0";
    }
}

using System.Text.Json.Nodes;
using Guildhall.Identity;

namespace Guildhall.Tests.Api;

/// <summary>The five operations as each official SDK sends them: signed, in its spelling, over one connection.</summary>
public sealed class SdkTests
{
    private static readonly (int, string) Success = (200, """{"result":"success"}""");

    public static TheoryData<string> Names => [.. Sdk.All.Keys];

    [Theory, MemberData(nameof(Names))]
    public async Task All_five_operations_are_understood(string name)
    {
        await using var service = await TestService.StartAsync();
        using var inviter = await Client.CreateAsync(service, name, service.Inviter);
        using var invitee = await Client.CreateAsync(service, name, service.Invitee);

        Assert.Equal(Success, await inviter.SendAsync("POST", "members/invitations", Invitation(service)));
        Assert.Equal(Success, await invitee.SendAsync("POST", "notification/handle", Agreement(service)));
        await service.WorkAsync();
        var (status, members) = await inviter.SendAsync("GET", "members?extended=true");
        Assert.Equal((200, "agreed"), (status, (string?)JsonNode.Parse(members)!["members"]![0]!["status"]));
        var quit = await invitee.SendAsync("PUT", "members/quit", Quit(service));
        Assert.Matches("""^\{"result":"success","operation_id":"BCSSVC01-03-[0-9]{19}"\}$""", quit.Body);
        await service.WorkAsync();
        Assert.Equal(Success, await inviter.SendAsync("DELETE", "members/invitations", Deletion(service)));
        Assert.Equal((200, """{"members":[]}"""), await inviter.SendAsync("GET", "members"));
    }

    [Theory, MemberData(nameof(Names))]
    public async Task A_signature_that_covers_the_spelling_is_broken_by_another_one(string name)
    {
        await using var service = await TestService.StartAsync();
        using var inviter = await Client.CreateAsync(service, name, service.Inviter);

        var request = inviter.Request("DELETE", "members/invitations", Deletion(service));
        request[^2] = (byte)' '; // the last bracket, or the one before the line end

        Assert.Contains("APIGW.0301", (await inviter.SendAsync(request)).Body);
    }

    /// <summary>Setting the header in an SDK adds it to the signature, whose key the server need not know.</summary>
    [Theory, MemberData(nameof(Names))]
    public async Task With_a_token_an_unknown_access_key_does_not_matter(string name)
    {
        await using var service = await TestService.StartAsync();
        using var inviter = await Client.CreateAsync(service, name, service.Inviter, key => key with { Access = "FROMANOTHERCLOUD" });

        Assert.Equal(Success, await inviter.SendAsync("POST", "members/invitations", Invitation(service), service.Inviter.Token));
        Assert.Contains("BCS.4010401", (await inviter.SendAsync("GET", "members", token: "unknown")).Body);
        Assert.Contains("APIGW.0301", (await inviter.SendAsync("GET", "members")).Body);
    }

    [Theory, EveryEngine]
    public async Task A_quit_and_a_deletion_whose_replies_were_lost_are_sent_again(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        using var inviter = await Client.CreateAsync(service, "Python", service.Inviter);
        using var invitee = await Client.CreateAsync(service, "Python", service.Invitee);
        for (var round = 1; round <= 8; round++)
        {
            await service.JoinAsync(service.Invitee);

            await invitee.SendAndHangUpAsync("PUT", "members/quit", Quit(service), TimeSpan.FromMilliseconds(round));
            var quit = await invitee.SendAsync("PUT", "members/quit", Quit(service));
            Assert.Equal(quit, await invitee.SendAsync("PUT", "members/quit", Quit(service)));
            var (_, records) = await invitee.SendAsync("GET", "operation/record?operation_type=03");
            Assert.Equal(round, (int)JsonNode.Parse(records)!["count"]!);
            Assert.Contains((string)JsonNode.Parse(quit.Body)!["operation_id"]!, records);
            await service.WorkAsync();

            await inviter.SendAndHangUpAsync("DELETE", "members/invitations", Deletion(service), TimeSpan.FromMilliseconds(round));
            Assert.Equal(Success, await inviter.SendAsync("DELETE", "members/invitations", Deletion(service)));
            Assert.Equal(Success, await inviter.SendAsync("DELETE", "members/invitations", Deletion(service)));
            Assert.Equal((200, """{"members":[]}"""), await inviter.SendAsync("GET", "members"));
            Assert.Equal(round, await service.CountAsync("SELECT count(*) FROM memberships"));
            service.Clock.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private static JsonObject Invitation(TestService service) => new()
    {
        ["bcs_id"] = service.Inviter.ServiceId,
        ["channel_name"] = "channel",
        ["invitor_username"] = service.Inviter.AccountName,
        ["invited_userinfo"] = new JsonArray(new JsonObject { ["invited_user"] = service.Invitee.AccountName }),
    };

    private static JsonObject Agreement(TestService service) => new()
    {
        ["channel_name"] = "channel",
        ["status"] = "agreed",
        ["invitor_info"] = new JsonObject
        {
            ["invitor_bcs_id"] = service.Inviter.ServiceId,
            ["invitor_bcs_name"] = service.Inviter.ServiceName,
            ["invitor_project_id"] = service.Inviter.ProjectId,
            ["invitor_user_id"] = service.Inviter.AccountId,
        },
        ["invitee_info"] = new JsonObject
        {
            ["invitee_bcs_id"] = service.Invitee.ServiceId,
            ["invitee_bcs_name"] = service.Invitee.ServiceName,
            ["invitee_project_id"] = service.Invitee.ProjectId,
            ["invitee_user_id"] = service.Invitee.AccountId,
        },
        ["invited_orgs"] = new JsonArray(new JsonObject { ["name"] = "organization" }),
    };

    private static JsonObject Quit(TestService service) => new()
    {
        ["inviter_bcsid"] = service.Inviter.ServiceId,
        ["inviter_projectid"] = service.Inviter.ProjectId,
        ["inviter_domainid"] = service.Inviter.AccountId,
        ["inviter_username"] = service.Inviter.AccountName,
        ["channel_name"] = "channel",
        ["invitee_bcsid"] = service.Invitee.ServiceId,
        ["invitee_projectid"] = service.Invitee.ProjectId,
        ["invitee_domainid"] = service.Invitee.AccountId,
    };

    private static JsonObject Deletion(TestService service) => new()
    {
        ["bcs_id"] = service.Inviter.ServiceId,
        ["channel_name"] = "channel",
        ["invited_userinfo"] = new JsonArray(new JsonObject
        {
            ["invited_user"] = service.Invitee.AccountName,
            ["status"] = "quit",
            ["invited_bcs_id"] = service.Invitee.ServiceId,
        }),
    };

    /// <summary>A tenant's program that uses an SDK.</summary>
    private sealed class Client(TestService service, Sdk sdk, SdkKey key, SdkConnection connection) : IDisposable
    {
        private string Host => service.Address.Authority;

        public static async Task<Client> CreateAsync(TestService service, string sdk, Person person, Func<SdkKey, SdkKey>? change = null)
        {
            var keys = service.Services.GetRequiredService<AccessKeys>();
            var created = await keys.CreateAsync(Owner.Operator(person.AccountId), person.UserId, "", CancellationToken.None);
            Assert.False(created.IsRefused(out _, out var pair));
            var key = new SdkKey(pair.Entry.AccessKey, pair.SecretKey.Reveal(), person.ProjectId);
            return new Client(service, Sdk.All[sdk], change?.Invoke(key) ?? key, await SdkConnection.OpenAsync(service.Address));
        }

        public byte[] Request(string method, string path, JsonNode? body = null, string? token = null) =>
            sdk.Request(key, Host, service.Clock.GetUtcNow(), method, $"/v2/{key.ProjectId}/{path}", body, token);

        public Task<(int Status, string Body)> SendAsync(byte[] request) => connection.SendAsync(request);

        public Task<(int Status, string Body)> SendAsync(string method, string path, JsonNode? body = null, string? token = null) =>
            SendAsync(Request(method, path, body, token));

        /// <summary>Sends it over a line of its own, which is cut before the reply is read.</summary>
        public async Task SendAndHangUpAsync(string method, string path, JsonNode body, TimeSpan after)
        {
            using var line = await SdkConnection.OpenAsync(service.Address);
            await line.WriteAsync(Request(method, path, body));
            await Task.Delay(after);
        }

        public void Dispose() => connection.Dispose();
    }
}

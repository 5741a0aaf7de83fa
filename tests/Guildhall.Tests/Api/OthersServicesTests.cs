namespace Guildhall.Tests.Api;

/// <summary>Someone else's service answers exactly like one that does not exist.</summary>
public sealed class OthersServicesTests
{
    [Theory]
    [InlineData("GET", "blockchains/*", null)]
    [InlineData("GET", "blockchains/*/status", null)]
    [InlineData("GET", "blockchains/*/nodes", null)]
    [InlineData("GET", "blockchains/*/channels", null)]
    [InlineData("PUT", "blockchains/*", """{"node_orgs":[{"name":"second-org","node_count":1}]}""")]
    [InlineData("DELETE", "blockchains/*", null)]
    [InlineData("POST", "blockchains/*/channels", """{"channels":[{"channel_name":"grain"}]}""")]
    [InlineData("POST", "blockchains/*/channels/peers", """{"channel_peers":[{"channel_name":"channel","peers":{"organization":1}}]}""")]
    [InlineData("PUT", "blockchains/*/channel/orgs/quit", """{"org_names":["organization"]}""")]
    [InlineData("PUT", "blockchains/*/channel/peers/quit", """{"org_name":"organization","peers":1}""")]
    [InlineData("DELETE", "blockchains/*/channel/channel", null)]
    public async Task By_every_operation(string method, string path, string? body)
    {
        await using var service = await TestService.StartAsync();
        await service.JoinAsync(service.Invitee);
        var before = (await service.Inviter.GetAsync("blockchains/" + service.Inviter.ServiceId)).Body;

        // A member of the inviter's channel, and a stranger to it.
        foreach (var person in new[] { service.Invitee, service.Third })
        {
            Assert.Equal(NotFound("no-such-service"), await AskAsync(person, "no-such-service"));
            Assert.Equal(NotFound(service.Inviter.ServiceId), await AskAsync(person, service.Inviter.ServiceId));
        }

        Assert.Equal(before, (await service.Inviter.GetAsync("blockchains/" + service.Inviter.ServiceId)).Body);

        Task<(int Status, string Body)> AskAsync(Person person, string id) =>
            person.SendAsync(new HttpMethod(method), path.Replace("*", id, StringComparison.Ordinal), body);

        static (int, string) NotFound(string id) =>
            (400, $$"""{"error_code":"BCS.4001011","error_msg":"Operation failed. The service does not exist or has been deleted. Refresh the page: {{id}}"}""");
    }
}

using Guildhall.Memberships;

namespace Guildhall.Tests.Api;

/// <summary>Creating and deleting channels, and which of the service's own peers are in them.</summary>
public sealed class ChannelsTests
{
    private const string PeerOrganizations =
        """, "peer_orgs": [{ "name": "crane", "node_count": 2 }, { "name": "quay-org", "node_count": 1 }], "channels": [{ "name": "trade", "org_names": ["crane"] }] """;

    [Theory, EveryEngine]
    public async Task Channels_are_created_empty_and_listed_whole(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var path = $"blockchains/{await service.Inviter.CreateAsync("grain-trade")}/channels";

        AssertBegun(await service.Inviter.PostAsync(
            path, """{"channels":[{"channel_name":"grain","channel_description":"wheat & rye"},{"channel_name":"channel_test"}]}"""));

        var hash = Names.HashOf("organization", path.Split('/')[1]);
        Assert.Equal(
            (200, """{"channels":[{"name":"channel","description":"","create_time":"2026-01-02T03:04:05Z","consensus":"etcdraft","peers":{"organization":["peer-*-0"]},"consensusNodes":null},{"name":"channel_test","description":"","create_time":"2026-01-02T03:04:05Z","consensus":"etcdraft","peers":{},"consensusNodes":null},{"name":"grain","description":"wheat & rye","create_time":"2026-01-02T03:04:05Z","consensus":"etcdraft","peers":{},"consensusNodes":null}]}"""),
            Creation.WithoutIds(await service.Inviter.GetAsync(path), hash));
    }

    [Theory]
    [InlineData("""{"channels":[]}""", "BCS.4006009", "One of parameters is nil: channels must have at least one item")]
    [InlineData("""{"channels":[{}]}""", "BCS.4006009", "One of parameters is nil: channels[0].channel_name is required")]
    [InlineData("""{"channels":[{"channel_name":"grain"},{"channel_name":"Grain"}]}""", "BCS.4006012", "Invalid channel name: Grain")]
    [InlineData("""{"channels":[{"channel_name":"grain"},{"channel_name":"grain"}]}""", "BCS.4006003", "Invalid Parameter: channels names grain more than once")]
    [InlineData("""{"channels":[{"channel_name":"grain"},{"channel_name":"trade"}]}""", "BCS.4007003", "A channel with the same name already exists: trade")]
    [InlineData("""{"channels":[{"channel_name":"one1"},{"channel_name":"two2"},{"channel_name":"three"},{"channel_name":"four"}]}""", "BCS.4007004", "The service's edition allows no more channels: Enterprise allows 4; service grain-trade has 1, and this would make 5")]
    public async Task Of_channels_of_which_one_is_refused_none_is_created(string body, string code, string message)
    {
        await using var service = await TestService.StartAsync();
        var id = await service.Inviter.CreateAsync("grain-trade", PeerOrganizations);

        Assert.Equal(
            (400, $$"""{"error_code":"{{code}}","error_msg":"{{message}}"}"""), await service.Inviter.PostAsync($"blockchains/{id}/channels", body));
        Assert.Equal(["trade: crane 2"], await service.Inviter.ChannelsAsync(id));
    }

    [Fact]
    public async Task An_invitees_service_has_no_channels_to_create_or_change()
    {
        await using var service = await TestService.StartAsync();
        await service.JoinAsync(service.Invitee);
        var path = "blockchains/" + service.Invitee.ServiceId;
        var refused = (400, """{"error_code":"BCS.4007013","error_msg":"An invited tenant's service cannot do this; only the inviting party's can: mill was created as an invitee"}""");

        Assert.Equal(refused, await service.Invitee.PostAsync(path + "/channels", """{"channels":[{"channel_name":"grain"}]}"""));
        Assert.Equal(refused, await service.Invitee.PutAsync(path + "/channel/orgs/quit", """{"org_names":["organization"]}"""));
        Assert.Equal(refused, await service.Invitee.DeleteAsync(path + "/channel/channel"));
        Assert.Equal(["channel: organization 1"], await service.Invitee.ChannelsAsync(service.Invitee.ServiceId));
    }

    [Theory, EveryEngine]
    public async Task Peers_join_and_leave_one_channel_at_a_time(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var id = await service.Inviter.CreateAsync("grain-trade", PeerOrganizations);
        var path = "blockchains/" + id;

        AssertBegun(await service.Inviter.PutAsync(path + "/trade/peers/quit", """{"org_name":"crane","peers":1}"""));
        Assert.Equal(["trade: crane 1"], await service.Inviter.ChannelsAsync(id));
        AssertBegun(await service.Inviter.PostAsync(path + "/channels/peers", """{"channel_peers":[{"channel_name":"trade","peers":{"crane":1,"quay-org":1}}]}"""));
        Assert.Equal(["trade: crane 2, quay-org 1"], await service.Inviter.ChannelsAsync(id));
        AssertBegun(await service.Inviter.PutAsync(path + "/trade/orgs/quit", """{"org_names":["crane"]}"""));
        Assert.Equal(["trade: quay-org 1"], await service.Inviter.ChannelsAsync(id));
    }

    [Theory]
    [InlineData("""[]""", "BCS.4006009", "One of parameters is nil: channel_peers must have at least one item")]
    [InlineData("""[{"channel_name":"trade"}]""", "BCS.4006009", "One of parameters is nil: channel_peers[0].peers is required")]
    [InlineData("""[{"channel_name":"trade","peers":{}}]""", "BCS.4006009", "One of parameters is nil: channel_peers[0].peers must have at least one member")]
    [InlineData("""[{"channel_name":"trade","peers":{"quay-org":0}}]""", "BCS.4006003", "Invalid Parameter: channel_peers[0].peers.quay-org must be from 1 to 2147483647, not 0")]
    [InlineData("""[{"channel_name":"trade","peers":{"quay-org":1}},{"channel_name":"grain","peers":{"quay-org":1}}]""", "BCS.4006003", "Invalid Parameter: channel_peers names 2 channels, one call changes one")]
    [InlineData("""[{"channel_name":"grain","peers":{"quay-org":1}}]""", "BCS.4007001", "The channel does not exist: service grain-trade has no channel grain")]
    [InlineData("""[{"channel_name":"trade","peers":{"quay-org":1,"dock":1}}]""", "BCS.4001051", "Input org is not exist: service grain-trade has no organization dock")]
    [InlineData("""[{"channel_name":"trade","peers":{"quay-org":1,"crane":1}}]""", "BCS.4007005", "The peers asked for are not there: crane has 2 peers, 2 of them in channel trade; 1 more cannot join")]
    public async Task Peers_that_cannot_join_change_nothing(string peers, string code, string message)
    {
        await using var service = await TestService.StartAsync();
        var id = await service.Inviter.CreateAsync("grain-trade", PeerOrganizations);

        var response = await service.Inviter.PostAsync($"blockchains/{id}/channels/peers", $$"""{"channel_peers":{{peers}}}""");

        Assert.Equal((400, $$"""{"error_code":"{{code}}","error_msg":"{{message}}"}"""), response);
        Assert.Equal(["trade: crane 2"], await service.Inviter.ChannelsAsync(id));
    }

    [Theory]
    [InlineData("trade/peers/quit", """{"org_name":"crane"}""", "BCS.4006009", "One of parameters is nil: peers is required")]
    [InlineData("trade/peers/quit", """{"org_name":"crane","peers":0}""", "BCS.4006003", "Invalid Parameter: peers must be from 1 to 2147483647, not 0")]
    [InlineData("trade/peers/quit", """{"org_name":"crane","peers":2}""", "BCS.4007005", "The peers asked for are not there: crane has 2 peers in channel trade, fewer than that can leave; the last one leaves with orgs/quit")]
    [InlineData("trade/peers/quit", """{"org_name":"quay-org","peers":1}""", "BCS.4001051", "Input org is not exist: channel trade has no organization quay-org of this service")]
    [InlineData("grain/peers/quit", """{"org_name":"crane","peers":1}""", "BCS.4007001", "The channel does not exist: service grain-trade has no channel grain")]
    [InlineData("trade/orgs/quit", """{"org_names":[]}""", "BCS.4006009", "One of parameters is nil: org_names must have at least one item")]
    [InlineData("trade/orgs/quit", """{"org_names":["crane","crane"]}""", "BCS.4006003", "Invalid Parameter: org_names names crane more than once")]
    [InlineData("trade/orgs/quit", """{"org_names":["crane","quay-org"]}""", "BCS.4001051", "Input org is not exist: channel trade has no organization quay-org of this service")]
    [InlineData("grain/orgs/quit", """{"org_names":["crane"]}""", "BCS.4007001", "The channel does not exist: service grain-trade has no channel grain")]
    public async Task Peers_that_cannot_leave_change_nothing(string path, string body, string code, string message)
    {
        await using var service = await TestService.StartAsync();
        var id = await service.Inviter.CreateAsync("grain-trade", PeerOrganizations);

        Assert.Equal((400, $$"""{"error_code":"{{code}}","error_msg":"{{message}}"}"""), await service.Inviter.PutAsync($"blockchains/{id}/{path}", body));
        Assert.Equal(["trade: crane 2"], await service.Inviter.ChannelsAsync(id));
    }

    [Theory, EveryEngine]
    public async Task A_member_leaves_by_itself_and_not_by_the_inviters_hand(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.JoinAsync(service.Invitee);

        var response = await service.Inviter.PutAsync($"blockchains/{service.Inviter.ServiceId}/channel/orgs/quit", """{"org_names":["organization"]}""");

        Assert.Equal(
            (400, """{"error_code":"BCS.4001051","error_msg":"Input org is not exist: channel channel has no organization organization of this service"}"""),
            response);
        Assert.Equal(["agreed"], await service.Inviter.MemberStatesAsync());
    }

    [Theory, EveryEngine]
    public async Task Only_an_empty_channel_is_deleted(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var (inviter, path) = (service.Inviter, $"blockchains/{service.Inviter.ServiceId}");
        await inviter.PostAsync(path + "/channels/peers", """{"channel_peers":[{"channel_name":"channel","peers":{"organization":1}}]}""");

        Assert.Equal(InUse("organization has 1 peers in channel channel"), await inviter.DeleteAsync(path + "/channel/channel"));
        await inviter.PutAsync(path + "/channel/orgs/quit", """{"org_names":["organization"]}""");
        await inviter.InviteAsync(service.Invitee);
        Assert.Equal(InUse("north-mill is waiting in channel channel"), await inviter.DeleteAsync(path + "/channel/channel"));
        await service.Invitee.AgreeAsync();
        await service.WorkAsync();
        Assert.Equal(InUse("north-mill is agreed in channel channel"), await inviter.DeleteAsync(path + "/channel/channel"));
        await service.Invitee.QuitAsync();
        Assert.Equal(InUse("north-mill is quitting in channel channel"), await inviter.DeleteAsync(path + "/channel/channel"));
        await service.WorkAsync();
        AssertBegun(await inviter.DeleteAsync(path + "/channel/channel"));

        Assert.Empty(await inviter.ChannelsAsync(inviter.ServiceId));
        Assert.Equal(
            (400, """{"error_code":"BCS.4007001","error_msg":"The channel does not exist: service harbor has no channel channel"}"""),
            await inviter.DeleteAsync(path + "/channel/channel"));
        Assert.Equal((200, """{"result":"success"}"""), await inviter.DeleteInvitationAsync(service.Invitee, "quit"));

        static (int, string) InUse(string why) => (400, $$"""{"error_code":"BCS.4007006","error_msg":"The channel is in use: {{why}}"}""");
    }

    [Theory, EveryDistance]
    public async Task The_limit_of_channels_holds_also_when_many_come_at_once(Engine engine, int delay)
    {
        await using var service = await TestService.StartAsync(engine, delay: delay);
        var path = $"blockchains/{service.Inviter.ServiceId}/channels";

        var responses = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => service.Inviter.PostAsync(path, $$"""{"channels":[{"channel_name":"grain{{i}}"}]}""")));

        Assert.Equal(3, responses.Count(response => response.Status == 200));
        Assert.Equal(4, (await service.Inviter.ChannelsAsync(service.Inviter.ServiceId)).Length);
    }

    private static void AssertBegun((int Status, string Body) response)
    {
        Assert.Matches("""^{"operation_id":"BCSSVC01-04-[0-9]{19}"}$""", response.Body);
        Assert.Equal(200, response.Status);
    }
}

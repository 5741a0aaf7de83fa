using Guildhall.Memberships;

namespace Guildhall.Tests.Api;

/// <summary>ListBlockchains, ShowBlockchainDetail, its status, its nodes, the flavors and the quotas.</summary>
public sealed class ShowServiceTests
{
    [Theory, EveryEngine]
    public async Task Services_are_listed_whole_in_the_order_of_their_creation(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        service.Clock.Advance(TimeSpan.FromSeconds(1));
        var second = await service.Inviter.CreateAsync("grain-trade");

        Assert.Equal(
            (200, $$"""{"blockchains":[{"id":"{{service.Inviter.ServiceId}}","name":"harbor"},{"id":"{{second}}","name":"grain-trade"}],"count":2}"""),
            await service.Inviter.GetAsync("blockchains"));
    }

    [Theory, EveryEngine]
    public async Task Services_come_in_pages_to_who_asks_for_them(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        service.Clock.Advance(TimeSpan.FromSeconds(1));
        var second = await service.Inviter.CreateAsync("grain-trade");
        var first = service.Inviter.ServiceId;

        Assert.Equal(
            (200, $$$"""{"blockchains":[{"id":"{{{first}}}","name":"harbor"}],"count":2,"page_info":{"next_marker":"{{{first}}}","current_count":1}}"""),
            await service.Inviter.GetAsync("blockchains?limit=1"));
        Assert.Equal(
            (200, $$$"""{"blockchains":[{"id":"{{{second}}}","name":"grain-trade"}],"count":2,"page_info":{"next_marker":null,"current_count":1}}"""),
            await service.Inviter.GetAsync($"blockchains?limit=1&marker={first}"));
        Assert.Equal(
            (400, """{"error_code":"BCS.4006003","error_msg":"Invalid Parameter: limit must be a whole number from 1 to 1000, not 0"}"""),
            await service.Inviter.GetAsync("blockchains?limit=0"));
    }

    [Theory, EveryEngine]
    public async Task The_detail_has_every_key_of_the_reference(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var id = await service.Inviter.CreateAsync("grain-trade");
        var hash = Names.HashOf("organization", id);

        Assert.Equal(
            (200, """
            {"basic_info":{"id":"*","name":"grain-trade","version":"2.2","service_type":"private","sign_algorithm":"ECDSA","consensus":"etcdraft","version_type":3,"database_type":"goleveldb","cluster_type":"CCE","created_time":"2026-01-02T03:04:05Z","deploy_type":"create","is_support_tc3":false,"purchase_type":"normal","charging_mode":1,"cluster_id":"","cluster_name":"","cluster_az":"no","cluster_platform_type":"","order_fade_enabled":false,"order_fade_cache":0,"is_cross_region":false,"is_support_rollback":false,"is_support_restful":false,"is_old_service":false,"old_service_version":"","agent_portal_addrs":null,"status":"Normal","process_status":"","order_status":2,"deploy_status":1,"block_info":null},"channels":[{"name":"channel","org_names":["organization"],"org_name_hash":["*"],"peers":{"organization":["peer-*-0"]}}],"peer_info":[{"name":"organization","node_cnt":1,"status_detail":"1/1","status":"Normal","pvc_name":"","address":null}],"light_peer_info":null,"orderer_info":null,"couch_db_info":null,"dms_kafka_info":null,"ief_info":null,"sfs_info":null,"agent_info":null,"restapi_info":null,"evs_pvc_info":null,"tc3_taskserver_info":null,"obs_bucket_info":null}
            """),
            Creation.WithoutIds(await service.Inviter.GetAsync("blockchains/" + id), id, hash));
    }

    [Theory, EveryEngine]
    public async Task Who_has_joined_a_channel_is_shown_in_it_on_both_sides_and_nobody_before(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var (inviter, invitee) = (service.Inviter, service.Invitee);
        await inviter.PostAsync($"blockchains/{inviter.ServiceId}/channels/peers", """{"channel_peers":[{"channel_name":"channel","peers":{"organization":1}}]}""");
        await inviter.InviteAsync(invitee);
        await invitee.AgreeAsync();
        var (own, theirs) = (Names.HashOf("organization", inviter.ServiceId), Names.HashOf("organization", invitee.ServiceId));

        Assert.Equal(Channel($"\"{own}\"", $"\"peer-{own}-0\"", "\"organization\""), (await inviter.DetailAsync(inviter.ServiceId))["channels"]!.ToJsonString());
        Assert.Equal("[]", (await invitee.DetailAsync(invitee.ServiceId))["channels"]!.ToJsonString());
        await service.WorkAsync();
        Assert.Equal(
            Channel($"\"{own}\",\"{theirs}\"", $"\"peer-{own}-0\",\"peer-{theirs}-0\"", "\"organization\",\"organization\""),
            (await inviter.DetailAsync(inviter.ServiceId))["channels"]!.ToJsonString());
        Assert.Equal(Channel($"\"{theirs}\"", $"\"peer-{theirs}-0\"", "\"organization\""), (await invitee.DetailAsync(invitee.ServiceId))["channels"]!.ToJsonString());

        static string Channel(string hashes, string peers, string names) =>
            $$$"""[{"name":"channel","org_names":[{{{names}}}],"org_name_hash":[{{{hashes}}}],"peers":{"organization":[{{{peers}}}]}}]""";
    }

    [Theory, EveryEngine]
    public async Task The_creation_of_a_service_is_finished_when_it_can_be_asked_for(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);

        Assert.Equal(
            (200, """{"bcs":{"start_time":"2026-01-02T03:04:05Z","end_time":"2026-01-02T03:04:05Z","status":"finished","detail":""},"eip":null,"sfs":null,"obs":null,"kafka":null,"cce":null}"""),
            await service.Inviter.GetAsync($"blockchains/{service.Inviter.ServiceId}/status"));
    }

    [Theory, EveryEngine]
    public async Task Nodes_are_the_services_own_peers_with_the_channels_they_are_in(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var id = await service.Inviter.CreateAsync("grain-trade", """, "peer_orgs": [{ "name": "crane", "node_count": 2 }] """);
        await service.Inviter.PutAsync($"blockchains/{id}/channel/peers/quit", """{"org_name":"crane","peers":1}""");

        Assert.Equal(
            (200, """{"node_orgs":{"crane":{"org_msp_id":"*MSP","org_domain":"","peers":{"peer-*-0":{"ip_port":"","channels":["channel"]},"peer-*-1":{"ip_port":"","channels":[]}}}}}"""),
            Creation.WithoutIds(await service.Inviter.GetAsync($"blockchains/{id}/nodes"), Names.HashOf("crane", id)));
    }

    [Fact]
    public async Task Flavors_are_the_limits_of_the_enterprise_edition_and_no_service_of_that_name()
    {
        await using var service = await TestService.StartAsync();

        Assert.Equal(
            (200, """{"enterprise_spec":{"org_peer_max_num":2,"orderer_max_num":10,"member_max_num":40}}"""),
            await service.Inviter.GetAsync("blockchains/flavors?limit=1000&offset=0"));
        Assert.Equal(
            (400, """{"error_code":"BCS.4006003","error_msg":"Invalid Parameter: limit must be a whole number from 1 to 1000, not 1001"}"""),
            await service.Inviter.GetAsync("blockchains/flavors?limit=1001"));
        Assert.Equal(
            (400, """{"error_code":"BCS.4006003","error_msg":"Invalid Parameter: offset must be a whole number from 0 to 2147483647, not -1"}"""),
            await service.Inviter.GetAsync("blockchains/flavors?offset=-1"));
    }

    [Theory, EveryEngine]
    public async Task The_quota_counts_services_that_are_not_deleted(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var id = await service.Inviter.CreateAsync("grain-trade");

        Assert.Equal(
            (200, """{"resources":[{"type":"instance","unit":"","min":0,"max":5,"quota":5,"used":2,"free":3}]}"""), await service.Inviter.GetAsync("quotas"));
        await service.Inviter.DeleteAsync("blockchains/" + id);
        Assert.Equal(
            (200, """{"resources":[{"type":"instance","unit":"","min":0,"max":5,"quota":5,"used":1,"free":4}]}"""),
            await service.Inviter.GetAsync("quotas?type=instance"));
        Assert.Equal(
            (400, """{"error_code":"BCS.4006014","error_msg":"Invalid Parameter quotasType : ecs"}"""), await service.Inviter.GetAsync("quotas?quotasType=ecs"));
        Assert.Equal(
            (400, """{"error_code":"BCS.4006014","error_msg":"Invalid Parameter quotasType : ecs"}"""), await service.Inviter.GetAsync("quotas?type=ecs"));
    }

    [Theory]
    [InlineData("GET", "blockchains/*/cert")]
    [InlineData("POST", "blockchains/*/sdk-cfg")]
    [InlineData("POST", "blockchains/*/metric/list")]
    [InlineData("POST", "blockchains/*/events")]
    public async Task Certificates_and_monitoring_are_the_documented_404(string method, string path)
    {
        await using var service = await TestService.StartAsync();

        var (status, body) = await service.Inviter.SendAsync(
            new HttpMethod(method), path.Replace("*", service.Inviter.ServiceId, StringComparison.Ordinal), method == "GET" ? null : "{}");

        Assert.Equal(404, status);
        Assert.StartsWith("""{"error_code":"BCS.4040404","error_msg":"Not Found:the url is not found""", body, StringComparison.Ordinal);
    }
}

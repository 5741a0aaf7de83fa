using System.Text.Json.Nodes;
using Guildhall.Services;

namespace Guildhall.Tests.Api;

public sealed class CreateServiceTests
{
    [Theory, EveryEngine]
    public async Task A_request_as_the_reference_documents_it_registers_a_service(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);

        var (status, body) = await service.Inviter.PostAsync("blockchains", """
            {
              "name": "grain-trade", "version_type": 2, "fabric_version": "2.2", "blockchain_type": "union", "consensus": "SFLIC", "sign_algorithm": "SM2",
              "enterprise_project_id": "0", "volume_type": "nfs", "org_disk_size": 100, "database_type": "couchdb", "resource_password": "S3cret!",
              "orderer_node_number": 3, "use_eip": true, "bandwidth_size": 5, "cluster_type": "cce", "create_new_cluster": false,
              "cce_cluster_info": { "cluster_id": "an-id", "cluster_name": "a-name" }, "couchdb_info": { "user_name": "root", "password": "S3cret!" },
              "peer_orgs": [ { "name": "crane", "node_count": 2 }, { "name": "quay-org", "node_count": 1 } ],
              "channels": [ { "name": "trade", "org_names": [ "crane" ], "description": "grain" } ], "tc3_need": true
            }
            """);

        Assert.Equal(200, status);
        Assert.Matches("""^{"blockchain_id":"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}","blockchain_name":"grain-trade","operation_id":"BCSSVC01-99-17673230450000000\d\d"}$""", body);
        var id = (string)JsonNode.Parse(body)!["blockchain_id"]!;
        Assert.Equal(["trade: crane 2"], await service.Inviter.ChannelsAsync(id));
        var basic = (await service.Inviter.DetailAsync(id))["basic_info"]!;
        var shown = "service_type consensus sign_algorithm version_type version database_type cluster_type deploy_type is_support_tc3";
        Assert.Equal(
            "union sflic sm2 2 2.2 couchdb CCE create true",
            string.Join(' ', shown.Split(' ').Select(name => basic[name]!.ToJsonString().Trim('"'))));
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM services WHERE organizations LIKE '%S3cret%' OR name LIKE '%S3cret%'"));
    }

    [Theory, EveryEngine]
    public async Task A_minimal_request_gets_the_references_defaults(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);

        var id = await service.Inviter.CreateAsync("grain-trade");

        Assert.Equal(["channel: organization 1"], await service.Inviter.ChannelsAsync(id));
        Assert.StartsWith(
            $$"""{"id":"{{id}}","name":"grain-trade","version":"2.2","service_type":"private","sign_algorithm":"ECDSA","consensus":"etcdraft","version_type":3,"database_type":"goleveldb","cluster_type":"CCE","created_time":"2026-01-02T03:04:05Z","deploy_type":"create","is_support_tc3":false,""",
            (await service.Inviter.DetailAsync(id))["basic_info"]!.ToJsonString());
    }

    [Theory]
    [InlineData("name", "BCS.4006009", "One of parameters is nil: name is required")]
    [InlineData("version_type", "BCS.4006009", "One of parameters is nil: version_type is required")]
    [InlineData("enterprise_project_id", "BCS.4006009", "One of parameters is nil: enterprise_project_id is required")]
    [InlineData("resource_password", "BCS.4006009", "One of parameters is nil: resource_password is required")]
    [InlineData("cluster_type", "BCS.4006009", "One of parameters is nil: cluster_type is required")]
    [InlineData("create_new_cluster", "BCS.4006009", "One of parameters is nil: create_new_cluster is required")]
    public async Task What_the_reference_calls_mandatory_is(string field, string code, string message)
    {
        await using var service = await TestService.StartAsync();
        var body = JsonNode.Parse(Creation.Of("grain-trade"))!.AsObject();
        body.Remove(field);

        var response = await service.Inviter.PostAsync("blockchains", body.ToJsonString());

        Assert.Equal((400, $$"""{"error_code":"{{code}}","error_msg":"{{message}}"}"""), response);
    }

    [Theory]
    [InlineData("name", "\"-trade\"", "BCS.4006003", "Invalid Parameter: name must have 4 to 24 letters, digits, Chinese characters or hyphens, and not begin with a hyphen")]
    [InlineData("name", "7", "BCS.4006003", "Invalid Parameter: name must be a string, not a number")]
    [InlineData("version_type", "1", "BCS.4006003", "Invalid Parameter: version_type must be from 2 to 4, not 1")]
    [InlineData("version_type", "\"3\"", "BCS.4006003", "Invalid Parameter: version_type must be a whole number, not a string")]
    [InlineData("resource_password", "[\"never-shown\"]", "BCS.4006003", "Invalid Parameter: resource_password must be a string, not a list")]
    [InlineData("create_new_cluster", "\"false\"", "BCS.4006003", "Invalid Parameter: create_new_cluster must be true or false, not a string")]
    [InlineData("cluster_type", "\"vm\"", "BCS.4006003", "Invalid Parameter: cluster_type must be one of CCE, ief, not vm")]
    [InlineData("fabric_version", "\"two\"", "BCS.4006003", "Invalid Parameter: fabric_version must be a version such as 2.2")]
    [InlineData("blockchain_type", "\"public\"", "BCS.4006003", "Invalid Parameter: blockchain_type must be one of union, private, not public")]
    [InlineData("consensus", "\"pow\"", "BCS.4006003", "Invalid Parameter: consensus must be one of etcdraft, sflic, solo, kafka, not pow")]
    [InlineData("consensus", "\"solo\"", "BCS.4006003", "Invalid Parameter: consensus must be one of etcdraft, sflic with Fabric 2.2")]
    [InlineData("sign_algorithm", "\"rsa\"", "BCS.4006003", "Invalid Parameter: sign_algorithm must be one of ECDSA, sm2, not rsa")]
    [InlineData("database_type", "\"oracle\"", "BCS.4006003", "Invalid Parameter: database_type must be one of goleveldb, couchdb, not oracle")]
    [InlineData("peer_orgs", """[{"name":"org","node_count":1}]""", "BCS.4006003", "Invalid Parameter: peer_orgs[0].name must have 4 to 24 letters, digits, Chinese characters or hyphens, and not begin with a hyphen")]
    [InlineData("peer_orgs", """[{"name":"crane","node_count":0}]""", "BCS.4006003", "Invalid Parameter: peer_orgs[0].node_count must be from 1 to 2147483647, not 0")]
    [InlineData("peer_orgs", """[{"name":"crane"}]""", "BCS.4006009", "One of parameters is nil: peer_orgs[0].node_count is required")]
    [InlineData("peer_orgs", """[{"name":"crane","node_count":1},{"name":"crane","node_count":1}]""", "BCS.4006003", "Invalid Parameter: peer_orgs names crane more than once")]
    [InlineData("peer_orgs", """[{"name":"crane","node_count":3}]""", "BCS.4007005", "The peers asked for are not there: Enterprise allows 2 peers per organization, crane would have 3")]
    [InlineData("channels", """[{"name":"Trade","org_names":["organization"]}]""", "BCS.4006012", "Invalid channel name: Trade")]
    [InlineData("channels", """[{"name":"trade"}]""", "BCS.4006009", "One of parameters is nil: channels[0].org_names is required")]
    [InlineData("channels", """[{"name":"trade","org_names":["other"]}]""", "BCS.4001051", "Input org is not exist: channels names other, which peer_orgs does not")]
    [InlineData("is_invitee", "true", "BCS.4006009", "One of parameters is nil: invitor_infos is required")]
    public async Task A_field_that_is_wrong_is_named_and_nothing_is_created(string field, string value, string code, string message)
    {
        await using var service = await TestService.StartAsync();
        var body = JsonNode.Parse(Creation.Of("grain-trade"))!;
        body[field] = JsonNode.Parse(value);

        var response = await service.Inviter.PostAsync("blockchains", body.ToJsonString());

        Assert.Equal((400, $$"""{"error_code":"{{code}}","error_msg":"{{message}}"}"""), response);
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM services WHERE name <> 'harbor' AND is_invitee = 0"));
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM operations"));
    }

    [Theory, EveryEngine]
    public async Task A_name_is_taken_once_per_project_until_its_service_is_deleted(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var id = await service.Inviter.CreateAsync("grain-trade");

        Assert.Equal(
            (400, """{"error_code":"BCS.4001018","error_msg":"Operation failed. A service with the same name already exists. Enter another name and try again: grain-trade"}"""),
            await service.Inviter.PostAsync("blockchains", Creation.Of("grain-trade")));
        await service.Third.CreateAsync("grain-trade");
        Assert.Equal(200, (await service.Inviter.DeleteAsync("blockchains/" + id)).Status);
        await service.Inviter.CreateAsync("grain-trade");
    }

    [Theory, EveryEngine]
    public async Task Of_many_that_want_one_name_at_once_one_gets_it(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine, settings => settings with { Limits = new Limits { Services = 100 } });

        var responses = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => service.Inviter.PostAsync("blockchains", Creation.Of("grain-trade"))));

        Assert.Single(responses, response => response.Status == 200);
        Assert.All(responses, response => Assert.True(response.Status == 200 || response.Body.Contains("BCS.4001018", StringComparison.Ordinal), response.Body));
        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM services WHERE name = 'grain-trade'"));
        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM operations"));
    }

    [Theory, EveryDistance]
    public async Task The_quota_holds_also_when_many_come_at_once(Engine engine, int delay)
    {
        await using var service = await TestService.StartAsync(engine, delay: delay);

        var responses = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => service.Inviter.PostAsync("blockchains", Creation.Of($"trade-{i}"))));

        Assert.Equal(4, responses.Count(response => response.Status == 200)); // the inviter has one already
        Assert.Contains(
            (400, """{"error_code":"BCS.4007002","error_msg":"The quota of services is used up: the project has 5 of 5"}"""), responses);
        Assert.Equal(5, await service.CountAsync($"SELECT count(*) FROM services WHERE project_id = '{service.Inviter.ProjectId}'"));
    }

    [Theory, EveryEngine]
    public async Task An_invited_tenants_service_takes_after_its_inviters_and_can_agree(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.InviteAsync(service.Invitee);

        var id = await service.Invitee.CreateAsync("invited-one", Creation.InvitedBy(service.Inviter));

        var basic = (await service.Invitee.DetailAsync(id))["basic_info"]!;
        Assert.Equal("union etcdraft invite", $"{basic["service_type"]} {basic["consensus"]} {basic["deploy_type"]}");
        Assert.Empty(await service.Invitee.ChannelsAsync(id));
        var agreed = await service.Invitee.AgreeAsync(change: body => body["invitee_info"]!["invitee_bcs_id"] = id);
        Assert.Equal((200, """{"result":"success"}"""), agreed);
    }

    [Fact]
    public async Task An_invited_tenants_service_has_to_match_its_inviters()
    {
        await using var service = await TestService.StartAsync();
        await service.Inviter.InviteAsync(service.Invitee);

        var response = await service.Invitee.PostAsync(
            "blockchains", Creation.Of("invited-one", Creation.InvitedBy(service.Inviter) + """, "consensus": "sflic" """));

        Assert.Equal(
            (400, """{"error_code":"BCS.4007022","error_msg":"The invitee's service does not match the inviter's: its consensus is sflic, the inviter's is etcdraft"}"""),
            response);
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM services WHERE name = 'invited-one'"));
    }

    [Theory, EveryEngine]
    public async Task Who_is_not_invited_cannot_tell_the_inviters_service_from_none(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var body = Creation.Of("invited-one", Creation.InvitedBy(service.Inviter));
        var unknown = (400, $$"""{"error_code":"BCS.4001011","error_msg":"Operation failed. The service does not exist or has been deleted. Refresh the page: {{service.Inviter.ServiceId}}"}""");

        Assert.Equal(unknown, await service.Third.PostAsync("blockchains", body)); // never invited
        await service.Inviter.InviteAsync(service.Third);
        Assert.Equal(unknown, await service.Third.PostAsync("blockchains", body.Replace(service.Inviter.AccountId, service.Invitee.AccountId)));
        Assert.Equal(unknown, await service.Third.PostAsync("blockchains", body.Replace(service.Inviter.ProjectId, service.Invitee.ProjectId)));
        await service.Third.RejectAsync();
        Assert.Equal(unknown, await service.Third.PostAsync("blockchains", body)); // no longer open
        Assert.Equal(unknown, await service.Inviter.PostAsync("blockchains", body)); // its own is no inviter's either
    }
}

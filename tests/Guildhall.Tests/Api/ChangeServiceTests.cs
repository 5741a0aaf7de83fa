namespace Guildhall.Tests.Api;

/// <summary>UpdateInstance and DeleteBlockchain.</summary>
public sealed class ChangeServiceTests
{
    private const string PeerOrganizations = """, "peer_orgs": [{ "name": "crane", "node_count": 1 }, { "name": "quay-org", "node_count": 1 }] """;

    [Theory, EveryEngine]
    public async Task An_organization_is_added_scaled_and_removed(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var path = "blockchains/" + await service.Inviter.CreateAsync("grain-trade", PeerOrganizations);

        AssertBegun("02", await service.Inviter.PutAsync(path, """{"node_orgs":[{"name":"dock","node_count":1,"pvc_name":"volume"}]}"""));
        AssertBegun("03", await service.Inviter.PutAsync(path, """{"node_orgs":[{"name":"dock","node_count":2}]}"""));
        Assert.Equal(["crane 1", "quay-org 1", "dock 2"], await OrganizationsAsync(service, path));
        AssertBegun("03", await service.Inviter.PutAsync(path, """{"node_orgs":[{"name":"dock"}],"is_delete_org":true}"""));
        Assert.Equal(["crane 1", "quay-org 1"], await OrganizationsAsync(service, path));
        Assert.Equal(["channel: crane 1, quay-org 1"], await service.Inviter.ChannelsAsync(path["blockchains/".Length..]));
    }

    [Theory]
    [InlineData("""{"node_orgs":[]}""", "BCS.4006009", "One of parameters is nil: node_orgs must have at least one item")]
    [InlineData("""{"publicips":[]}""", "BCS.4006009", "One of parameters is nil: node_orgs is required")]
    [InlineData("""{"node_orgs":[{"name":"dock"}]}""", "BCS.4006009", "One of parameters is nil: node_orgs[0].node_count is required")]
    [InlineData("""{"node_orgs":[{"name":"dock","node_count":"1"}]}""", "BCS.4006003", "Invalid Parameter: node_orgs[0].node_count must be a whole number, not a string")]
    [InlineData("""{"node_orgs":[{"name":"-doc","node_count":1}]}""", "BCS.4006003", "Invalid Parameter: node_orgs.name -doc must have 4 to 24 letters, digits, Chinese characters or hyphens, and not begin with a hyphen")]
    [InlineData("""{"node_orgs":[{"name":"dock","node_count":1},{"name":"dock","node_count":2}]}""", "BCS.4006003", "Invalid Parameter: node_orgs names dock more than once")]
    [InlineData("""{"node_orgs":[{"name":"dock","node_count":1},{"name":"crane","node_count":2}]}""", "BCS.4006003", "Invalid Parameter: node_orgs scales crane and adds dock; one call makes one kind of change")]
    [InlineData("""{"node_orgs":[{"name":"dock","node_count":3}]}""", "BCS.4007005", "The peers asked for are not there: Enterprise allows 2 peers per organization, dock would have 3")]
    [InlineData("""{"node_orgs":[{"name":"dock"}],"is_delete_org":true}""", "BCS.4001051", "Input org is not exist: service grain-trade has no organization dock")]
    [InlineData("""{"node_orgs":[{"name":"crane"}],"is_delete_org":true}""", "BCS.4007007", "The organization is in use: crane is in channel channel")]
    public async Task A_change_that_cannot_be_made_changes_nothing(string body, string code, string message)
    {
        await using var service = await TestService.StartAsync();
        var path = "blockchains/" + await service.Inviter.CreateAsync("grain-trade", PeerOrganizations);

        Assert.Equal((400, $$"""{"error_code":"{{code}}","error_msg":"{{message}}"}"""), await service.Inviter.PutAsync(path, body));
        Assert.Equal(["crane 1", "quay-org 1"], await OrganizationsAsync(service, path));
        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM operations"));
    }

    [Theory, EveryEngine]
    public async Task An_organization_that_has_joined_stays_until_it_has_left(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var path = "blockchains/" + service.Invitee.ServiceId;
        await service.Invitee.PutAsync(path, """{"node_orgs":[{"name":"second-org","node_count":1}]}""");
        await service.JoinAsync(service.Invitee);

        Assert.Equal(
            (400, """{"error_code":"BCS.4007007","error_msg":"The organization is in use: organization is in channel channel"}"""), await RemoveAsync());
        await service.Invitee.QuitAsync();
        Assert.Equal(400, (await RemoveAsync()).Status);
        await service.WorkAsync();
        AssertBegun("03", await RemoveAsync());
        Assert.Equal(["second-org 1"], await OrganizationsAsync(service, path, service.Invitee));

        Task<(int Status, string Body)> RemoveAsync() => service.Invitee.PutAsync(path, """{"node_orgs":[{"name":"organization"}],"is_delete_org":true}""");
    }

    [Theory, EveryEngine]
    public async Task A_deleted_service_is_gone_from_everywhere_and_cannot_be_deleted_again(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var id = await service.Inviter.CreateAsync("grain-trade");
        var gone = (400, $$"""{"error_code":"BCS.4001011","error_msg":"Operation failed. The service does not exist or has been deleted. Refresh the page: {{id}}"}""");

        AssertBegun("00", await service.Inviter.DeleteAsync(
            $"blockchains/{id}?is_delete_storage=true&is_delete_obs=false&is_delete_resource=true&is_delete_ief=false&is_delete_lightpeer=no&ief_nodes_id=a,b"));

        Assert.Equal(gone, await service.Inviter.DeleteAsync("blockchains/" + id));
        Assert.Equal(gone, await service.Inviter.GetAsync("blockchains/" + id));
        Assert.DoesNotContain(id, (await service.Inviter.GetAsync("blockchains")).Body, StringComparison.Ordinal);
        Assert.Contains(id, (await service.Inviter.GetAsync("operation/record?operation_type=00")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flag_that_is_none_is_refused_and_nothing_is_deleted()
    {
        await using var service = await TestService.StartAsync();

        Assert.Equal(
            (400, """{"error_code":"BCS.4006003","error_msg":"Invalid Parameter: is_delete_obs must be true or false, not 1"}"""),
            await service.Inviter.DeleteAsync($"blockchains/{service.Inviter.ServiceId}?is_delete_obs=1"));
        Assert.Equal(200, (await service.Inviter.GetAsync("blockchains/" + service.Inviter.ServiceId)).Status);
    }

    [Theory, EveryDistance]
    public async Task Of_two_that_delete_at_once_one_finds_nothing(Engine engine, int delay)
    {
        await using var service = await TestService.StartAsync(engine, delay: delay);

        var responses = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => service.Inviter.DeleteAsync("blockchains/" + service.Inviter.ServiceId)));

        Assert.Single(responses, response => response.Status == 200);
        Assert.All(responses, response => Assert.True(response.Status == 200 || response.Body.Contains("BCS.4001011", StringComparison.Ordinal), response.Body));
        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM operations WHERE type = '00'"));
    }

    private static void AssertBegun(string type, (int Status, string Body) response)
    {
        Assert.Matches($$"""^{"operation_id":"BCSSVC01-{{type}}-[0-9]{19}"}$""", response.Body);
        Assert.Equal(200, response.Status);
    }

    private static async Task<string[]> OrganizationsAsync(TestService service, string path, Person? person = null)
    {
        var detail = await (person ?? service.Inviter).DetailAsync(path["blockchains/".Length..]);
        return [.. detail["peer_info"]!.AsArray().Select(organization => $"{organization!["name"]} {organization["node_cnt"]}")];
    }
}

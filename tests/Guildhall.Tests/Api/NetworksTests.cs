using System.Text.Json.Nodes;
using Guildhall.Networks;
using Guildhall.Tests.Fabric;
using Guildhall.Tests.Networks;

namespace Guildhall.Tests.Api;

/// <summary>Tenants attach their services to their networks.</summary>
public sealed class NetworksTests
{
    private static readonly TestOrganization Mill = new("MillMSP");

    [Theory, EveryEngine]
    public async Task A_service_is_attached_shown_and_detached_and_no_key_comes_out(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        service.Clock.Advance(TimeProvider.System.GetUtcNow() - service.Clock.GetUtcNow());
        var (body, path) = (AttachmentBodies.Detached(Mill), PathOf(service.Invitee));
        var admin = Mill.Authority.Issue("admin", "admin");
        body["organizations"]![0]!["administrator"] = AttachmentBodies.Identity(admin);

        var attached = await service.Invitee.PutAsync(path, body.ToJsonString());
        var shown = await service.Invitee.GetAsync(path);

        Assert.StartsWith("""{"attached":true,"findings":[{"outcome":"good","part":"profile","subject":"connection profile","words":"names 1 organization, 0 orderers and 0 peers.","remedy":""},""", attached.Body, StringComparison.Ordinal);
        var organization = JsonNode.Parse(shown.Body)!["organizations"]![0]!;
        Assert.Equal(("organization", "MillMSP", admin.Pem, "sealed"), ((string)organization["name"]!, (string)organization["msp_id"]!, (string)organization["administrator"]!["certificate"]!, (string)organization["administrator"]!["key"]!));
        var secret = admin.KeyPem.Split('\n')[1];
        Assert.All((string[])[attached.Body, shown.Body], text => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
        Assert.Equal(0, await service.CountAsync($"SELECT count(*) FROM attached_organizations WHERE administrator LIKE '%{secret}%'"));
        var stored = await service.Store.ReadAsync(session => Guildhall.Storage.AttachmentRows.FindAttachmentAsync(session, service.Invitee.ServiceId, default), default);
        Assert.DoesNotContain(stored!.Organizations[0].Administrator!.SealedKey!, shown.Body, StringComparison.Ordinal);
        using var signer = (IDisposable)service.Services.GetRequiredService<Signers>().Of(stored.Organizations[0].Administrator!);

        Assert.Equal((200, """{"result":"success"}"""), await service.Invitee.DeleteAsync(path));
        Assert.Equal(404, (await service.Invitee.GetAsync(path)).Status);
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM attached_organizations"));
    }

    [Fact]
    public async Task Certificates_that_end_soon_are_told_for_as_long_as_they_are_attached()
    {
        await using var service = await TestService.StartAsync(Engine.Sqlite);
        service.Clock.Advance(TimeProvider.System.GetUtcNow() - service.Clock.GetUtcNow());
        var (body, path, end) = (AttachmentBodies.Detached(Mill), PathOf(service.Invitee), service.Clock.GetUtcNow().AddDays(40));
        body["organizations"]![0]!["administrator"] = AttachmentBodies.Identity(Mill.Authority.Issue("admin", "admin", end));
        body["automatic_signatures"] = new JsonObject(); // everything is asked, and that was said
        Assert.Equal(200, (await service.Invitee.PutAsync(path, body.ToJsonString())).Status);
        Assert.Contains("\"findings\":[]", (await service.Invitee.GetAsync(path)).Body, StringComparison.Ordinal);

        service.Clock.Advance(TimeSpan.FromDays(15));

        var finding = Assert.Single(JsonNode.Parse((await service.Invitee.GetAsync(path)).Body)!["findings"]!.AsArray())!;
        Assert.Equal(("warning", "administrator", "organization"), ((string)finding["outcome"]!, (string)finding["part"]!, (string)finding["subject"]!));
        Assert.Contains($"{end:yyyy-MM-dd}", (string)finding["words"]!, StringComparison.Ordinal);
    }

    [Theory, EveryEngine]
    public async Task Whose_key_is_kept_is_told_that_it_asks_until_it_has_said_what_it_signs_without(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var (body, path) = (AttachmentBodies.Detached(Mill), PathOf(service.Invitee));
        body["organizations"]![0]!["administrator"] = AttachmentBodies.Identity(Mill.Authority.Issue("admin", "admin"));
        var automatic = path + "/automatic-signatures";
        Assert.Equal(404, (await service.Invitee.PutAsync(automatic, "{}")).Status);
        Assert.Equal(200, (await service.Invitee.PutAsync(path, body.ToJsonString())).Status);
        var shown = JsonNode.Parse((await service.Invitee.GetAsync(path)).Body)!;
        Assert.Equal("""{"set_time":null,"channels":[]}""", shown["automatic_signatures"]!.ToJsonString());
        Assert.StartsWith("signs by itself only what its own account has asked for", (string)shown["findings"]![0]!["words"]!, StringComparison.Ordinal);

        Assert.Equal((200, """{"result":"success"}"""), await service.Invitee.PutAsync(automatic, """
            { "channels": [{ "channel_name": "trade", "changes": ["join"], "until": "2030-01-01T00:00:00Z" }, { "channel_name": "steel", "changes": ["leave", "join"], "per_day": 3 }] }
            """.Replace("2030", $"{service.Clock.GetUtcNow().Year + 1}", StringComparison.Ordinal)));
        Assert.Equal(200, (await service.Invitee.PutAsync(path, body.ToJsonString())).Status); // certificates are renewed so
        shown = JsonNode.Parse((await service.Invitee.GetAsync(path)).Body)!;
        Assert.Equal(
            $$"""[{"channel_name":"steel","changes":["join","leave"],"until":null,"per_day":3},{"channel_name":"trade","changes":["join"],"until":"{{service.Clock.GetUtcNow().Year + 1}}-01-01T00:00:00Z","per_day":10}]""",
            shown["automatic_signatures"]!["channels"]!.ToJsonString());
        Assert.Equal("[]", shown["findings"]!.ToJsonString());

        foreach (var wrong in (string[])
        [
            """{ "channels": [{ "channel_name": "trade", "changes": ["rule"] }] }""",
            """{ "channels": [{ "channel_name": "trade", "changes": [] }] }""",
            """{ "channels": [{ "channel_name": "trade", "changes": ["join"], "per_day": 0 }] }""",
            """{ "channels": [{ "channel_name": "trade", "changes": ["join"], "until": "2020-01-01" }] }""",
            """{ "channels": [{ "channel_name": "trade", "changes": ["join"], "until": "2090-01-01" }] }""",
            """{ "channels": [{ "channel_name": "trade", "changes": ["join"], "until": "soon" }] }""",
            """{ "channels": [{ "channel_name": "trade", "changes": ["join"] }, { "channel_name": "trade", "changes": ["leave"] }] }""",
        ])
        {
            Assert.Equal((wrong, 400), (wrong, (await service.Invitee.PutAsync(automatic, wrong)).Status));
        }

        Assert.Equal(200, (await service.Invitee.DeleteAsync(path)).Status);
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM automatic_signatures"));
    }

    [Fact]
    public async Task What_is_only_looked_at_changes_nothing_and_tells_everything()
    {
        await using var service = await TestService.StartAsync();

        var (status, body) = await service.Inviter.PutAsync(PathOf(service.Inviter) + "?check=true", AttachmentBodies.Detached(Mill).ToJsonString());

        Assert.Equal(200, status);
        Assert.StartsWith("""{"attached":false,""", body, StringComparison.Ordinal);
        Assert.Contains("""{"outcome":"failed","part":"orderer","subject":"harbor","words":"has no orderer in the connection profile""", body, StringComparison.Ordinal);
        Assert.Contains("""{"outcome":"failed","part":"client","subject":"harbor",""", body, StringComparison.Ordinal);
        Assert.Equal(404, (await service.Inviter.GetAsync(PathOf(service.Inviter))).Status);
    }

    [Fact]
    public async Task A_profile_with_paths_is_not_followed_on_the_servers_disk()
    {
        await using var service = await TestService.StartAsync();
        var body = AttachmentBodies.Detached(Mill);
        body["profile"] = """{ "organizations": { "Mill": { "mspid": "MillMSP" } }, "peers": { "peer0": { "url": "grpcs://127.0.0.1:1", "tlsCACerts": { "path": "/etc/passwd" } } } }""";

        var (status, answer) = await service.Invitee.PutAsync(PathOf(service.Invitee), body.ToJsonString());

        Assert.Equal(400, status);
        Assert.Contains("names the file /etc/passwd, which is not at hand here", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "certificate": "c" }""", "organizations[0].administrator.key or organizations[0].administrator.key_name is required, and not both")]
    [InlineData("""{ "certificate": "c", "key": "k", "key_name": "n" }""", "organizations[0].administrator.key or organizations[0].administrator.key_name is required, and not both")]
    [InlineData("""{ "certificate": "c", "key_name": "harbor-trade/admin" }""", "organizations[0].administrator.key_name must have 1 to 64 letters, digits, dots, dashes and underscores, and not begin with a dash")]
    public async Task An_identity_has_one_key_of_its_own_account(string identity, string complaint)
    {
        await using var service = await TestService.StartAsync();
        var body = AttachmentBodies.Detached(Mill);
        body["organizations"]![0]!["administrator"] = JsonNode.Parse(identity);

        var (status, answer) = await service.Invitee.PutAsync(PathOf(service.Invitee), body.ToJsonString());

        Assert.Equal(400, status);
        Assert.Contains(complaint, answer, StringComparison.Ordinal);
    }

    private static string PathOf(Person person) => $"blockchains/{person.ServiceId}/network";
}

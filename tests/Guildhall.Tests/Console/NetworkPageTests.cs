using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Guildhall.Tests.Fabric;
using Guildhall.Tests.Networks;

namespace Guildhall.Tests.Console;

/// <summary>A service is attached to its network with files that are chosen in a browser.</summary>
public sealed class NetworkPageTests
{
    private static readonly TestOrganization Mill = new("Org2MSP");

    [Fact]
    public async Task A_service_is_attached_with_a_profile_and_a_folder_and_detached_again()
    {
        await using var service = await TestService.StartAsync();
        var visitor = ConsoleVisitor.With(service, service.Invitee.Token);
        var here = $"/console/services/{service.Invitee.ServiceId}/network";

        await visitor.GetAsync(here);
        Assert.Contains("Not attached to a network", visitor.Page);
        Assert.Contains("This Guildhall does not run with network=fabric", visitor.Page);
        Assert.Equal(200, await SendAsync(visitor, here, Folder(), ("check", "1")));
        Assert.Contains("The service can be attached with this. Nothing was changed.", visitor.Page);
        Assert.Equal(404, (await service.Invitee.GetAsync($"blockchains/{service.Invitee.ServiceId}/network")).Status);
        Assert.Equal(200, await SendAsync(visitor, here, Folder()));
        Assert.Contains("The service is attached.", visitor.Page);
        Assert.DoesNotContain("keystore/", visitor.Page);
        Assert.Contains("\"msp_id\":\"Org2MSP\"", (await service.Invitee.GetAsync($"blockchains/{service.Invitee.ServiceId}/network")).Body);

        await visitor.GetAsync(here + "/detach");
        Assert.Contains("the MSP of Org2MSP", visitor.Page);
        Assert.Equal(303, await visitor.SubmitAsync(here + "/detach"));
        await visitor.GetAsync(here);
        Assert.Contains("The service is detached.", visitor.Page);
        Assert.Equal(404, await visitor.GetAsync(here + "/detach"));
    }

    [Fact]
    public async Task What_is_wrong_stands_beside_what_it_is_about_and_no_key_is_shown()
    {
        await using var service = await TestService.StartAsync();
        var visitor = ConsoleVisitor.With(service, service.Invitee.Token);
        var here = $"/console/services/{service.Invitee.ServiceId}/network";
        var admin = Mill.Authority.Issue("admin", "admin");

        await visitor.GetAsync(here);
        Assert.Equal(422, await SendAsync(visitor, here, [
            .. Folder().Where(file => file.Field != "profile"), ("profile", "profile.json", "{"u8.ToArray()),
            ("administrator-certificate-0", "cert.pem", Encoding.UTF8.GetBytes(admin.Pem)), ("administrator-key-0", "key.pem", Encoding.UTF8.GetBytes(admin.KeyPem))]));

        Assert.Contains("Nothing was changed.", visitor.Page);
        Assert.Matches("<div data-found=\"profile\"><ul[^>]*>\\s*<li><span class=\"badge tone-bad\">", visitor.Page);
        Assert.Matches("<div data-found=\"organization-0\"><ul[^>]*>\\s*<li><span class=\"badge", visitor.Page);
        Assert.DoesNotContain("PRIVATE", visitor.Page);
        Assert.Matches("id=\"msp-id-0\"[^>]* value=\"Org2MSP\"", visitor.Page);
    }

    [Fact]
    public async Task A_document_is_taken_as_the_api_takes_it()
    {
        await using var service = await TestService.StartAsync();
        var visitor = ConsoleVisitor.With(service, service.Invitee.Token);
        var here = $"/console/services/{service.Invitee.ServiceId}/network";

        await visitor.GetAsync(here);
        Assert.Equal(422, await SendAsync(visitor, here, [("document", "a.json", "{}"u8.ToArray())]));
        Assert.Contains("profile is required", visitor.Page);
        Assert.Equal(200, await SendAsync(visitor, here, [("document", "a.json", Encoding.UTF8.GetBytes(AttachmentBodies.Detached(Mill).ToJsonString()))]));
        Assert.Contains("The service is attached.", visitor.Page);
    }

    [Fact]
    public async Task Whose_an_organization_is_is_proven_with_a_challenge_that_is_carried_to_the_key()
    {
        await using var service = await TestService.StartAsync();
        var visitor = ConsoleVisitor.With(service, service.Invitee.Token);
        var here = $"/console/services/{service.Invitee.ServiceId}/network";
        Assert.Equal(200, (await service.Invitee.PutAsync($"blockchains/{service.Invitee.ServiceId}/network", AttachmentBodies.Detached(Mill).ToJsonString())).Status);
        await visitor.GetAsync(here);
        Assert.Contains("is not proven yet to be this account", visitor.Page);
        Assert.DoesNotContain("Download the challenge", visitor.Page);
        Assert.Equal(404, await visitor.GetAsync(here + "/challenge/organization"));

        await visitor.GetAsync(here);
        Assert.Equal(303, await visitor.SubmitAsync(here + "/challenge"));
        await visitor.GetAsync(here);
        Assert.Contains("There is a challenge to be signed.", visitor.Page);
        Assert.Contains("guildhall sign Org2MSP.challenge.json", visitor.Page);
        Assert.Equal(200, await visitor.GetAsync(here + "/challenge/organization"));
        var challenge = (string)JsonNode.Parse(visitor.Page)!["challenge"]!;

        await visitor.GetAsync(here);
        Assert.Equal(422, await SendAsync(visitor, here + "/possession", [("file", "a.json", "{}"u8.ToArray())]));
        await visitor.GetAsync(here);
        Assert.Equal(303, await SendAsync(visitor, here + "/possession", [("file", "a.json", Encoding.UTF8.GetBytes(await AttachmentBodies.AnswerAsync(Mill.Admin, challenge)))]));
        await visitor.GetAsync(here);
        Assert.Contains("is proven to be this account", visitor.Page);
        Assert.DoesNotContain("is not proven yet", visitor.Page);
    }

    [Fact]
    public async Task Where_channels_are_changed_nothing_says_otherwise()
    {
        await using var service = await TestService.StartAsync(change: settings => settings with { Fabric = settings.Fabric with { ChangesChannels = true } });
        var visitor = ConsoleVisitor.With(service, service.Invitee.Token);

        await visitor.GetAsync($"/console/services/{service.Invitee.ServiceId}/network");

        Assert.DoesNotContain("network=fabric", visitor.Page);
    }

    [Fact]
    public async Task A_form_that_is_cut_off_is_refused()
    {
        await using var service = await TestService.StartAsync();
        var visitor = ConsoleVisitor.With(service, service.Invitee.Token);
        var here = $"/console/services/{service.Invitee.ServiceId}/network";
        foreach (var (body, type) in ((string, string)[])[("--x\r\nContent-Disposition: form-data; name=\"form\"\r\n\r\nab", "multipart/form-data; boundary=x"), ("", "multipart/form-data"), ("a", "text/plain")])
        {
            using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            content.Headers.TryAddWithoutValidation("Content-Type", type);
            Assert.InRange(await visitor.SendAsync(HttpMethod.Post, here, content), 400, 422);
        }
    }

    /// <summary>What a browser sends of a chosen MSP folder: also what is nobody's business.</summary>
    private static (string Field, string Name, byte[] Content)[] Folder() =>
    [
        ("profile", "connection.yaml", Encoding.UTF8.GetBytes(AttachmentBodies.Profile(Mill))),
        .. Mill.MspFolder().Select(file => ("msp-0", "msp/" + file.Key, file.Value)),
        ("msp-0", "msp/keystore/key.pem", "-----BEGIN PRIVATE KEY-----"u8.ToArray()),
    ];

    private static async Task<int> SendAsync(ConsoleVisitor visitor, string action, (string Field, string Name, byte[] Content)[] files, params (string Name, string Value)[] fields)
    {
        using var form = new MultipartFormDataContent();
        foreach (var (name, value) in visitor.HiddenOf(action).Concat(fields).Append(("msp-id-0", "Org2MSP")))
        {
            form.Add(new StringContent(value), $"\"{name}\"");
        }

        foreach (var (field, name, bytes) in files)
        {
            var content = new ByteArrayContent(bytes);
            content.Headers.ContentDisposition = new ContentDispositionHeaderValue("form-data") { Name = $"\"{field}\"", FileName = $"\"{name}\"" };
            form.Add(content);
        }

        return await visitor.SendAsync(HttpMethod.Post, action, form);
    }
}

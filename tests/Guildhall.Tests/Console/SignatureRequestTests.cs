using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Guildhall.Fabric;
using Guildhall.Networks;
using Guildhall.Tests.Fabric;

namespace Guildhall.Tests.Console;

/// <summary>Signing a channel's change with a browser: what is asked, the file that is carried to the key, and what is handed in.</summary>
public sealed class SignatureRequestTests
{
    [Fact]
    public async Task A_member_signs_with_the_file_that_it_downloads_and_the_change_goes_on()
    {
        await using var consortium = await Consortium.StartAsync(await StandInNetwork.StartAsync(new NetworkPlan("Org1MSP")));
        var (service, mill, foundry) = (consortium.Service, new TestOrganization("Org2MSP"), new TestOrganization("Org3MSP"));
        await consortium.AttachAsync(service.Invitee, mill, holdsKey: false);
        await consortium.AttachAsync(service.Third, foundry, holdsKey: false);
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();
        await consortium.AgreeAsync(service.Third);
        await consortium.WorkAsync();
        var visitor = ConsoleVisitor.With(service, service.Invitee.Token);

        await visitor.GetAsync("/console/inbox");
        Assert.Contains("<span class=\"count\">1 <span class=\"hidden\">waiting for an answer</span>", visitor.Page);
        await visitor.GetAsync("/console/inbox/signatures");
        Assert.Contains("south-foundry joins channel trade", visitor.Page);
        var here = "/console/inbox/signatures/" + (string)(await Consortium.AskedAsync(service.Invitee)).Single()["id"]!;
        await visitor.GetAsync(here);
        Assert.Contains("Org2MSP is asked to sign: south-foundry joins channel trade", visitor.Page);
        Assert.Contains("Org3MSP joins, with the authority", visitor.Page);
        Assert.Contains("This would finish it:", visitor.Page);
        Assert.Contains("<li><bdi>Org2MSP</bdi></li>", visitor.Page);
        Assert.Equal(200, await visitor.GetAsync(here + "/request.json"));
        Assert.Equal("trade-Org2MSP.request.json", visitor.Last.Content.Headers.ContentDisposition!.FileName);
        var request = SignatureRequestFile.Read(await visitor.Last.Content.ReadAsByteArrayAsync());
        var signature = new SignatureFile(request.Update.Digest, await UpdateSignature.CreateAsync(request.Update, mill.Admin, default), mill.MspId).Write();

        await visitor.GetAsync(here);
        Assert.Equal(303, await HandInAsync(visitor, here + "/sign", signature));
        await visitor.GetAsync(here);
        Assert.Contains("The signature of Org2MSP is taken.", visitor.Page);
        await consortium.WorkAsync();

        Assert.Equal("agreed", (await consortium.SeeAsync(service.Third)).State);
        await visitor.GetAsync(here);
        Assert.DoesNotContain(here + "/sign", visitor.Page);
        await visitor.GetAsync("/console/inbox");
        Assert.DoesNotContain("<span class=\"count\">", visitor.Page);
    }

    [Fact]
    public async Task A_kept_key_signs_at_a_button_and_its_owner_says_what_it_signs_without()
    {
        await using var consortium = await Consortium.StartAsync(await StandInNetwork.StartAsync(new NetworkPlan("Org1MSP")));
        var service = consortium.Service;
        await consortium.AttachAsync(service.Invitee, new TestOrganization("Org2MSP"), holdsKey: true);
        await consortium.AttachAsync(service.Third, new TestOrganization("Org3MSP"), holdsKey: false);
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();
        var visitor = ConsoleVisitor.With(service, service.Invitee.Token);
        var network = $"/console/services/{service.Invitee.ServiceId}/network";
        await visitor.GetAsync(network);
        Assert.Contains("others join or leave, at most 10 a day", visitor.Page);
        Assert.Equal(303, await visitor.SubmitAsync(network + "/automatic", ("none", "1")));
        await visitor.GetAsync(network);
        Assert.Contains("Everything that others ask for is asked.", visitor.Page);

        await consortium.AgreeAsync(service.Third);
        await consortium.WorkAsync();
        var here = "/console/inbox/signatures/" + (string)(await Consortium.AskedAsync(service.Invitee)).Single()["id"]!;
        await visitor.GetAsync(here);
        Assert.Contains("the nodes of harbor-trade", visitor.Page);
        Assert.Equal(422, await visitor.SubmitAsync(here + "/approve", ("digest", "00")));
        Assert.Equal(303, await visitor.SubmitAsync(here + "/approve"));
        await consortium.WorkAsync();
        Assert.Equal("agreed", (await consortium.SeeAsync(service.Third)).State);

        await visitor.GetAsync(network);
        Assert.Equal(303, await visitor.SubmitAsync(network + "/automatic", ("channel", "trade"), ("join", "1"), ("per-day", "3"), ("until", $"{service.Clock.GetUtcNow().AddDays(9):yyyy-MM-dd}")));
        await visitor.GetAsync(network);
        Assert.Contains("others join, at most 3 a day", visitor.Page);
        Assert.Equal(422, await visitor.SubmitAsync(network + "/automatic", ("channel", "trade"), ("per-day", "3")));
    }

    [Fact]
    public async Task What_would_not_count_is_told_beside_the_field()
    {
        await using var service = await TestService.StartAsync();
        await AskedToSign.AskAsync(service);
        var visitor = ConsoleVisitor.With(service, service.Inviter.Token);
        var here = "/console/inbox/signatures/" + AskedToSign.Id;
        var digest = (string)JsonNode.Parse((await service.Inviter.GetAsync("signature-requests/" + AskedToSign.Id)).Body)!["digest"]!;
        string Written(string signature, string of) => new JsonObject { ["digest"] = of, ["signature"] = signature, ["msp_id"] = "Org3MSP" }.ToJsonString();

        foreach (var (file, words) in ((string, string)[])
        [
            ("", "Something has to be chosen first"),
            ("nonsense", "It is no file that guildhall sign wrote"),
            (Written(AskedToSign.Signature, "00"), "it is of another change, or of this one before the channel moved"),
            (Written(AskedToSign.ForgedSignature, digest), "The signature does not count"),
        ])
        {
            await visitor.GetAsync(here);
            Assert.Equal(422, await HandInAsync(visitor, here + "/sign", Encoding.UTF8.GetBytes(file)));
            Assert.Matches("id=\"file\"[^>]* aria-invalid=\"true\"", visitor.Page);
            Assert.Matches($"id=\"file-problem\" role=\"alert\">[^\n]*{words}", visitor.Page);
        }

        await visitor.GetAsync(here);
        Assert.Equal(303, await visitor.SubmitAsync(here + "/sign", ("text", Written(AskedToSign.Signature, digest))));
        await visitor.GetAsync(here);
        Assert.Contains("Signed", visitor.Page);
    }

    [Fact]
    public async Task Who_declines_says_why_and_may_still_sign()
    {
        await using var service = await TestService.StartAsync();
        await AskedToSign.AskAsync(service);
        var visitor = ConsoleVisitor.With(service, service.Inviter.Token);
        var here = "/console/inbox/signatures/" + AskedToSign.Id;

        await visitor.GetAsync(here);
        Assert.Equal(422, await visitor.SubmitAsync(here + "/decline", ("reason", " ")));
        Assert.Contains("reason is required: the others will read it", visitor.Page);
        Assert.Equal(303, await visitor.SubmitAsync(here + "/decline", ("reason", "not <before> May")));
        await visitor.GetAsync(here);

        Assert.Contains("<bdi>not &lt;before&gt; May</bdi>", visitor.Page);
        Assert.Contains($"action=\"{here}/sign\"", visitor.Page);
    }

    /// <summary>As a browser sends a file that was chosen.</summary>
    private static async Task<int> HandInAsync(ConsoleVisitor visitor, string action, byte[] file)
    {
        using var form = new MultipartFormDataContent();
        foreach (var (name, value) in visitor.HiddenOf(action))
        {
            form.Add(new StringContent(value), $"\"{name}\"");
        }

        var content = new ByteArrayContent(file);
        content.Headers.ContentDisposition = new ContentDispositionHeaderValue("form-data") { Name = "\"file\"", FileName = file.Length == 0 ? "\"\"" : "\"signature.json\"" };
        form.Add(content);
        return await visitor.SendAsync(HttpMethod.Post, action, form);
    }
}

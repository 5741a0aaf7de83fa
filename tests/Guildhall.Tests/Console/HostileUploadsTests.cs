using System.Net.Http.Headers;
using System.Text;

namespace Guildhall.Tests.Console;

/// <summary>Uploads of an attachment that no browser sends.</summary>
public sealed class HostileUploadsTests
{
    [Fact]
    public async Task Two_folders_with_the_same_file_are_one()
    {
        var (status, page) = await SendAsync(("msp-0", "a/config.yaml", "NodeOUs: { Enable: true }"u8.ToArray()), ("msp-0", "b/config.yaml", "[]"u8.ToArray()), ("profile", "profile.yaml", "{}"u8.ToArray()));

        Assert.Equal(422, status);
        Assert.Contains("config.yaml is not a YAML or JSON object.", page);
    }

    [Fact]
    public async Task A_document_that_is_not_UTF8_is_refused()
    {
        var (status, page) = await SendAsync(("document", "document.json", [.. "{\"profile\":\""u8, 0xe8, .. "\"}"u8]));

        Assert.Equal(422, status);
        Assert.Contains("it is not UTF-8", page);
    }

    [Fact]
    public async Task Ten_thousand_values_of_one_field_are_too_many() =>
        Assert.Contains("the form has too many fields or files", (await SendAsync([.. Enumerable.Repeat(("a", (string?)null, "b"u8.ToArray()), 10_000)])).Page);

    private static async Task<(int Status, string Page)> SendAsync(params (string Field, string? File, byte[] Content)[] parts)
    {
        await using var service = await TestService.StartAsync();
        var visitor = ConsoleVisitor.With(service, service.Invitee.Token);
        var here = $"/console/services/{service.Invitee.ServiceId}/network";
        await visitor.GetAsync(here);
        using var body = new MemoryStream();
        foreach (var (field, file, content) in visitor.HiddenOf(here).Select(one => (one.Name, (string?)null, Encoding.UTF8.GetBytes(one.Value))).Append(("msp-id-0", null, "Org1MSP"u8.ToArray())).Concat(parts))
        {
            body.Write(Encoding.UTF8.GetBytes($"--x\r\nContent-Disposition: form-data; name=\"{field}\"{(file is null ? "" : $"; filename=\"{file}\"")}\r\n\r\n"));
            body.Write(content);
            body.Write("\r\n"u8);
        }

        body.Write("--x--\r\n"u8);
        using var sent = new ByteArrayContent(body.ToArray()) { Headers = { ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x") } };
        return (await visitor.SendAsync(HttpMethod.Post, here, sent), visitor.Page);
    }
}

using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;

namespace Guildhall.Tests.Transport;

/// <summary>The pages that are made once: nobody notices that they are.</summary>
public sealed class SharedPagesTests
{
    private static CancellationToken Stopped => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_page_is_the_same_for_everybody_compressed_or_not()
    {
        await using var service = await TestService.StartAsync();
        for (var round = 0; round < 2; round++)
        {
            var (plain, plainBody) = await GetAsync(service, HttpMethod.Get);
            var (packed, packedBody) = await GetAsync(service, HttpMethod.Get, request => request.Headers.AcceptEncoding.ParseAdd("gzip, br"));
            var (head, headBody) = await GetAsync(service, HttpMethod.Head);

            Assert.Equal("text/javascript", plain.Content.Headers.ContentType!.ToString());
            Assert.Equal("Accept-Encoding", plain.Headers.Vary.ToString());
            Assert.Empty(plain.Content.Headers.ContentEncoding);
            Assert.Equal(["gzip"], packed.Content.Headers.ContentEncoding);
            using var unpacked = new GZipStream(new MemoryStream(packedBody), CompressionMode.Decompress);
            using var whole = new MemoryStream();
            await unpacked.CopyToAsync(whole, Stopped);
            Assert.Equal(plainBody, whole.ToArray());
            Assert.Equal((plainBody.Length, 0), (head.Content.Headers.ContentLength, headBody.Length));
        }
    }

    [Fact]
    public async Task Whoever_has_a_page_is_told_that_it_holds()
    {
        await using var service = await TestService.StartAsync();
        var (first, _) = await GetAsync(service, HttpMethod.Get);

        var (second, body) = await GetAsync(service, HttpMethod.Get, request => request.Headers.IfNoneMatch.Add(first.Headers.ETag!));
        var (other, _) = await GetAsync(service, HttpMethod.Get, request => request.Headers.IfNoneMatch.Add(new EntityTagHeaderValue("\"other\"")));

        Assert.Equal((HttpStatusCode.NotModified, 0), (second.StatusCode, body.Length));
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Theory]
    [InlineData("/docs", 301)]
    [InlineData("/docs/", 301)]
    [InlineData("/docs/nothing.js", 404)]
    [InlineData("/docs/index.html", 200)]
    public async Task What_is_not_a_page_is_answered_as_before(string path, int status)
    {
        await using var service = await TestService.StartAsync();
        for (var round = 0; round < 2; round++)
        {
            using var answer = await service.Http.GetAsync(new Uri(service.Address, path), Stopped);
            Assert.Equal(status, (int)answer.StatusCode);
        }
    }

    private static async Task<(HttpResponseMessage Answer, byte[] Body)> GetAsync(TestService service, HttpMethod method, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(service.Address, "/docs/swagger-ui-bundle.js"));
        change?.Invoke(request);
        var answer = await service.Http.SendAsync(request, Stopped);
        return (answer, await answer.Content.ReadAsByteArrayAsync(Stopped));
    }
}

using System.Net;

namespace Guildhall.Tests.Api;

/// <summary>What every answer says beside its body: that nobody keeps what is somebody's, how to sign in, and that browsers come back over TLS.</summary>
public sealed class AnswerHeadersTests
{
    [Theory]
    [InlineData("/v2/{project}/members", true, 200, "no-store")]
    [InlineData("/v2/{project}/members", false, 401, "no-store")]
    [InlineData("/v2/{project}/nothing", true, 404, "no-store")]
    [InlineData("/v2/{project}/members?limit=x", true, 400, "no-store")]
    [InlineData("/v3/projects", true, 200, "no-store")]
    [InlineData("/v3/projects", false, 401, "no-store")]
    [InlineData("/console/sign-in", false, 200, "no-store")]
    [InlineData("/health/live", false, 200, "no-store")]
    [InlineData("/openapi/v2.json", false, 200, "no-cache")]
    public async Task Nobody_keeps_what_is_somebodys(string path, bool isSignedIn, int status, string expected)
    {
        await using var service = await TestService.StartAsync();

        using var answer = await GetAsync(service, path, isSignedIn);

        Assert.Equal((status, expected), ((int)answer.StatusCode, answer.Headers.CacheControl!.ToString()));
    }

    [Theory]
    [InlineData("/v2/{project}/members")]
    [InlineData("/v3/projects")]
    public async Task Whoever_is_not_known_is_told_where_tokens_are_to_be_had(string path)
    {
        await using var service = await TestService.StartAsync();

        using var answer = await GetAsync(service, path, isSignedIn: false);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal($"Keystone uri=\"{service.Address.ToString().TrimEnd('/')}/v3\"", answer.Headers.WwwAuthenticate.ToString());
    }

    [Fact]
    public async Task Browsers_that_came_over_tls_are_told_to_come_back_so()
    {
        await using var service = await TestService.StartAsync(Engine.Sqlite, settings => settings with { TrustedProxies = [IPNetwork.Parse("127.0.0.0/8")] });

        using var secure = await GetAsync(service, "/v2/{project}/members", isSignedIn: true, scheme: "https");
        using var plain = await GetAsync(service, "/v2/{project}/members", isSignedIn: true);

        Assert.Equal("max-age=31536000", Assert.Single(secure.Headers.GetValues("Strict-Transport-Security")));
        Assert.False(plain.Headers.Contains("Strict-Transport-Security"));
    }

    private static Task<HttpResponseMessage> GetAsync(TestService service, string path, bool isSignedIn, string? scheme = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Address, path.Replace("{project}", service.Inviter.ProjectId, StringComparison.Ordinal)));
        if (isSignedIn)
        {
            request.Headers.Add("X-Auth-Token", service.Inviter.Token);
        }

        if (scheme is not null)
        {
            request.Headers.Add("X-Forwarded-Proto", scheme);
        }

        return service.Http.SendAsync(request);
    }
}

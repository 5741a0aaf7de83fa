using System.Net;
using System.Text;

namespace Guildhall.Tests.Hosting;

public sealed class TrustedProxiesTests
{
    [Theory]
    [InlineData("127.0.0.0/8", 401)]
    [InlineData("192.0.2.1/32", 429)]
    public async Task Failures_are_counted_per_caller_only_behind_a_proxy_that_is_trusted(string trusted, int afterManyFailures)
    {
        await using var service = await TestService.StartAsync(Engine.Sqlite, settings => settings with { TrustedProxies = [IPNetwork.Parse(trusted)] });

        for (var failure = 0; failure < 60; failure++)
        {
            await LogInAsync(service, $"user-{failure}", "203.0.113.7");
        }

        Assert.Equal(429, await LogInAsync(service, "another", "203.0.113.7"));
        Assert.Equal(afterManyFailures, await LogInAsync(service, "yet-another", "203.0.113.8"));
    }

    private static async Task<int> LogInAsync(TestService service, string user, string address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(service.Address, "/v3/auth/tokens"));
        request.Headers.Add("X-Forwarded-For", address);
        request.Content = new StringContent(
            $$"""{"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "{{user}}", "password": "wrong-password", "domain": {"name": "harbor-trade"} } } } } }""",
            Encoding.UTF8,
            "application/json");
        using var response = await service.Http.SendAsync(request);
        return (int)response.StatusCode;
    }
}

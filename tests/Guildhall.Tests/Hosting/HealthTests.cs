using Guildhall.Api;

namespace Guildhall.Tests.Hosting;

public sealed class HealthTests
{
    [Theory, EveryEngine]
    public async Task A_server_that_works_is_live_and_ready(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);

        Assert.Equal((200, """{"status":"live"}"""), await GetAsync(service, "live"));
        Assert.Equal((200, """{"status":"ready"}"""), await GetAsync(service, "ready"));
    }

    [Fact]
    public async Task A_server_that_stops_is_live_but_not_ready_and_takes_nothing_new()
    {
        await using var service = await TestService.StartAsync();

        await service.Services.GetRequiredService<Drain>().BeginAsync();

        Assert.Equal((200, """{"status":"live"}"""), await GetAsync(service, "live"));
        Assert.Equal((503, """{"status":"draining"}"""), await GetAsync(service, "ready"));
        Assert.Equal((503, """{"error_code":"BCS.5030503","error_msg":"The service is stopping"}"""), await service.Inviter.GetAsync("members"));
    }

    [Fact]
    public async Task A_server_without_its_store_is_not_ready()
    {
        await using var service = await TestService.StartAsync();

        await service.ExecuteAsync("DROP TABLE schema_steps");

        Assert.Equal((503, """{"status":"store unavailable"}"""), await GetAsync(service, "ready"));
    }

    private static async Task<(int Status, string Body)> GetAsync(TestService service, string probe)
    {
        using var response = await service.Http.GetAsync(new Uri(service.Address, "/health/" + probe));
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}

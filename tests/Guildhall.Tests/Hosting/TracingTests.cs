using System.Diagnostics;
using System.Text;
using System.Threading.Channels;
using Guildhall.Api;
using Guildhall.Hosting;

namespace Guildhall.Tests.Hosting;

/// <summary>Spans, as they arrive at a collector: a stand-in that keeps what it is sent.</summary>
public sealed class TracingTests : IAsyncLifetime
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string SpanId = "00f067aa0ba902b7";

    private readonly Channel<(string Path, string? Type, byte[] Body)> received = Channel.CreateUnbounded<(string, string?, byte[])>();
    private WebApplication collector = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        collector = builder.Build();
        collector.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            received.Writer.TryWrite((context.Request.Path, context.Request.ContentType, body.ToArray()));
            context.Response.ContentType = "application/x-protobuf";
        });
        await collector.StartAsync();
    }

    public ValueTask DisposeAsync() => collector.DisposeAsync();

    [Fact]
    public async Task A_span_goes_on_with_the_callers_trace_and_holds_nothing_that_is_nobodys_business()
    {
        await using var service = await TestService.StartAsync();
        using (Tracing.Start(new TracingSettings(new Uri(collector.Urls.Single()), Percent: 0)))
        {
            await AskAsync(service, $"00-{TraceId}-{SpanId}-01");
        }

        var (path, type, body) = await received.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));
        var text = Encoding.Latin1.GetString(body);
        Assert.Equal(("/v1/traces", "application/x-protobuf"), (path, type));
        Assert.Contains(Encoding.Latin1.GetString(Convert.FromHexString(TraceId)), text, StringComparison.Ordinal);
        Assert.Contains(Encoding.Latin1.GetString(Convert.FromHexString(SpanId)), text, StringComparison.Ordinal);
        Assert.All(
            (string[])["GET /v2/{project_id}/members", "http.response.status_code", "guildhall.request_id", service.Inviter.ProjectId, "guildhall", "service.version"],
            expected => Assert.Contains(expected, text, StringComparison.Ordinal));
        Assert.All(
            (string[])[service.Inviter.Token, "limit=7", service.Inviter.UserId],
            secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
    }

    /// <summary>A caller that is traced has decided for both; the share is of those that are not.</summary>
    [Theory]
    [InlineData(100, null, true)]
    [InlineData(0, null, false)]
    [InlineData(100, "00-" + TraceId + "-" + SpanId + "-00", false)]
    [InlineData(0, "00-" + TraceId + "-" + SpanId + "-01", true)]
    [InlineData(100, "nonsense", true)]
    public async Task The_caller_decides_what_is_traced_and_else_the_share_does(int percent, string? traceParent, bool isTraced)
    {
        await using var service = await TestService.StartAsync();
        using (Tracing.Start(new TracingSettings(new Uri(collector.Urls.Single()), percent)))
        {
            await AskAsync(service, traceParent);
        }

        // Tests beside this one are seen too; only this one's project counts.
        received.Writer.Complete();
        var spans = received.Reader.ReadAllAsync().ToBlockingEnumerable().Select(sent => Encoding.Latin1.GetString(sent.Body));
        Assert.Equal(isTraced, spans.Any(span => span.Contains(service.Inviter.ProjectId, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_collector_that_is_away_disturbs_nobody()
    {
        await using var service = await TestService.StartAsync();
        await collector.StopAsync();
        using (Tracing.Start(new TracingSettings(new Uri("http://127.0.0.1:9"), Percent: 100)))
        {
            await AskAsync(service, traceParent: null);
        }
    }

    private static async Task AskAsync(TestService service, string? traceParent)
    {
        Activity.Current = null; // else the client would put its own traceparent on the request
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Address, $"/v2/{service.Inviter.ProjectId}/members?limit=7"));
        request.Headers.Add("X-Auth-Token", service.Inviter.Token);
        if (traceParent is not null)
        {
            request.Headers.TryAddWithoutValidation("traceparent", traceParent);
        }

        using var response = await service.Http.SendAsync(request);
        Assert.Equal(System.Net.HttpStatusCode.OK, response.StatusCode);

        // The answer is there before the span ends.
        await service.Services.GetRequiredService<Drain>().BeginAsync();
    }
}

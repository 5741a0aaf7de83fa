using Guildhall.Api;

namespace Guildhall.Demo;

/// <summary>The switches that only a demo has, under <c>/demo</c>: the network's delay and failure, and the clock. docs/demo.md shows them.</summary>
internal static class DemoApi
{
    private const int MaxDelaySeconds = 24 * 60 * 60;
    private const int MaxAdvanceSeconds = int.MaxValue;
    private const int MaxFailureLength = 256;

    public static void MapDemo(this IEndpointRouteBuilder app)
    {
        var demo = app.MapGroup("/demo").AddEndpointFilter(LoopbackOnly.RefuseForeignPagesAsync);
        demo.MapGet("network", (DemoNetwork network) => ShowNetwork(network));
        demo.MapPut("network", SetNetworkAsync);
        demo.MapGet("clock", (DemoClock clock) => ShowClock(clock));
        demo.MapPost("clock", AdvanceAsync);
    }

    private static async Task<IResult> SetNetworkAsync(Fields body, DemoNetwork network, CancellationToken cancellationToken)
    {
        var channel = new ChannelTrouble(
            body.OptionalText("channel_name"), body.OptionalNumber("delay_seconds", 0, MaxDelaySeconds) ?? 0, body.OptionalText("failure", MaxFailureLength));
        if (body.Refusal is { } malformed)
        {
            return malformed.ToResponse();
        }

        await network.SetAsync(channel, cancellationToken);
        return ShowNetwork(network);
    }

    private static async Task<IResult> AdvanceAsync(Fields body, DemoClock clock, CancellationToken cancellationToken)
    {
        var seconds = body.Number("advance_seconds", 0, MaxAdvanceSeconds);
        if (body.Refusal is { } malformed)
        {
            return malformed.ToResponse();
        }

        var advanced = await clock.AdvanceAsync(seconds, cancellationToken);
        return advanced.IsRefused(out var refusal) ? refusal.ToResponse() : ShowClock(clock);
    }

    private static JsonResult<NetworkState> ShowNetwork(DemoNetwork network) => Answers.Ok(network.State, DemoJson.Plain.NetworkState);

    private static JsonResult<ClockState> ShowClock(DemoClock clock) => Answers.Ok(new ClockState(clock.GetUtcNow().UtcDateTime, clock.Offset), DemoJson.Plain.ClockState);
}

/// <param name="AheadSeconds">How far the demo's time is ahead of the machine's.</param>
internal sealed record ClockState(DateTime Now, long AheadSeconds);

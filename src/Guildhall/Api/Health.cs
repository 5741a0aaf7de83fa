using System.Data.Common;
using System.Text.Json.Serialization;
using Guildhall.Storage;

namespace Guildhall.Api;

/// <summary>What a supervisor and a load balancer ask. Answered without credentials, and also while the service stops.</summary>
internal static class Health
{
    /// <summary>These paths pass the guard while the service drains.</summary>
    public static readonly PathString Path = "/health";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", () => Answer("live", StatusCodes.Status200OK));
        app.MapGet("/health/ready", ReadyAsync);
    }

    private static async Task<IResult> ReadyAsync(Drain drain, Store store, CancellationToken cancellationToken)
    {
        if (drain.HasBegun)
        {
            return Answer("draining", StatusCodes.Status503ServiceUnavailable);
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await store.ReadAsync(session => session.CountAsync("SELECT count(*) FROM schema_steps", cancellationToken: patience.Token), patience.Token);
            return Answer("ready", StatusCodes.Status200OK);
        }
        catch (Exception exception) when (exception is DbException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return Answer("store unavailable", StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static JsonResult<HealthStatus> Answer(string status, int code) => new(new HealthStatus(status), HealthJson.Default.HealthStatus, code);
}

internal sealed record HealthStatus([property: JsonPropertyName("status")] string Status);

[JsonSerializable(typeof(HealthStatus))]
internal sealed partial class HealthJson : JsonSerializerContext;

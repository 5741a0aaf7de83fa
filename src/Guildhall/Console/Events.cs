using System.Text;
using Guildhall.Api;
using Guildhall.Identity;
using Guildhall.Operations;
using Guildhall.Storage;

namespace Guildhall.Console;

/// <summary>Server-sent events: a word whenever what a page shows may have changed. The page then asks for itself again.</summary>
/// <remarks>It looks twice a second at two small rows, and ends with the session, or after a while; browsers then come again.</remarks>
internal sealed class Events(ConsoleRequest request, string operationId, string seen) : IResult
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);
    private static readonly byte[] Opening = Encoding.UTF8.GetBytes("retry: 3000\n\n");
    private static readonly byte[] Changed = Encoding.UTF8.GetBytes("event: changed\ndata: \n\n");

    public static Task<IResult> FollowAsync(ConsoleRequest request) => Task.FromResult<IResult>(new Events(request, request.Query("operation"), request.Query("seen")));

    /// <summary>What there is to see: the number of the account's register, and how far the operation has come.</summary>
    public static string MarkOf(AccountVersions versions, Operation? operation)
    {
        var steps = string.Join('|', operation?.Steps.Select(step => $"{step.Status} {step.Attempts} {step.StartedAt?.UtcTicks} {string.Join(' ', step.Messages)}") ?? []);
        return Sha256.Hex($"{versions.Register} {versions.Identity} {steps}")[..16];
    }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using var stream = request.Get<EventStreams>().Open(request.Caller.AccountId, request.Caller.UserId);
        if (stream is null)
        {
            httpContext.Response.StatusCode = StatusCodes.Status503ServiceUnavailable; // the page asks by itself then
            return;
        }

        try
        {
            await FollowAsync(httpContext);
        }
        catch (OperationCanceledException) when (httpContext.RequestAborted.IsCancellationRequested)
        {
            // The page was left.
        }
    }

    private async Task FollowAsync(HttpContext context)
    {
        var (drain, stopping) = (request.Get<Drain>(), request.Get<IHostApplicationLifetime>().ApplicationStopping);
        context.Response.ContentType = "text/event-stream";
        await context.Response.Body.WriteAsync(Opening, context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        var last = seen;
        for (var left = Lifetime; left > TimeSpan.Zero && !drain.HasBegun && !stopping.IsCancellationRequested; left -= BetweenLooks)
        {
            if (await LookAsync(context.RequestAborted) is not { } now)
            {
                return;
            }

            if (now != last)
            {
                last = now;
                await context.Response.Body.WriteAsync(Changed, context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }

            await Task.Delay(BetweenLooks, context.RequestAborted);
        }
    }

    /// <summary>What there is to see; null where the session has ended.</summary>
    private async Task<string?> LookAsync(CancellationToken cancellationToken) => await request.FindVersionsAsync() is { } versions
        ? MarkOf(versions, operationId.Length == 0 ? null : await request.Overview.FindOperationAsync(request.Caller, operationId, cancellationToken))
        : null;
}

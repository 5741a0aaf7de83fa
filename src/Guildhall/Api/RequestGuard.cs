using Guildhall.Memberships;
using Guildhall.Storage;
using Microsoft.AspNetCore.Http.Features;

namespace Guildhall.Api;

/// <summary>
/// Stands around every request: gives it an id, refuses what no operation should see, turns whatever goes wrong into the documented body,
/// and writes the access log line.
/// </summary>
internal sealed partial class RequestGuard(
    RequestDelegate next, Drain drain, Gate gate, RefusalPace pace, Store store, TimeProvider clock, ILogger<RequestGuard> log)
{
    /// <summary>The most characters of one header, and so of a token (the reference's limit for X-Auth-Token).</summary>
    public const int MaxHeaderLength = 32768;

    /// <summary>The most bytes of all headers.</summary>
    public const int MaxHeadersLength = 128 * 1024;

    /// <summary>The most headers.</summary>
    public const int MaxHeaders = 100;

    /// <summary>The most bytes of path and query.</summary>
    public const int MaxTargetLength = 32768;

    /// <summary>The caller has gone; only the log sees this.</summary>
    private const int Gone = 499;

    public async Task InvokeAsync(HttpContext context)
    {
        var visit = new Visit(new Place(gate));
        context.TraceIdentifier = visit.Id;
        context.Features.Set(visit);
        context.Response.OnStarting(Visit.BeginAnswerAsync, context.Response);
        using var counted = drain.Enter();
        using var span = RequestSpan.Begin(context);
        var started = clock.GetTimestamp();
        try
        {
            await (drain.HasBegun || IsOfHealth(context) || visit.Place.TryTake() ? RunAsync(context, visit) : TurnAwayAsync(context));
        }
        finally
        {
            visit.Place.Leave();
            if (span is not null)
            {
                RequestSpan.End(span, context, visit.Id);
            }

            if (log.IsEnabled(LogLevel.Information))
            {
                Say(context, visit, clock.GetElapsedTime(started));
            }
        }
    }

    private static bool IsOfHealth(HttpContext context) => context.Request.Path.StartsWithSegments(Health.Path);

    /// <summary>Reads nothing, asks nobody, and keeps the connection: a new one would cost more than the answer.</summary>
    private async Task TurnAwayAsync(HttpContext context)
    {
        try
        {
            await pace.WaitAsync(context.RequestAborted);
            await ErrorBodies.WriteAsync(context, Refusal.Overloaded);
        }
        catch (OperationCanceledException)
        {
            context.Response.StatusCode = Gone;
        }
    }

    private async Task RunAsync(HttpContext context, Visit visit)
    {
        using var scope = log.BeginScope(visit);
        try
        {
            if (WhyNot(context) is { } refusal)
            {
                context.Response.Headers.Connection = "close";
                await ErrorBodies.WriteAsync(context, refusal);
                return;
            }

            await next(context);
            await DressAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            context.Response.StatusCode = Gone;
        }
        catch (BadHttpRequestException exception) when (!context.Response.HasStarted)
        {
            await ErrorBodies.WriteAsync(context, Refusal.BodyMalformed.Because("the request breaks off or is not HTTP"));
            Broken(exception.Message);
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            Failed(exception);
            context.Response.Clear();
            await ErrorBodies.WriteAsync(context, store.IsPassing(exception) ? Refusal.Busy : Refusal.Internal);
        }
    }

    private Refusal? WhyNot(HttpContext context)
    {
        if (drain.HasBegun && !IsOfHealth(context))
        {
            return Refusal.Draining;
        }

        if (context.Request.Protocol is "HTTP/1.0" or "HTTP/0.9")
        {
            return Refusal.ProtocolUnsupported.Because($"this request came as {context.Request.Protocol}");
        }

        if (context.Features.Get<IHttpRequestFeature>()!.RawTarget.Length > MaxTargetLength)
        {
            return Refusal.UriTooLong.Because($"path and query may have {MaxTargetLength} bytes");
        }

        var (count, total) = (0, 0L);
        foreach (var (name, values) in context.Request.Headers)
        {
            foreach (var value in values)
            {
                var length = value?.Length ?? 0;
                if (length > MaxHeaderLength)
                {
                    return Refusal.HeadersTooLarge.Because($"{Refusal.Quote(name)} has {length} characters, at most {MaxHeaderLength} are allowed");
                }

                count++;
                total += name.Length + length;
            }
        }

        return count > MaxHeaders || total > MaxHeadersLength
            ? Refusal.HeadersTooLarge.Because($"{count} headers of {total} bytes; at most {MaxHeaders} of {MaxHeadersLength} bytes are allowed")
            : null;
    }

    /// <summary>Routing answers an unknown path and a wrong method with a bare status; these get the documented body.</summary>
    private static Task DressAsync(HttpContext context)
    {
        var response = context.Response;
        if (response.HasStarted || response.ContentLength is not null || response.ContentType is not null)
        {
            return Task.CompletedTask;
        }

        Refusal? refusal = response.StatusCode switch
        {
            StatusCodes.Status404NotFound => Refusal.UrlUnknown.Because($"{context.Request.Method} {Refusal.Quote(context.Request.Path)}"),
            StatusCodes.Status405MethodNotAllowed => Refusal.MethodUnsupported.Because($"{context.Request.Method}; use {response.Headers.Allow}"),
            StatusCodes.Status415UnsupportedMediaType => Refusal.MediaTypeUnsupported,
            _ => null,
        };
        return refusal is null ? Task.CompletedTask : ErrorBodies.WriteAsync(context, refusal);
    }

    /// <summary>Writes the access log's line.</summary>
    private void Say(HttpContext context, Visit visit, TimeSpan took)
    {
        var line = new Answered(
            visit.Id, context.Request.Method, context.Request.Path.Value ?? "", context.Response.StatusCode, took.TotalMilliseconds,
            context.Features.Get<Identity.Caller>()?.ProjectId ?? "-");
        log.Log(LogLevel.Information, default, line, exception: null, static (said, _) => said.ToString());
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The request failed.")]
    private partial void Failed(Exception exception);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The request is broken: {Reason}")]
    private partial void Broken(string reason);
}

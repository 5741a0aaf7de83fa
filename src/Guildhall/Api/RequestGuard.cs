using Guildhall.Hosting;
using Guildhall.Memberships;
using Guildhall.Storage;
using Microsoft.AspNetCore.Http.Features;

namespace Guildhall.Api;

/// <summary>
/// Stands around every request: gives it an id, refuses what no operation should see, turns whatever goes wrong into the documented body,
/// and writes the access log line.
/// </summary>
internal sealed partial class RequestGuard(
    RequestDelegate next, Drain drain, Gate gate, Clients clients, UnreadAnswers unread, LoadLimits load, RefusalPace pace, Store store, TimeProvider clock,
    ILogger<RequestGuard> log)
{
    private readonly Func<Visit, ArrivingBody> newBody = visit => new ArrivingBody(visit, load, clock);

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

    /// <summary>HTTP/2's REFUSED_STREAM: nothing was done, and the request may be sent again.</summary>
    private const int RefusedStream = 7;

    public async Task InvokeAsync(HttpContext context)
    {
        var connection = context.Features.Get<ClientConnection>();
        var visit = new Visit(new Place(gate), clients.Enter(context, connection), newBody);
        context.TraceIdentifier = visit.Id;
        context.Features.Set(visit);
        context.Response.OnStarting(Visit.BeginAnswerAsync, context.Response);
        using var answer = unread.Pace(context, visit.Client);
        using var counted = drain.Enter();
        using var span = RequestSpan.Begin(context);
        var started = clock.GetTimestamp();
        var head = RequestHead.Of(context.Request);
        var isOpen = visit.Client.TryOpen();
        connection?.Begin();
        try
        {
            await (!isOpen ? RefuseAsync(context)
                : head.IsLong && visit.Hold(head.Memory) is not null ? CutAsync(context)
                : drain.HasBegun || IsOfHealth(context) || visit.Place.TryTake() ? RunAsync(context, visit, head)
                : TurnAwayAsync(context));
        }
        finally
        {
            visit.End();
            if (isOpen)
            {
                visit.Client.Close();
            }

            connection?.End(visit.IsBodyRead ? 0 : Math.Min(context.Request.ContentLength ?? 0, RequestBody.MaxLength));
            clients.Leave(visit.Client, connection);
            if (span is not null)
            {
                RequestSpan.End(span, context, visit.Id);
            }

            if (log.IsEnabled(LogLevel.Information))
            {
                Say(context, visit, clock.GetElapsedTime(started));
            }

            if (head.IsLong)
            {
                context.Request.Headers.Clear(); // the connection would keep them for the next request, which may never come
            }
        }
    }

    /// <summary>Whether the request is what went wrong. Of a chunk whose size is beyond 31 bits Kestrel says so by an overflow, and not as of other bad requests.</summary>
    private static bool IsBroken(Exception exception) => exception is BadHttpRequestException or IOException { InnerException: OverflowException };

    private static bool IsOfHealth(HttpContext context) => context.Request.Path.StartsWithSegments(Health.Path);

    /// <summary>Refuses a request beyond those that its address may have open: a stream without an answer, which nobody might read.</summary>
    private Task RefuseAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpResetFeature>() is not { } stream)
        {
            return ErrorBodies.WriteAsync(context, Refusal.TooManyAtOnce.Because($"{load.RequestsPerAddress} requests of this address are open"));
        }

        context.Response.StatusCode = Gone;
        stream.Reset(RefusedStream);
        return Task.CompletedTask;
    }

    /// <summary>There is no memory to hold the request's headers until an answer is read.</summary>
    private static Task CutAsync(HttpContext context)
    {
        context.Response.StatusCode = Gone;
        context.Abort();
        return Task.CompletedTask;
    }

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

    private async Task RunAsync(HttpContext context, Visit visit, RequestHead head)
    {
        using var scope = log.BeginScope(visit);
        try
        {
            if (WhyNot(context, head) is { } refusal)
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
            if (!context.Response.HasStarted) // otherwise the caller has had the status, and hung up in the middle of the answer
            {
                context.Response.StatusCode = Gone;
            }
        }
        catch (Exception exception) when (IsBroken(exception) && !context.Response.HasStarted)
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

    private Refusal? WhyNot(HttpContext context, RequestHead head)
    {
        if (drain.HasBegun && !IsOfHealth(context))
        {
            return Refusal.Draining;
        }

        if (context.Request.Protocol is "HTTP/1.0" or "HTTP/0.9")
        {
            return Refusal.ProtocolUnsupported.Because($"this request came as {context.Request.Protocol}");
        }

        if (head.TargetLength > MaxTargetLength)
        {
            return Refusal.UriTooLong.Because($"path and query may have {MaxTargetLength} bytes");
        }

        if (head.LongestLength > MaxHeaderLength)
        {
            return Refusal.HeadersTooLarge.Because($"{Refusal.Quote(head.LongestName)} has {head.LongestLength} characters, at most {MaxHeaderLength} are allowed");
        }

        if (head.Count > MaxHeaders || head.Length > MaxHeadersLength)
        {
            return Refusal.HeadersTooLarge.Because($"{head.Count} headers of {head.Length} bytes; at most {MaxHeaders} of {MaxHeadersLength} bytes are allowed");
        }

        if (head.TargetLength > RequestHead.Usual)
        {
            context.Response.Headers.Connection = "close"; // which would keep the target for as long as it is open
        }

        return null;
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

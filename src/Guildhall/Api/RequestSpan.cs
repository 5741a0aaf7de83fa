using System.Diagnostics;

namespace Guildhall.Api;

/// <summary>The span of one request, named for its route. It goes on with the trace that the caller's <c>traceparent</c> names.</summary>
internal static class RequestSpan
{
    /// <summary>Null while nobody listens, or where the trace is not sampled.</summary>
    public static Activity? Begin(HttpContext context)
    {
        if (!Telemetry.Source.HasListeners())
        {
            return null;
        }

        // Its companion tracestate is for those who call on; Guildhall calls nobody.
        _ = ActivityContext.TryParse(context.Request.Headers.TraceParent, traceState: null, isRemote: true, out var caller);
        return Telemetry.Source.StartActivity("HTTP", ActivityKind.Server, caller);
    }

    public static void End(Activity span, HttpContext context, string requestId)
    {
        // Text of the caller's own, such as an unknown method or path, stays out: it may be anything.
        if (context.GetEndpoint() is RouteEndpoint { RoutePattern.RawText: { } route })
        {
            span.DisplayName = $"{context.Request.Method} {route}";
            span.SetTag("http.request.method", context.Request.Method).SetTag("http.route", route);
        }

        span.SetTag("http.response.status_code", context.Response.StatusCode).SetTag("guildhall.request_id", requestId);
        if (context.Features.Get<Identity.Caller>() is { } caller)
        {
            span.SetTag("guildhall.project_id", caller.ProjectId);
        }

        if (context.Response.StatusCode >= StatusCodes.Status500InternalServerError)
        {
            span.SetStatus(ActivityStatusCode.Error);
        }
    }
}

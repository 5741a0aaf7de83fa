using Guildhall.Api;
using Guildhall.Hosting;
using Guildhall.Memberships;

namespace Guildhall.Demo;

/// <summary>Keeps a demo to programs of this machine, and its switches from pages that a browser has opened.</summary>
internal static class LoopbackOnly
{
    /// <summary>A page of another site may have its own name point to 127.0.0.1; then the name in the request betrays it.</summary>
    public static readonly Refusal HostForeign = new(
        421, "DEMO.4210421", "The demo answers requests to 127.0.0.1, [::1] and localhost only", Rank: int.MaxValue, Remedy: "");

    public static readonly Refusal OriginForeign = new(
        403, "DEMO.4030403", "The demo's switches take no requests from pages of another origin", Rank: int.MaxValue, Remedy: "");

    /// <exception cref="OperatorException">An address is reachable from another machine, or not served by a demo.</exception>
    public static void Insist(IEnumerable<string> urls)
    {
        foreach (var url in urls)
        {
            if (ListenAddresses.Malformation(url) is { } malformed)
            {
                throw new OperatorException($"--urls: {malformed}.");
            }

            var isLoopback = Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme == "http" && ListenAddresses.IsLoopback(uri.Host);
            if (!isLoopback)
            {
                throw new OperatorException(
                    $"--urls: {url} is not for a demo, whose passwords lie in a file and whose clock anyone may move. It listens on this machine only, "
                    + "such as at http://127.0.0.1:8080. To serve others, run guildhall serve.");
            }
        }
    }

    /// <summary>Middleware: refuses a request that was sent to another name.</summary>
    public static Task RefuseForeignHosts(HttpContext context, RequestDelegate next) =>
        ListenAddresses.IsLoopback(context.Request.Host.Host)
            ? next(context)
            : HostForeign.ToResponse().ExecuteAsync(context);

    /// <summary>Endpoint filter: refuses what a page of another site can send, with and without a preflight.</summary>
    public static async ValueTask<object?> RefuseForeignPagesAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var request = invocation.HttpContext.Request;
        foreach (var origin in request.Headers.Origin)
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || !uri.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase))
            {
                return OriginForeign.ToResponse();
            }
        }

        // Elsewhere no content type is taken for JSON; here it is what a page's form or beacon could leave out.
        return !HttpMethods.IsGet(request.Method) && string.IsNullOrEmpty(request.ContentType)
            ? Refusal.MediaTypeUnsupported.Because("send Content-Type: application/json").ToResponse()
            : await next(invocation);
    }
}

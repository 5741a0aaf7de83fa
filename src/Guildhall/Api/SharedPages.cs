using System.Collections.Concurrent;
using Microsoft.Net.Http.Headers;

namespace Guildhall.Api;

/// <summary>Files that something else can make, each made once and then kept: whoever asks again is sent the same bytes.</summary>
/// <remarks>They are made without the caller's request, so that it can neither ask for parts nor break off. What is not found is not kept.</remarks>
/// <param name="make">Answers a request for a file. There are few, and none is told from another by the case of its letters.</param>
#pragma warning disable CA1001 // It lives as long as the server, and the semaphore holds nothing of the system's.
internal sealed class SharedPages(RequestDelegate make)
#pragma warning restore CA1001
{
    /// <summary>More than there are; if somebody finds a way to have one file under many names, no more are kept.</summary>
    private const int MostKept = 64;

    private static readonly string[] Kept = [HeaderNames.CacheControl, HeaderNames.ContentEncoding, HeaderNames.Vary];

    private readonly ConcurrentDictionary<(string Path, bool IsCompressed), SharedBody> known = new();
    private readonly SemaphoreSlim making = new(1, 1);

    public async Task SendAsync(HttpContext context)
    {
        var key = (context.Request.Path.Value?.ToLowerInvariant() ?? "", TakesGzip(context.Request));
        if (!known.TryGetValue(key, out var body))
        {
            body = await FindAsync(context, key);
        }

        await (body is null ? make(context) : body.SendAsync(context));
    }

    private static bool TakesGzip(HttpRequest request) =>
        request.Headers.AcceptEncoding.Count > 0
        && request.GetTypedHeaders().AcceptEncoding.Any(coding => coding.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase) && coding.Quality is not 0);

    /// <summary>One at a time, so that a crowd which asks for the same file has it made once.</summary>
    private async Task<SharedBody?> FindAsync(HttpContext context, (string Path, bool IsCompressed) key)
    {
        await making.WaitAsync(context.RequestAborted);
        try
        {
            if (!known.TryGetValue(key, out var body) && (body = await MakeAsync(context, key.IsCompressed)) is not null && known.Count < MostKept)
            {
                known[key] = body;
            }

            return body;
        }
        finally
        {
            making.Release();
        }
    }

    private async Task<SharedBody?> MakeAsync(HttpContext context, bool isCompressed)
    {
        using var content = new MemoryStream();
        var asked = new DefaultHttpContext { RequestServices = context.RequestServices };
        (asked.Request.Method, asked.Request.Path, asked.Response.Body) = (HttpMethods.Get, context.Request.Path, content);
        if (isCompressed)
        {
            asked.Request.Headers.AcceptEncoding = "gzip";
        }

        await make(asked);
        var response = asked.Response;
        await response.BodyWriter.FlushAsync();
        if (response.StatusCode != StatusCodes.Status200OK)
        {
            return null;
        }

        var tag = EntityTagHeaderValue.TryParse(response.Headers.ETag.ToString(), out var found) ? found : null;
        return new SharedBody(
            content.ToArray(),
            response.ContentType ?? "application/octet-stream",
            tag,
            [.. from name in Kept where response.Headers.ContainsKey(name) select KeyValuePair.Create(name, response.Headers[name].ToString())]);
    }
}

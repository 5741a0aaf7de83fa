using Guildhall.Api;
using Microsoft.Net.Http.Headers;

namespace Guildhall.Console.Shared;

/// <summary>A file that is made as it is sent.</summary>
/// <param name="writeNext">Writes the next piece into the body, and answers whether another follows.</param>
internal sealed class Download(ConsoleRequest request, string contentType, string name, ChunkedBody body, Func<CancellationToken, Task<bool>> writeNext) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName(name);
        httpContext.Response.Headers.ContentDisposition = disposition.ToString();
        if (await request.Get<LongAnswers>().SendAsync(httpContext, request.Caller.AccountId, contentType, body, writeNext) is { } refusal)
        {
            httpContext.Response.Headers.Remove(HeaderNames.ContentDisposition);
            await request.Refuse(refusal).ExecuteAsync(httpContext);
        }
    }
}

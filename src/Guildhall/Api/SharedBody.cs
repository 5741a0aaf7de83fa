using Microsoft.Net.Http.Headers;

namespace Guildhall.Api;

/// <summary>A body that is in memory once, however many read it, with what it is called and whether it has changed.</summary>
/// <param name="headers">What is answered beside its type and length, such as how long it may be kept.</param>
internal sealed class SharedBody(ReadOnlyMemory<byte> content, string type, EntityTagHeaderValue? tag, params IReadOnlyList<KeyValuePair<string, string>> headers)
{
    public async Task SendAsync(HttpContext context)
    {
        var response = context.Response;
        foreach (var (name, value) in headers)
        {
            response.Headers[name] = value;
        }

        if (tag is not null)
        {
            response.Headers.ETag = tag.ToString();
        }

        if (IsKnownTo(context.Request))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = type;
        response.ContentLength = content.Length;
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        for (var rest = content; rest.Length > 0;)
        {
            var piece = rest[..Math.Min(PacedAnswer.PieceLength, rest.Length)];
            await response.BodyWriter.WriteAsync(piece, context.RequestAborted);
            rest = rest[piece.Length..];
        }
    }

    private bool IsKnownTo(HttpRequest request) =>
        tag is not null && request.Headers.IfNoneMatch.Count > 0
        && request.GetTypedHeaders().IfNoneMatch.Any(known => known.Equals(EntityTagHeaderValue.Any) || known.Compare(tag, useStrongComparison: false));
}

using System.Text.Unicode;
using Guildhall.Memberships;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Guildhall.Api;

/// <summary>The raw bytes of the request's body, read once: the signature hashes them and the operation parses them.</summary>
internal static class RequestBody
{
    /// <summary>The most bytes of a body.</summary>
    public const int MaxLength = 1024 * 1024;

    private static readonly object Key = new();

    /// <summary>The body as bytes, or why it cannot be had.</summary>
    public static async Task<Result<ReadOnlyMemory<byte>>> ReadAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
        {
            return ReadOnlyMemory<byte>.Empty;
        }

        if (context.Items.TryGetValue(Key, out var read))
        {
            return (Result<ReadOnlyMemory<byte>>)read!;
        }

        var body = await ReadOnceAsync(context);
        context.Items[Key] = body;
        return body;
    }

    /// <summary>The body as bytes that may be JSON: of the right content type, and UTF-8.</summary>
    public static async Task<Result<ReadOnlyMemory<byte>>> ReadJsonAsync(HttpContext context)
    {
        if (WhyNotJson(context.Request.ContentType) is { } refusal)
        {
            return refusal;
        }

        var body = await ReadAsync(context);
        if (!body.IsRefused(out _, out var bytes) && !Utf8.IsValid(bytes.Span))
        {
            return Refusal.BodyMalformed.Because("it is not UTF-8");
        }

        return body;
    }

    /// <remarks>No content type at all is taken for JSON: there is nothing else it could be.</remarks>
    private static Refusal? WhyNotJson(string? contentType)
    {
        if (string.IsNullOrEmpty(contentType))
        {
            return null;
        }

        if (!MediaTypeHeaderValue.TryParse(contentType, out var type)
            || !(type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase) || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase)))
        {
            return Refusal.MediaTypeUnsupported.Because($"send application/json, not {Refusal.Quote(contentType)}");
        }

        var charset = type.Charset.Value?.Trim('"') ?? "";
        return charset.Length == 0 || charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || charset.Equals("utf8", StringComparison.OrdinalIgnoreCase)
            ? null
            : Refusal.MediaTypeUnsupported.Because($"send UTF-8, not {Refusal.Quote(charset)}");
    }

    private static async Task<Result<ReadOnlyMemory<byte>>> ReadOnceAsync(HttpContext context)
    {
        var announced = context.Request.ContentLength;
        if (announced > MaxLength)
        {
            return TooLarge(announced);
        }

        var visit = context.Features.GetRequiredFeature<Visit>();
        try
        {
            var arrival = visit.NewBody().ReadAsync(context.Request.BodyReader, announced, context.RequestAborted);
            if (!arrival.IsCompleted && !await visit.Place.TryStepAsideAsync(arrival))
            {
                return Refusal.Overloaded;
            }

            var body = await arrival;
            if (body.IsRefused(out var refusal, out _) && refusal == Refusal.BodyTooSlow)
            {
                context.Response.Headers.Connection = "close"; // what is still to come is not waited for
            }

            return body;
        }
        catch (BadHttpRequestException exception)
        {
            return exception.StatusCode switch
            {
                StatusCodes.Status413PayloadTooLarge => TooLarge(length: null),
                StatusCodes.Status408RequestTimeout => Refusal.BodyTooSlow,
                _ => Refusal.BodyMalformed.Because("it ended before its announced length, or its chunks are broken"),
            };
        }
    }

    public static Refusal TooLarge(long? length) => Refusal.BodyTooLarge.Because(
        $"the body may have {MaxLength} bytes{(length is null ? "" : $", this one has {length}")}");
}

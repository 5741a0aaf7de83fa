using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Guildhall.Api.Keystone;
using Guildhall.Api.Wire;
using Guildhall.Memberships;

namespace Guildhall.Api;

/// <summary>The one mapping from what an operation says to HTTP.</summary>
internal static class Answers
{
    public const string ContentType = "application/json";

    /// <summary>Names stay readable: the media type is JSON and never sniffed, so nothing in it is markup.</summary>
    public static WireJson Json { get; } = new(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static readonly JsonResult<Success> Success = Ok(new Success("success"), Json.Success);

    /// <summary>Sends a body that is written already.</summary>
    public static Task SendAsync(HttpContext context, ChunkedBody body)
    {
        var response = context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = ContentType;
        response.ContentLength = body.Length;
        return body.WriteToAsync(response, context.RequestAborted);
    }

    public static JsonResult<T> Ok<T>(T body, JsonTypeInfo<T> type) => new(body, type, StatusCodes.Status200OK);

    public static JsonResult<Error> ToResponse(this Refusal refusal) =>
        new(new Error(refusal.Code, refusal.Message), Json.Error, refusal.Status, refusal.RetryAfter);

    /// <summary>Tells the caller of a refusal that passes when it is worth asking again.</summary>
    /// <param name="after">Null where that is unknown.</param>
    public static void SayWhenAgain(this HttpResponse response, int status, TimeSpan? after)
    {
        if (status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable && !response.Headers.ContainsKey("Retry-After"))
        {
            response.Headers.RetryAfter = ((int)Math.Ceiling(after?.TotalSeconds ?? 1)).ToString();
        }
    }

    /// <summary>The documented answer to an operation that has nothing to say but that it is done.</summary>
    public static IResult ToResponse(this Result<Done> result) => result.IsRefused(out var refusal) ? refusal.ToResponse() : Success;

    /// <summary>The documented answer to an operation that the reference calls asynchronous: the id to ask ListOpRecord about.</summary>
    public static IResult ToResponse(this Result<string> operation) =>
        operation.IsRefused(out var refusal, out var id) ? refusal.ToResponse() : Ok(new Begun(id), Json.Begun);
}

/// <summary>A body of JSON, written without a detour over strings.</summary>
/// <param name="retryAfter">When it is worth asking again; null where that is unknown.</param>
internal sealed class JsonResult<T>(T body, JsonTypeInfo<T> type, int status, TimeSpan? retryAfter = null) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = status;
        response.ContentType = Answers.ContentType;
        response.SayWhenAgain(status, retryAfter);
        if (status == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = $"Keystone uri=\"{KeystoneApi.BaseUrlOf(httpContext)}{KeystoneApi.Root}\""; // RFC 9110, 11.6.1; the scheme is Keystone's
        }

        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, type);
        response.ContentLength = bytes.Length;
        return HttpMethods.IsHead(httpContext.Request.Method)
            ? Task.CompletedTask
            : response.BodyWriter.WriteAsync(bytes, httpContext.RequestAborted).AsTask();
    }
}

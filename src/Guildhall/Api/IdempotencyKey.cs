using System.Text;
using Guildhall.Identity;
using Guildhall.Storage;

namespace Guildhall.Api;

/// <summary>The optional header, Guildhall's own, with which a write under <c>/v2</c> can be sent again and is done once.</summary>
internal sealed class IdempotencyKey(RequestDelegate next, TimeProvider clock)
{
    public const string Header = "Idempotency-Key";

    /// <summary>The most characters of a key.</summary>
    public const int MaxLength = 128;

    /// <summary>Leaves the key and what is sent with it with the caller, for the write that follows.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<Caller>() is { } caller && IsGiven(context) && WhyNot(context) is null)
        {
            if ((await RequestBody.ReadAsync(context)).IsRefused(out var refusal, out var body))
            {
                await refusal.ToResponse().ExecuteAsync(context);
                return;
            }

            var target = Encoding.UTF8.GetBytes(context.Request.Path.Value + context.Request.QueryString.Value);
            var key = context.Request.Headers[Header].ToString();
            context.Features.Set(caller with { Request = KeyedRequest.Of(key, context.Request.Method, target, body.Span, clock.GetUtcNow()) });
        }

        await next(context);
    }

    /// <summary>What is wrong with the request's key; null when it is well, or there is none.</summary>
    public static string? WhyNot(HttpContext context)
    {
        if (!IsGiven(context))
        {
            return null;
        }

        var values = context.Request.Headers[Header];
        return values.Count > 1 ? $"{Header} is given {values.Count} times"
            : values.ToString() is { Length: 0 or > MaxLength } || values.ToString().AsSpan().ContainsAnyExceptInRange('!', '~')
                ? $"{Header} must have 1 to {MaxLength} visible ASCII characters"
                : null;
    }

    private static bool IsGiven(HttpContext context) =>
        context.Request.Headers.ContainsKey(Header) && IsWrite(context);

    private static bool IsWrite(HttpContext context) => !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method);
}

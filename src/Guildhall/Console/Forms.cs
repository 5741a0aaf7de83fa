using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Guildhall.Api;
using Guildhall.Memberships;
using Guildhall.Storage;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Guildhall.Console;

/// <summary>Lets only those forms in that a page of this server has shown to this session.</summary>
/// <remarks>
/// A form carries a number of its own and a code over it, keyed with the session's token: no other session has a use for it, and any replica can
/// check it. The number also is the form's idempotency key, so that one that is sent twice is done once.
/// </remarks>
internal static class Forms
{
    /// <summary>The field that holds a form's number and code.</summary>
    public const string Field = "form";

    private const int NumberLength = 16;
    private const int MaxFields = 4096;

    /// <summary>The field's value for a form that is shown now.</summary>
    public static string NewCode(string secret)
    {
        var number = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(NumberLength));
        return $"{number}.{CodeOf(number, secret)}";
    }

    /// <summary>Reads the form into the request, or says why it is turned away.</summary>
    public static async Task<IResult?> WhyNotAsync(ConsoleRequest request)
    {
        if (IsFromElsewhere(request.Context.Request))
        {
            return request.Refuse(ConsoleRefusals.FormForeign);
        }

        if ((await ReadAsync(request.Context)).IsRefused(out var refusal, out var fields))
        {
            return request.Refuse(refusal);
        }

        if (request.FormSecret is not { } secret || NumberIn(fields.GetValueOrDefault(Field).ToString(), secret) is not { } number)
        {
            return request.IsSignedIn ? request.Refuse(ConsoleRefusals.FormForged) : request.AskToSignIn();
        }

        request.Accept(new Form(fields), await KeyAsync(request, number));
        return null;
    }

    /// <summary>Browsers say where a form came from. Programs that say nothing still need its code.</summary>
    private static bool IsFromElsewhere(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "same-origin" or "none"))
        {
            return true;
        }

        return request.Headers.Origin.Any(origin =>
            !Uri.TryCreate(origin, UriKind.Absolute, out var uri) || !uri.Authority.Equals(AuthorityOf(request), StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The host as <see cref="Uri"/> spells it, without the scheme's own port.</summary>
    private static string AuthorityOf(HttpRequest request) =>
        Uri.TryCreate($"{request.Scheme}://{request.Host}", UriKind.Absolute, out var uri) ? uri.Authority : "";

    private static async Task<Result<Dictionary<string, StringValues>>> ReadAsync(HttpContext context)
    {
        if (context.Request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) is not true)
        {
            return Refusal.MediaTypeUnsupported.Because("a form is sent as application/x-www-form-urlencoded");
        }

        if ((await RequestBody.ReadAsync(context)).IsRefused(out var refusal, out var body))
        {
            return refusal;
        }

        try
        {
            using var reader = new FormReader(Encoding.UTF8.GetString(body.Span)) { ValueCountLimit = MaxFields, ValueLengthLimit = RequestBody.MaxLength };
            return await reader.ReadFormAsync(context.RequestAborted);
        }
        catch (InvalidDataException)
        {
            return Refusal.BodyMalformed.Because("the form has too many fields");
        }
    }

    private static string? NumberIn(string field, string secret)
    {
        var dot = field.IndexOf('.');
        if (dot <= 0 || dot > 2 * NumberLength)
        {
            return null;
        }

        var (number, code) = (field[..dot], field[(dot + 1)..]);
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(code), Encoding.UTF8.GetBytes(CodeOf(number, secret))) ? number : null;
    }

    private static string CodeOf(string number, string secret) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes("form " + secret), Encoding.UTF8.GetBytes(number)));

    private static async Task<KeyedRequest?> KeyAsync(ConsoleRequest request, string number)
    {
        var context = request.Context;
        var now = context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        return (await RequestBody.ReadAsync(context)).IsRefused(out _, out var body)
            ? null
            : KeyedRequest.Of("console-" + number, context.Request.Method, Encoding.UTF8.GetBytes(context.Request.Path.Value ?? ""), body.Span, now);
    }
}

/// <summary>The fields of a form, as they were typed but for the blanks around them.</summary>
internal sealed class Form(Dictionary<string, StringValues> fields)
{
    public static readonly Form Empty = new([]);

    /// <summary>The field's text; empty when it was not sent.</summary>
    public string this[string name] => fields.GetValueOrDefault(name).ToString().Trim();

    /// <summary>The field's text with its blanks; a password may begin with one.</summary>
    public string Exactly(string name) => fields.GetValueOrDefault(name).ToString();

    /// <summary>The values of boxes that were ticked, or of rows.</summary>
    public string[] All(string name) => [.. fields.GetValueOrDefault(name).OfType<string>().Select(value => value.Trim())];

    public bool Has(string name) => fields.ContainsKey(name);
}

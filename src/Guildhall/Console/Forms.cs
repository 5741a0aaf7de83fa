using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Guildhall.Api;
using Guildhall.Storage;

namespace Guildhall.Console;

/// <summary>Lets only those forms in that a page of this server has shown to this session.</summary>
/// <remarks>
/// A form carries a number of its own and a code over it, keyed with the session's token: no other session has a use for it, and any replica can
/// check it. The number also is the form's idempotency key, so that one that is sent twice is done once. A form that changes a thing carries its version
/// too: where the thing is another by then, the page comes again and nothing is done.
/// </remarks>
internal static class Forms
{
    /// <summary>The field that holds a form's number and code.</summary>
    public const string Field = "form";

    /// <summary>The field that holds the version of what the form changes, as its page showed it.</summary>
    public const string ShownField = "shown";

    private const int NumberLength = 16;

    /// <summary>The field's value for a form that is shown now.</summary>
    public static string NewCode(string secret)
    {
        var number = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(NumberLength));
        return $"{number}.{CodeOf(number, secret)}";
    }

    /// <summary>Reads the form into the request, or says why it is turned away.</summary>
    /// <param name="changes">What the form changes; null where that is nothing that its page showed.</param>
    public static async Task<IResult?> WhyNotAsync(ConsoleRequest request, Thing? changes)
    {
        if (IsFromElsewhere(request.Context.Request))
        {
            return request.Refuse(ConsoleRefusals.FormForeign);
        }

        if ((await FormReader.ReadAsync(request.Context)).IsRefused(out var refusal, out var form))
        {
            return request.Refuse(refusal);
        }

        if (request.FormSecret is not { } secret || NumberIn(form.Exactly(Field), secret) is not { } number)
        {
            return request.IsSignedIn ? request.Refuse(ConsoleRefusals.FormForged) : request.AskToSignIn();
        }

        if (changes is not null && !form.Has(ShownField))
        {
            return request.Refuse(ConsoleRefusals.FormForged);
        }

        var key = await KeyAsync(request, number);
        request.Accept(form, changes is null || key is null ? key : key with
        {
            Shown = new Shown(form.Exactly(ShownField), (transaction, cancellationToken) => changes.FindVersionAsync(request, transaction, cancellationToken)),
        });
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

using System.Buffers.Text;
using System.Text;
using Guildhall.Hosting;

namespace Guildhall.Console;

/// <summary>A cookie of the console: never readable by scripts, never sent along by other sites' forms, and off this machine sent over TLS only.</summary>
internal sealed class Cookies
{
    /// <summary>Holds the token that the session is.</summary>
    public static readonly Cookies Session = new("session");

    /// <summary>A random text that binds the forms of someone who has not signed in.</summary>
    public static readonly Cookies Visit = new("visit");

    /// <summary>The language that was chosen.</summary>
    public static readonly Cookies Language = new("language");

    /// <summary>What the next page has to say about the form that led to it.</summary>
    public static readonly Cookies Notice = new("notice");

    private readonly string name;

    private Cookies(string name) => this.name = name;

    /// <summary>Whether passwords and tokens can travel: over TLS, or without leaving the machine.</summary>
    public static bool IsSafe(HttpRequest request) => request.IsHttps || ListenAddresses.IsLoopback(request.Host.Host);

    public string? Read(HttpRequest request) => request.Cookies[NameFor(request)] is { Length: > 0 } value ? value : null;

    /// <summary>Any text, which is carried in letters that cookies may have.</summary>
    public string? ReadText(HttpRequest request)
    {
        try
        {
            return Read(request) is { } encoded ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(encoded)) : null;
        }
        catch (FormatException)
        {
            return null; // not written by us
        }
    }

    public void Write(HttpContext context, string value, TimeSpan lifetime) =>
        context.Response.Cookies.Append(NameFor(context.Request), value, Options(context.Request, lifetime));

    public void WriteText(HttpContext context, string text, TimeSpan lifetime) => Write(context, Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text)), lifetime);

    public void Remove(HttpContext context) => context.Response.Cookies.Delete(NameFor(context.Request), Options(context.Request, lifetime: null));

    /// <summary>The prefix has browsers keep the cookie from being set by neighbours of this host, or over plain HTTP.</summary>
    private string NameFor(HttpRequest request) => (request.IsHttps ? "__Host-guildhall-" : "guildhall-") + name;

    private static CookieOptions Options(HttpRequest request, TimeSpan? lifetime) => new()
    {
        HttpOnly = true,
        IsEssential = true,
        MaxAge = lifetime,
        Path = "/",
        SameSite = SameSiteMode.Lax, // strict would show people who follow a link in a mail the sign-in page
        Secure = request.IsHttps || !IsSafe(request),
    };
}

using System.Net;
using System.Text.RegularExpressions;

namespace Guildhall.Tests.Console;

/// <summary>A person with a browser that has no scripts: keeps cookies, follows what it is told, and sends the forms that pages show.</summary>
public sealed partial class ConsoleVisitor(HttpClient http, Uri server)
{
    public ConsoleVisitor(TestService guildhall)
        : this(guildhall.Http, guildhall.Address)
    {
    }

    private readonly Dictionary<string, string> cookies = [];

    /// <summary>The cookies as a header would carry them.</summary>
    public string Cookies => string.Join("; ", cookies.Select(cookie => $"{cookie.Key}={cookie.Value}"));

    /// <summary>The Set-Cookie lines of the last answer.</summary>
    public IReadOnlyList<string> SetCookies { get; private set; } = [];

    /// <summary>The last page's text.</summary>
    public string Page { get; private set; } = "";

    /// <summary>Where the last answer leads; null when it does not.</summary>
    public string? Location { get; private set; }

    public HttpResponseMessage Last { get; private set; } = null!;

    public static ConsoleVisitor With(TestService guildhall, string token) => With(guildhall.Http, guildhall.Address, token);

    public static ConsoleVisitor With(HttpClient http, Uri server, string token)
    {
        var visitor = new ConsoleVisitor(http, server);
        visitor.cookies["guildhall-session"] = token;
        return visitor;
    }

    public void Take(string name, string value) => cookies[name] = value;

    public Task<int> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    /// <summary>Sends the first form of the last page that goes to the address, its hidden fields and these.</summary>
    public Task<int> SubmitAsync(string action, params (string Name, string Value)[] fields) => PostAsync(action, [.. HiddenOf(action), .. fields]);

    public Task<int> PostAsync(string path, IEnumerable<(string Name, string Value)> fields, params (string Name, string Value)[] headers) => SendAsync(
        HttpMethod.Post, path, new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))), headers);

    public async Task<int> SendAsync(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(server, path)) { Content = content };
        if (cookies.Count > 0)
        {
            request.Headers.TryAddWithoutValidation("Cookie", Cookies);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        Last = await http.SendAsync(request);
        Page = await Last.Content.ReadAsStringAsync();
        Location = Last.Headers.Location?.OriginalString;
        SetCookies = Last.Headers.TryGetValues("Set-Cookie", out var set) ? [.. set] : [];
        foreach (var cookie in SetCookies)
        {
            var (name, value) = (cookie.Split('=')[0], cookie.Split(';')[0].Split('=', 2)[1]);
            if (value.Length == 0)
            {
                cookies.Remove(name);
            }
            else
            {
                cookies[name] = value;
            }
        }

        return (int)Last.StatusCode;
    }

    /// <summary>The hidden fields of the last page's form that goes there.</summary>
    public IEnumerable<(string Name, string Value)> HiddenOf(string action)
    {
        var form = Forms().Matches(Page).FirstOrDefault(match => WebUtility.HtmlDecode(match.Groups["action"].Value) == action)
            ?? throw new InvalidOperationException($"The page shows no form to {action}:\n{Page}");
        return Hidden().Matches(form.Groups["body"].Value).Select(match => (match.Groups["name"].Value, WebUtility.HtmlDecode(match.Groups["value"].Value)));
    }

    [GeneratedRegex("""<form[^>]* method="post"[^>]* action="(?<action>[^"]*)"[^>]*>(?<body>.*?)</form>""", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Forms();

    [GeneratedRegex("""<input type="hidden" name="(?<name>[^"]*)" value="(?<value>[^"]*)"[^>]*>""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Hidden();
}

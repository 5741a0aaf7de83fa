using System.Net;

namespace Guildhall.Hosting;

/// <summary>The addresses a server listens at, as the operator writes them.</summary>
internal static class ListenAddresses
{
    public static IReadOnlyList<string> Read(SettingsReader reader, List<string> complaints)
    {
        var urls = Split(reader.Required(Setting.Urls));
        var allowsPlain = reader.Flag(Setting.AllowPlainHttp);
        foreach (var url in urls)
        {
            if (WhyNot(url, allowsPlain, hasCertificate: reader.Text(Setting.Certificate) is not null) is { } complaint)
            {
                complaints.Add(complaint);
            }
        }

        return urls;
    }

    public static string[] Split(string urls) => urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Why the text is no address to listen at; null when it is one.</summary>
    public static string? Malformation(string url)
    {
        // Kestrel reads + and * as every address of the machine; Uri knows neither.
        var readable = url.Replace("://+", "://0.0.0.0").Replace("://*", "://0.0.0.0");
        if (!Uri.TryCreate(readable, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            return $"{url} is not an address such as http://127.0.0.1:8080";
        }

        if (uri.PathAndQuery != "/" || uri.UserInfo.Length > 0)
        {
            return $"{url} may have scheme, host and port, and nothing behind them";
        }

        return uri is { Port: 0, HostNameType: UriHostNameType.Dns } ? $"{url} asks for a free port, which takes an address and not a name: http://127.0.0.1:0" : null;
    }

    /// <summary>Whether only programs on this machine can reach the address, or a request's Host header names it so.</summary>
    public static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static string? WhyNot(string url, bool allowsPlain, bool hasCertificate)
    {
        if (Malformation(url) is { } malformed)
        {
            return Setting.Urls.Complaint(malformed);
        }

        var isSecure = url.StartsWith("https:", StringComparison.OrdinalIgnoreCase);
        if (isSecure && !hasCertificate)
        {
            return Setting.Certificate.Complaint($"it is not set, and {url} cannot be served without a certificate");
        }

        var host = url.Contains("://+", StringComparison.Ordinal) || url.Contains("://*", StringComparison.Ordinal) ? "0.0.0.0" : new Uri(url).Host;
        return isSecure || allowsPlain || IsLoopback(host)
            ? null
            : Setting.AllowPlainHttp.Complaint($"{url} would send passwords and tokens readable over the network; serve https:// with a certificate, or allow it behind a proxy that does");
    }
}

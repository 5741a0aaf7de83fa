using System.Security.Cryptography;
using System.Text;

namespace Guildhall.Tests.Identity;

/// <summary>Signs requests as the Python SDK does, written from the signing guide and apart from the server's own code.</summary>
internal static class TestSigner
{
    /// <summary>Signs a request whose path and query need no escaping.</summary>
    public static void Sign(HttpRequestMessage request, string accessKey, string secretKey, DateTimeOffset at, string body = "", string? projectId = null)
    {
        var date = at.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'");
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["host"] = request.RequestUri!.Authority, ["x-sdk-date"] = date };
        if (projectId is not null)
        {
            headers["x-project-id"] = projectId;
        }

        var names = string.Join(';', headers.Keys);
        var lines = string.Concat(headers.Select(header => $"{header.Key}:{header.Value}\n"));
        var uri = request.RequestUri;
        var canonical = $"{request.Method}\n{uri.AbsolutePath.TrimEnd('/')}/\n{uri.Query.TrimStart('?')}\n{lines}\n{names}\n{HashOf(body)}";
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        request.Headers.TryAddWithoutValidation(
            "Authorization", $"SDK-HMAC-SHA256 Access={accessKey}, SignedHeaders={names}, Signature={Sign(canonical, date, secretKey)}");
    }

    public static string Sign(string canonicalRequest, string date, string secretKey) => Convert.ToHexStringLower(HMACSHA256.HashData(
        Encoding.UTF8.GetBytes(secretKey), Encoding.UTF8.GetBytes($"SDK-HMAC-SHA256\n{date}\n{HashOf(canonicalRequest)}")));

    public static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

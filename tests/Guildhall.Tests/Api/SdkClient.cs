using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Guildhall.Tests.Identity;

namespace Guildhall.Tests.Api;

/// <summary>How an official SDK spells its requests, byte by byte, as it was recorded on the wire.</summary>
/// <param name="HostName">The name of the host header.</param>
/// <param name="Accept">Header lines that are sent and not signed.</param>
/// <param name="BodyType">The content type beside a body; without one it is plain <c>application/json</c>.</param>
/// <param name="IsSpaced">Whether the JSON has a space after each comma and colon.</param>
/// <param name="LineEnd">What follows the JSON; it is counted and signed.</param>
/// <param name="Signed">The headers that are signed, in the order they are listed.</param>
internal sealed record Sdk(string HostName, string Accept, string UserAgent, string BodyType, bool IsSpaced, string LineEnd, string[] Signed)
{
    private const string App = "app/7a1ec5f2-3c36-4d8a-9a4e-2f4d2c0b8f11";

    public static readonly Dictionary<string, Sdk> All = new(StringComparer.Ordinal)
    {
        ["Python"] = new(
            "Host",
            "Accept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\n",
            "huaweicloud-usdk-python/3.0; os/Linux#6.1.0-18_amd64 python/3.11.2 impl/CPython; " + App,
            "application/json;charset=utf-8",
            IsSpaced: true,
            "",
            ["content-type", "host", "user-agent", "x-project-id", "x-sdk-date"]),
        ["Go"] = new(
            "Host",
            "Accept-Encoding: gzip\r\n",
            "huaweicloud-usdk-go/3.0; os/linux#amd64 go/go1.19.8; " + App,
            "application/json;charset=UTF-8",
            IsSpaced: false,
            "\n",
            ["user-agent", "x-project-id", "x-sdk-date"]),
        ["Node"] = new(
            "host",
            "Accept: application/json\r\nAccept-Encoding: gzip, compress, deflate, br\r\nConnection: keep-alive\r\n",
            "huaweicloud-usdk-nodejs/3.0; os/linux#x64 nodejs/v18.19.0 ; " + App,
            "application/json",
            IsSpaced: false,
            "",
            ["content-type", "host", "x-project-id", "x-sdk-date"]),
    };

    public string Spell(JsonNode? node) => node is null ? "" : Write(node) + LineEnd;

    /// <summary>The request as its bytes.</summary>
    /// <param name="token">Sent beside the signature and signed too, in its sorted place, when it is given.</param>
    public byte[] Request(SdkKey key, string host, DateTimeOffset now, string method, string path, JsonNode? json, string? token = null)
    {
        var body = Spell(json);
        var date = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'");
        var headers = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["content-type"] = json is null ? "application/json" : BodyType,
            ["host"] = host,
            ["user-agent"] = UserAgent,
            ["x-project-id"] = key.ProjectId,
            ["x-sdk-date"] = date,
        };
        if (token is not null)
        {
            headers["x-auth-token"] = token;
        }

        var signed = token is null ? Signed : [.. Signed.Append("x-auth-token").Order(StringComparer.Ordinal)];
        var (target, query) = path.Split('?') is [var before, var after] ? (before, after) : (path, "");
        var lines = string.Concat(signed.Select(name => $"{name}:{headers[name]}\n"));
        var canonical = $"{method}\n{target}/\n{query}\n{lines}\n{string.Join(';', signed)}\n{TestSigner.HashOf(body)}";
        var head = new StringBuilder($"{method} {path} HTTP/1.1\r\n{HostName}: {host}\r\nUser-Agent: {UserAgent}\r\n{Accept}")
            .Append($"X-Project-Id: {key.ProjectId}\r\nContent-Type: {headers["content-type"]}\r\nX-Sdk-Date: {date}\r\n")
            .Append(token is null ? "" : $"X-Auth-Token: {token}\r\n")
            .Append($"Authorization: SDK-HMAC-SHA256 Access={key.Access}, SignedHeaders={string.Join(';', signed)}, ")
            .Append($"Signature={TestSigner.Sign(canonical, date, key.Secret)}\r\n")
            .Append(json is null ? "" : $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n");
        return Encoding.UTF8.GetBytes($"{head}\r\n{body}");
    }

    private string Write(JsonNode? node)
    {
        var (comma, colon) = IsSpaced ? (", ", ": ") : (",", ":");
        return node switch
        {
            JsonObject members => $"{{{string.Join(comma, members.Select(member => JsonSerializer.Serialize(member.Key) + colon + Write(member.Value)))}}}",
            JsonArray items => $"[{string.Join(comma, items.Select(Write))}]",
            null => "null",
            _ => node.ToJsonString(),
        };
    }
}

/// <summary>An access key and the project its requests are for.</summary>
internal sealed record SdkKey(string Access, string Secret, string ProjectId);

/// <summary>One connection that is kept alive, as the SDKs keep theirs.</summary>
internal sealed class SdkConnection : IDisposable
{
    private readonly TcpClient client = new();

    public static async Task<SdkConnection> OpenAsync(Uri address)
    {
        var connection = new SdkConnection();
        await connection.client.ConnectAsync(address.Host, address.Port);
        return connection;
    }

    public async Task WriteAsync(byte[] request) => await client.GetStream().WriteAsync(request);

    public async Task<(int Status, string Body)> SendAsync(byte[] request)
    {
        await WriteAsync(request);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var received = new List<byte>();
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var text = Encoding.UTF8.GetString([.. received]);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end > 0)
            {
                const string Length = "\r\nContent-Length: ";
                Assert.DoesNotContain("Connection: close", text);
                var at = text.IndexOf(Length, StringComparison.Ordinal) + Length.Length;
                var length = int.Parse(text.AsSpan(at, text.IndexOf('\r', at) - at));
                var body = text[(end + 4)..];
                if (Encoding.UTF8.GetByteCount(body) == length)
                {
                    return (int.Parse(text.AsSpan("HTTP/1.1 ".Length, 3)), body);
                }
            }

            var read = await client.GetStream().ReadAsync(buffer, patience.Token);
            Assert.True(read > 0, $"The server has closed the connection after: {text}");
            received.AddRange(buffer[..read]);
        }
    }

    public void Dispose() => client.Dispose();
}

using System.Text;
using Guildhall.Identity;
using Guildhall.Memberships;

namespace Guildhall.Tests.Identity;

/// <summary>The signature of the official SDKs, by vectors that were made with them, and by everything that may be changed on the way.</summary>
public sealed class SdkSignatureTests
{
    private const string GoDate = "20060102T150405Z";
    private const string SignedBody = "cecc2af119b18ab70b4d094c0750f3b42c02f254903179a0fc2cc72fc9db4f59";

    private static readonly (string, string)[] PythonHeaders =
    [
        ("Content-Type", "application/json"),
        ("Host", "bcs.cn-north-4.myhuaweicloud.com"),
        ("X-Project-Id", "051ddda57400d2982fccc014fab5749d"),
        ("X-Sdk-Date", "20230426T080000Z"),
    ];

    [Fact]
    public void What_the_Go_SDK_signs_without_a_body_is_believed() => Assert.Null(Judge(
        Sent("GET", "/path", "limit=1", "", ("X-Sdk-Date", GoDate)),
        "5a2ce64c865e0e6046321c6f3d5a77ba8413eeaf355c3166c03d58d02ac79624"));

    [Fact]
    public void What_the_Go_SDK_signs_with_a_body_is_believed_to_its_last_newline()
    {
        var sent = Sent("POST", "/path", "key=value", "{\"Name\":\"test\",\"Id\":1}\n", ("X-Sdk-Date", GoDate));
        Assert.Null(Judge(sent, SignedBody));
        Assert.NotNull(Judge(sent with { Body = "{\"Name\":\"test\",\"Id\":1}" }, SignedBody));
    }

    [Fact]
    public void What_the_Python_SDK_signs_is_believed()
    {
        var sent = Sent("GET", "/v2/051ddda57400d2982fccc014fab5749d/members", "", "", PythonHeaders);
        const string Authorization = "SDK-HMAC-SHA256 Access=AK0EXAMPLE, SignedHeaders=content-type;host;x-project-id;x-sdk-date, "
            + "Signature=a0517af1c65b0e1f659fa3c71c3cb94bb42b1dc95f92b1fe7159a00693833d56";

        var signature = Parsed(Authorization);

        Assert.Equal("AK0EXAMPLE", signature.AccessKey);
        Assert.Null(signature.WhyNotFrom(sent.ToCredentials(), default, "SK0EXAMPLE"u8));
        Assert.Equal(
            "ab813014136dc4c4fbd633146b31587a055e05e8490690b57b810501818dd69e",
            Sha256.Hex(signature.CanonicalRequest(sent.ToCredentials(), Sha256.Hex(""))));
    }

    [Theory]
    [InlineData(
        "limit=1&enable=true&test=%E4%B8%80%20(%26=?!%23%25.*)&path=/tmp/123&multi=3&multi=1&multi=2",
        "enable=true&limit=1&multi=1&multi=2&multi=3&path=%2Ftmp%2F123&test=%E4%B8%80%20%28%26%3D%3F%21%23%25.%2A%29")]
    [InlineData("b=2&a=x+y&a", "a=&a=x%20y&b=2")]
    [InlineData("a=%2b&&A=%7E~&=", "=&A=~~&a=%2B")]
    [InlineData("a=%zz%4&b=100%", "a=%25zz%254&b=100%25")]
    [InlineData("%E4%B8%80=1&z=2&a%20b=3&a-b=4", "a%20b=3&a-b=4&z=2&%E4%B8%80=1")]
    [InlineData("", "")]
    public void A_query_has_one_spelling(string sent, string canonical) => Assert.Equal(canonical, CanonicalUri.Query(sent));

    [Theory]
    [InlineData("/", "/")]
    [InlineData("/path", "/path/")]
    [InlineData("/path/", "/path/")]
    [InlineData("/a b/%e4%b8%80/%2f/~", "/a%20b/%E4%B8%80/%2F/~/")]
    [InlineData("/a+b/%FF", "/a%2Bb/%FF/")]
    public void A_path_has_one_spelling_and_a_slash_at_the_end(string sent, string canonical) => Assert.Equal(canonical, CanonicalUri.Path(sent));

    [Fact]
    public void Whatever_is_changed_on_the_way_is_noticed()
    {
        var sent = Sent("POST", "/path", "key=value", "{\"Name\":\"test\",\"Id\":1}\n", ("X-Sdk-Date", GoDate));
        Assert.Null(Judge(sent, SignedBody));

        foreach (var changed in new[]
        {
            sent with { Method = "PUT" },
            sent with { Path = "/path2" },
            sent with { Query = "key=value2" },
            sent with { Query = "key=value&more" },
            sent with { Body = "{}" },
            sent with { Body = "" },
            sent with { Headers = [("X-Sdk-Date", "20060102T150406Z")] },
            sent with { Headers = [] },
        })
        {
            Assert.NotNull(Judge(changed, SignedBody));
        }

        Assert.NotNull(Judge(sent, SignedBody, secretKey: "SecretKez"));
        Assert.NotNull(Judge(sent, new string('0', 64)));
        Assert.Null(Judge(sent with { Headers = [.. sent.Headers, ("User-Agent", "not signed")] }, SignedBody));
    }

    [Fact]
    public void Each_signed_header_counts()
    {
        const string Signature = "a0517af1c65b0e1f659fa3c71c3cb94bb42b1dc95f92b1fe7159a00693833d56";
        var signature = Parsed($"SDK-HMAC-SHA256 Access=AK0EXAMPLE, SignedHeaders=content-type;host;x-project-id;x-sdk-date, Signature={Signature}");
        for (var i = 0; i < PythonHeaders.Length; i++)
        {
            var changed = ((string Name, string Value)[])PythonHeaders.Clone();
            changed[i].Value = "other";
            var sent = Sent("GET", "/v2/051ddda57400d2982fccc014fab5749d/members", "", "", changed);
            Assert.NotNull(signature.WhyNotFrom(sent.ToCredentials(), default, "SK0EXAMPLE"u8));

            var dropped = sent with { Headers = [.. changed.Where((_, at) => at != i)] };
            Assert.NotNull(signature.WhyNotFrom(dropped.ToCredentials(), default, "SK0EXAMPLE"u8));
        }
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(900, true)]
    [InlineData(-900, true)]
    [InlineData(901, false)]
    [InlineData(-901, false)]
    public void A_clock_may_be_15_minutes_off(int seconds, bool isTimely)
    {
        var now = new DateTimeOffset(2006, 1, 2, 15, 4, 5, TimeSpan.Zero).AddSeconds(seconds);
        var why = Parsed(Authorization("x-sdk-date", SignedBody)).WhyNotNow(Sent("GET", "/", "", "", ("X-Sdk-Date", GoDate)).ToCredentials(), now);

        Assert.Equal(isTimely, why is null);
        Assert.True(isTimely || why!.Message.Contains($"signature expired: X-Sdk-Date is {GoDate}, the server's time is 20060102T1", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData("2006-01-02T15:04:05Z")]
    [InlineData("20060102T150405")]
    [InlineData("20061302T150405Z")]
    public void A_date_that_is_none_is_refused(string date) => Assert.NotNull(
        Parsed(Authorization("x-sdk-date", SignedBody)).WhyNotNow(Sent("GET", "/", "", "", ("X-Sdk-Date", date)).ToCredentials(), DateTimeOffset.UnixEpoch));

    [Theory]
    [InlineData("")]
    [InlineData("SDK-HMAC-SHA256")]
    [InlineData("SDK-HMAC-SHA256 ")]
    [InlineData("Bearer abc")]
    [InlineData("sdk-hmac-sha256 Access=A, SignedHeaders=x-sdk-date, Signature=SIG")]
    [InlineData("SDK-HMAC-SM3 Access=A, SignedHeaders=x-sdk-date, Signature=SIG")]
    [InlineData("SDK-HMAC-SHA256 Access=A, SignedHeaders=x-sdk-date")]
    [InlineData("SDK-HMAC-SHA256 SignedHeaders=x-sdk-date, Signature=SIG")]
    [InlineData("SDK-HMAC-SHA256 Access=A, Access=B, SignedHeaders=x-sdk-date, Signature=SIG")]
    [InlineData("SDK-HMAC-SHA256 Access=A, SignedHeaders=host, Signature=SIG")]
    [InlineData("SDK-HMAC-SHA256 Access=, SignedHeaders=x-sdk-date, Signature=SIG")]
    [InlineData("SDK-HMAC-SHA256 Access=a b, SignedHeaders=x-sdk-date, Signature=SIG")]
    [InlineData("SDK-HMAC-SHA256 Access=A, SignedHeaders=x-sdk-date, Signature=SIG0")]
    [InlineData("SDK-HMAC-SHA256 Access=A, SignedHeaders=x-sdk-date, Signature=zz")]
    public void An_authorization_that_cannot_be_read_is_refused_and_not_repeated(string authorization)
    {
        var text = authorization.Replace("SIG", SignedBody, StringComparison.Ordinal);
        Assert.True(SdkSignature.Parse(text).IsRefused(out var refusal));
        Assert.Equal("APIGW.0301", refusal.Code);
        Assert.DoesNotContain(SignedBody, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unsigned_payload_is_believed_whatever_the_body_is_when_the_header_that_says_so_is_signed()
    {
        var sent = Sent("POST", "/file", "", "anything", ("X-Sdk-Date", GoDate), ("X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD"));
        const string Both = "x-sdk-content-sha256;x-sdk-date";
        Assert.Null(Judge(sent, SignatureOf(sent, Both, "UNSIGNED-PAYLOAD"), Both));
        Assert.NotNull(Judge(sent, SignatureOf(sent, "x-sdk-date", "UNSIGNED-PAYLOAD"), "x-sdk-date"));
        Assert.Null(Judge(sent, SignatureOf(sent, "x-sdk-date", Sha256.Hex("anything")), "x-sdk-date"));
        Assert.NotNull(Judge(sent, SignatureOf(sent, Both, Sha256.Hex("")), Both));
    }

    [Fact]
    public void An_unsigned_payload_without_a_body_is_signed_by_the_word_or_by_the_hash_of_nothing()
    {
        var sent = Sent("POST", "/file", "", "", ("X-Sdk-Date", GoDate), ("X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD"));
        const string Both = "x-sdk-content-sha256;x-sdk-date";
        Assert.Null(Judge(sent, SignatureOf(sent, Both, "UNSIGNED-PAYLOAD"), Both));
        Assert.Null(Judge(sent, SignatureOf(sent, Both, Sha256.Hex("")), Both));
    }

    [Fact]
    public void A_claimed_hash_has_to_be_the_bodys()
    {
        var claimed = Sha256.Hex("signed");
        var sent = Sent("POST", "/file", "", "signed", ("X-Sdk-Date", GoDate), ("X-Sdk-Content-Sha256", claimed));
        const string Both = "x-sdk-content-sha256;x-sdk-date";
        Assert.Null(Judge(sent, SignatureOf(sent, Both, claimed), Both));
        Assert.NotNull(Judge(sent with { Body = "exchanged" }, SignatureOf(sent, Both, claimed), Both));
    }

    private static Refusal? Judge(SentRequest sent, string signature, string signedHeaders = "x-sdk-date", string secretKey = "SecretKey") =>
        Parsed(Authorization(signedHeaders, signature)).WhyNotFrom(sent.ToCredentials(), Encoding.UTF8.GetBytes(sent.Body), Encoding.UTF8.GetBytes(secretKey));

    private static string SignatureOf(SentRequest sent, string signedHeaders, string contentHash)
    {
        var canonical = Parsed(Authorization(signedHeaders, SignedBody)).CanonicalRequest(sent.ToCredentials(), contentHash);
        return TestSigner.Sign(canonical, GoDate, "SecretKey");
    }

    private static string Authorization(string signedHeaders, string signature) =>
        $"SDK-HMAC-SHA256 Access=AccessKey, SignedHeaders={signedHeaders}, Signature={signature}";

    private static SdkSignature Parsed(string authorization)
    {
        Assert.False(SdkSignature.Parse(authorization).IsRefused(out var refusal, out var signature), refusal?.Message);
        return signature;
    }

    private static SentRequest Sent(string method, string path, string query, string body, params (string Name, string Value)[] headers) =>
        new(method, path, query, body, headers);

    private sealed record SentRequest(string Method, string Path, string Query, string Body, (string Name, string Value)[] Headers)
    {
        public Credentials ToCredentials()
        {
            var headers = new HeaderDictionary();
            foreach (var (name, value) in Headers)
            {
                headers[name] = value;
            }

            return new Credentials(Method, Path, Query, headers, () => throw new InvalidOperationException(), default);
        }
    }
}

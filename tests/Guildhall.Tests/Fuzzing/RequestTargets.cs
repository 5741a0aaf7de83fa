using System.Text;
using System.Text.Unicode;
using Guildhall.Api;
using Guildhall.Api.Keystone;
using Guildhall.Console;
using Guildhall.Console.Services;
using Guildhall.Console.Shared;
using Guildhall.Identity;
using Guildhall.Networks;
using Guildhall.Services;
using Microsoft.Net.Http.Headers;

namespace Guildhall.Tests.Fuzzing;

/// <summary>Parts of requests: bodies, forms, query strings, headers. What is wrong with one is a refusal, and nothing is thrown.</summary>
internal static class RequestTargets
{
    private static readonly Limits Limits = new();
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly string[] Json = ["\"a\":1,", "\"\\ud800\":1,", "\\ud800", "\\u0000", "null", "true", "1e999", "[]", "{}", "\"name\"", "\"profile\"", "\"msp\"", "\"organizations\"", "\"id\"", "\"auth\"", ",", ":", "\uFEFF"];
    private static readonly string[] Headers = ["Access=", "SignedHeaders=", "Signature=", "x-sdk-date", ";", ",", "=", " ", "%", "%2", "%ff", "+", "&", "q=0.", "zh-CN", "\""];
    private static readonly string[] Parts = ["--x\r\n", "--x--\r\n", "Content-Disposition: form-data; name=\"a\"\r\n\r\n", "; filename=\"msp/cacerts/a.pem\"", "; filename*=UTF-8''%ff", "msp/config.yaml", "name=\"msp-0\"", "\r\n"];

    public static readonly FuzzTarget[] All =
    [
        new("attachment", ReadAttachment, _ => false) { Tokens = Json, Nestings = FuzzTargets.Brackets },
        new("service", input => CreateService.Read(Fields.Parse(Valid(input), Limits)), _ => false) { Tokens = Json, Nestings = FuzzTargets.Brackets },
        new("token-request", input => CreateToken.Read(Fields.Parse(Valid(input), Limits)), _ => false) { Tokens = Json, Nestings = FuzzTargets.Brackets },
        new("form", input => ReadForm("application/x-www-form-urlencoded", input), _ => false) { Tokens = ["a=", "&", "=", "%", "%00", "+", ";"], Nestings = [("a=&", ""), ("a[", "]")] },
        new("upload", input => ReadForm("multipart/form-data; boundary=x", input), _ => false) { Tokens = Parts, Nestings = [("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n", "\r\n"), ("--x\r\n", "")] },
        new("query", ReadQuery, _ => false) { Tokens = [.. Headers, "limit=", "marker=", "status=", "channel_name="] },
        new("authorization", ReadAuthorization, _ => false) { Tokens = Headers },
        new("headers", ReadHeaders, _ => false) { Tokens = Headers },
        new("sentence", input => Told.Known(Encoding.UTF8.GetString(input)), _ => false) { Tokens = [" of ", " channel ", "After this, ", " in ", " is ", " (MSP digest ", ").", " joins, with the authority "] },
    ];

    private static void ReadAttachment(byte[] input)
    {
        var body = Fields.Parse(Valid(input), Limits);
        var request = AttachNetwork.Read(body);
        if (body.Refusal is null)
        {
            Inspect(request).GetAwaiter().GetResult();
        }
    }

    /// <summary>Bodies that are not UTF-8 are refused before they are parsed.</summary>
    private static byte[] Valid(byte[] input) => Utf8.IsValid(input) ? input : [];

    /// <summary>On paper: nobody is connected to.</summary>
    private static async Task Inspect(AttachmentRequest request)
    {
        var (profile, _) = ProfileInspection.Run(request, Now);
        var service = new AttachedService("id", "mill", "north-mill", IsInvitee: true, ["organization"], []);
        foreach (var organization in request.Organizations)
        {
            using var prepared = await OrganizationInspection.RunAsync(organization, service, profile, NetworkSettings.None, Now, _ => { }, CancellationToken.None);
        }
    }

    private static void ReadForm(string contentType, byte[] input)
    {
        if (!FormReader.ParseAsync(MediaTypeHeaderValue.Parse(contentType), input, CancellationToken.None).GetAwaiter().GetResult().IsRefused(out _, out var form))
        {
            _ = NetworkPages.Read(form, Limits).IsRefused(out _);
            _ = (form["reason"], form.All("a"));
        }
    }

    private static void ReadQuery(byte[] input)
    {
        var context = new DefaultHttpContext { Request = { QueryString = new QueryString("?" + Line(input)) } };
        var query = Query.Of(context);
        _ = (query.ReadMembershipPage(), query.Flag("check"), query.Refusal, CanonicalUri.Query(Line(input)), CanonicalUri.Path(Line(input)));
    }

    private static void ReadAuthorization(byte[] input)
    {
        var context = new DefaultHttpContext { Request = { Headers = { [SdkSignature.DateHeader] = "20260601T000000Z", ["Host"] = Line(input) } } };
        if (!SdkSignature.Parse(Line(input)).IsRefused(out _, out var signature))
        {
            var credentials = new Credentials("GET", "/v2/p/members", Line(input), context.Request.Headers, () => throw new NotSupportedException(), default);
            _ = (signature.WhyNotNow(credentials, Now), signature.WhyNotFrom(credentials, [], "secret"u8));
        }
    }

    private static void ReadHeaders(byte[] input)
    {
        var context = new DefaultHttpContext { Request = { Headers = { AcceptLanguage = Line(input), Cookie = Line(input), ContentType = Line(input), [IdempotencyKey.Header] = Line(input) } } };
        _ = (Language.Of(context.Request), Cookies.Notice.ReadText(context.Request), IdempotencyKey.WhyNot(context));
    }

    /// <summary>As much as a server takes of a header.</summary>
    private static string Line(byte[] input) => Encoding.UTF8.GetString(input.AsSpan(0, Math.Min(input.Length, 32 * 1024)));
}

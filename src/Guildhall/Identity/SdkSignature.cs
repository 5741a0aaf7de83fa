using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Guildhall.Memberships;

namespace Guildhall.Identity;

/// <summary>The official SDKs' proof of a secret key: the header <c>Authorization: SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…</c>.</summary>
/// <remarks>
/// Source: the API Request Signing Guide, and what the Python, Go and Node SDKs send. Which headers are signed is the client's choice
/// (Go leaves out host and content-type); only <c>x-sdk-date</c> has to be among them.
/// </remarks>
public sealed class SdkSignature
{
    public const string Algorithm = "SDK-HMAC-SHA256";
    public const string DateHeader = "X-Sdk-Date";
    public const string ContentHashHeader = "X-Sdk-Content-Sha256";
    public const string UnsignedPayload = "UNSIGNED-PAYLOAD";
    public const string DateFormat = "yyyyMMdd'T'HHmmss'Z'";

    /// <summary>How far the caller's clock may be off, either way.</summary>
    public static readonly TimeSpan MaxSkew = TimeSpan.FromMinutes(15);

    private const int MaxKeyLength = 64;
    private const int MaxSignedHeaders = 100;
    private const int UsualLength = 512;

    private static readonly SearchValues<char> LettersAndDigits = SearchValues.Create(Secrets.LettersAndDigits);
    private static readonly string HashOfNothing = Sha256.Hex("");

    private readonly string headerList;
    private readonly string[] signedHeaders;
    private readonly byte[] mac;

    private SdkSignature(string accessKey, string headerList, byte[] mac)
    {
        (AccessKey, this.headerList, this.mac) = (accessKey, headerList, mac);
        signedHeaders = headerList.Split(';');
    }

    public string AccessKey { get; }

    /// <summary>Reads the Authorization header. A refusal never repeats its text.</summary>
    public static Result<SdkSignature> Parse(string authorization)
    {
        var space = authorization.IndexOf(' ');
        if (space < 0 || authorization[..space] != Algorithm)
        {
            return Refusal.SignatureInvalid.Because($"the Authorization header must begin with {Algorithm}; no other algorithm is supported");
        }

        var (accessKey, headerList, signature) = ("", "", "");
        var parts = authorization.AsSpan(space + 1);
        foreach (var range in parts.Split(','))
        {
            var part = parts[range];
            var equals = part.IndexOf('=');
            if (equals < 0 || !TryAdd(part[..equals].Trim(), part[(equals + 1)..].Trim()))
            {
                return Malformed();
            }
        }

        return accessKey.Length > 0 && headerList.Length > 0 && signature.Length > 0 ? Read(accessKey, headerList, signature) : Malformed();

        bool TryAdd(ReadOnlySpan<char> name, ReadOnlySpan<char> value) => name switch
        {
            "Access" => TrySet(ref accessKey, value),
            "SignedHeaders" => TrySet(ref headerList, value),
            "Signature" => TrySet(ref signature, value),
            _ => true,
        };
    }

    /// <summary>Null when the request was signed at most <see cref="MaxSkew"/> ago or ahead.</summary>
    public Refusal? WhyNotNow(Credentials request, DateTimeOffset now)
    {
        var text = request.Headers[DateHeader].ToString().Trim();
        if (!DateTimeOffset.TryParseExact(text, DateFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var signedAt))
        {
            return Refusal.SignatureInvalid.Because("send X-Sdk-Date as UTC like 20260131T235959Z");
        }

        return (now - signedAt).Duration() <= MaxSkew
            ? null
            : Refusal.SignatureInvalid.Because(
                $"signature expired: X-Sdk-Date is {text}, the server's time is {now.UtcDateTime.ToString(DateFormat)}; at most 15 minutes may lie between");
    }

    /// <summary>Null when the signature is that of the request, its body included, by the secret key.</summary>
    /// <remarks>The refusal names the canonical request's hash, which the SDKs log: where the two differ, the requests do.</remarks>
    public Refusal? WhyNotFrom(Credentials request, ReadOnlySpan<byte> body, ReadOnlySpan<byte> secretKey)
    {
        foreach (var name in signedHeaders)
        {
            if (!request.Headers.ContainsKey(name))
            {
                return Refusal.SignatureInvalid.Because($"the signed header {Refusal.Quote(name)} did not arrive");
            }
        }

        if (ContentHashes(request, body).IsRefused(out var refusal, out var contentHashes))
        {
            return refusal;
        }

        var canonicalHash = "";
        foreach (var contentHash in contentHashes)
        {
            canonicalHash = Sha256.Hex(CanonicalRequest(request, contentHash));
            if (CryptographicOperations.FixedTimeEquals(MacOf(request, canonicalHash, secretKey), mac))
            {
                return null;
            }
        }

        return Refusal.SignatureInvalid.Because(
            $"AK does not exist or is disabled, or SK or request are not those that were signed with: the SHA-256 of the canonical request is {canonicalHash}");
    }

    /// <summary>The text that is signed, by its hash.</summary>
    internal string CanonicalRequest(Credentials request, string contentHash)
    {
        var text = new StringBuilder(UsualLength)
            .Append(request.Method).Append('\n')
            .Append(CanonicalUri.Path(request.RawPath)).Append('\n')
            .Append(CanonicalUri.Query(request.RawQuery)).Append('\n');
        foreach (var name in signedHeaders)
        {
            text.Append(name).Append(':').Append(request.Headers[name].ToString().AsSpan().Trim()).Append('\n');
        }

        return text.Append('\n').Append(headerList).Append('\n').Append(contentHash).ToString();
    }

    private static Result<SdkSignature> Read(string accessKey, string headerList, string signature)
    {
        if (accessKey.Length is 0 or > MaxKeyLength || accessKey.AsSpan().ContainsAnyExcept(LettersAndDigits))
        {
            return Refusal.SignatureInvalid.Because("Access must be an access key of letters and digits");
        }

        var digest = new byte[SHA256.HashSizeInBytes];
        if (signature.Length != 2 * digest.Length || Convert.FromHexString(signature, digest, out _, out _) != OperationStatus.Done)
        {
            return Refusal.SignatureInvalid.Because("Signature must be 64 hexadecimal digits");
        }

        var read = new SdkSignature(accessKey, headerList, digest);
        return read.signedHeaders.Length <= MaxSignedHeaders && read.IsSigned(DateHeader) && !read.RepeatsOne()
            ? read
            : Refusal.SignatureInvalid.Because("SignedHeaders must be names joined by semicolons, x-sdk-date among them, and each once");
    }

    /// <summary>Nothing is said twice.</summary>
    private static bool TrySet(ref string part, ReadOnlySpan<char> value)
    {
        var isFirst = part.Length == 0;
        part = value.ToString();
        return isFirst && part.Length > 0;
    }

    private static Refusal Malformed() =>
        Refusal.SignatureInvalid.Because($"the Authorization header must read {Algorithm} Access=…, SignedHeaders=…, Signature=…");

    private static byte[] MacOf(Credentials request, string canonicalHash, ReadOnlySpan<byte> secretKey)
    {
        var toSign = $"{Algorithm}\n{request.Headers[DateHeader].ToString().Trim()}\n{canonicalHash}";
        return HMACSHA256.HashData(secretKey, Encoding.UTF8.GetBytes(toSign));
    }

    /// <summary>A header of 30 kB that is named a hundred times would be hashed a hundred times.</summary>
    private bool RepeatsOne()
    {
        for (var i = 1; i < signedHeaders.Length; i++)
        {
            if (signedHeaders.AsSpan(0, i).Contains(signedHeaders[i], StringComparer.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsSigned(string header) => signedHeaders.AsSpan().Contains(header, StringComparer.OrdinalIgnoreCase);

    /// <summary>What may stand for the body in the canonical request; usually its hash alone.</summary>
    /// <remarks>
    /// The content-hash header counts only when it is signed. One that is not may have been added on the way by somebody who wants to
    /// exchange the body: it is ignored, and the body's own hash is what must have been signed.
    /// </remarks>
    private Result<string[]> ContentHashes(Credentials request, ReadOnlySpan<byte> body)
    {
        var actual = body.IsEmpty ? HashOfNothing : Sha256.Hex(body);
        if (!IsSigned(ContentHashHeader))
        {
            return new[] { actual };
        }

        var claimed = request.Headers[ContentHashHeader].ToString().Trim();
        if (claimed == UnsignedPayload)
        {
            // Without a body, Go signs the word and Python the hash of nothing.
            return body.IsEmpty ? new[] { claimed, actual } : [claimed];
        }

        return claimed.Equals(actual, StringComparison.OrdinalIgnoreCase)
            ? new[] { claimed }
            : Refusal.SignatureInvalid.Because($"{ContentHashHeader} is not the SHA-256 of the body that arrived");
    }
}

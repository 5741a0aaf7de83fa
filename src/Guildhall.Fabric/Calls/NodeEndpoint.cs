using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace Guildhall.Fabric;

/// <summary>Where an orderer or a peer listens, and how its TLS is checked.</summary>
/// <param name="Address">https://host:port, or http://host:port where the network runs without TLS.</param>
public sealed record NodeEndpoint(Uri Address)
{
    private const int MaxLength = 300; // the longest name of a host has 253

    /// <summary>The certificate authorities whose server certificates are accepted here; those of the system are not.</summary>
    public ImmutableArray<X509Certificate2> TlsAuthorities { get; init; } = [];

    /// <summary>The name that the server's certificate must bear, where it is not the host of the address.</summary>
    public string? ServerName { get; init; }

    /// <summary>What mutual TLS shows to the server, with its private key. Null where the server asks for none.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>What is said of it when it does not answer, and of anything else that answers there.</summary>
    public string Unanswered => $"{this} did not answer as an orderer or peer does.";

    /// <param name="address">host:port, or a URL with grpcs, https, grpc or http.</param>
    /// <exception cref="FormatException">It is neither, or has no port.</exception>
    public static NodeEndpoint Parse(string address)
    {
        if (address.Length > MaxLength)
        {
            throw new FormatException($"\"{address[..MaxLength]}…\" is no address of an orderer or peer: it has more than {MaxLength} characters.");
        }

        var text = address.Contains("://", StringComparison.Ordinal) ? address : $"https://{address}";
        text = text.Replace("grpcs://", "https://", StringComparison.OrdinalIgnoreCase).Replace("grpc://", "http://", StringComparison.OrdinalIgnoreCase);
        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http" && uri.Host.Length > 0 && IsHostAndPort(uri, text)
            ? new NodeEndpoint(uri)
            : throw new FormatException($"\"{address}\" is no address of an orderer or peer: write host:port, or grpcs://host:port.");
    }

    /// <summary>host:port, also where the port is the scheme's own.</summary>
    public override string ToString() => $"{Address.Host}:{Address.Port}";

    /// <summary>Whether there is nothing but a host and a port in it: a path, a query or a user would be left out of what is kept.</summary>
    private static bool IsHostAndPort(Uri uri, string text) =>
        uri is { AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "", Port: > 0 }
        && text.TrimEnd('/') is var plain && plain[(plain.LastIndexOf(':') + 1)..].TrimStart('0') == uri.Port.ToString(CultureInfo.InvariantCulture);
}

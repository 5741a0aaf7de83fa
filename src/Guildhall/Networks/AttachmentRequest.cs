using System.Collections.Immutable;

namespace Guildhall.Networks;

/// <summary>What a service is to be attached with, in the forms that Fabric's users have.</summary>
/// <param name="Profile">A connection profile, in JSON or YAML.</param>
public sealed record AttachmentRequest(string Profile, ImmutableArray<OrganizationFiles> Organizations)
{
    /// <summary>What the kept keys sign without being asked; null for what was said before.</summary>
    public ImmutableArray<AutomaticChannel>? Automatic { get; init; }

    /// <summary>Reads a certificate that the profile names by path; null where paths are not to be followed.</summary>
    public Func<string, string>? ReadFile { get; init; }

    /// <summary>Whether a private key is among it.</summary>
    public bool HasKeys => Organizations.Any(one => ((GivenIdentity?[])[one.Administrator, one.Client]).Any(given => given is { KeyPem: not null } or { Tls: not null }));
}

/// <summary>An organization of the service, with its MSP folder.</summary>
/// <param name="Name">As the service calls it.</param>
/// <param name="Files">The text of the MSP's files by their path in the folder, such as cacerts/ca.pem.</param>
/// <param name="Administrator">Who signs for it here; null when its administrators sign for themselves.</param>
/// <param name="Client">Who reads and submits for it; null for its administrator.</param>
public sealed record OrganizationFiles(
    string Name, string MspId, ImmutableArray<(string Path, string Text)> Files, GivenIdentity? Administrator, GivenIdentity? Client);

/// <summary>An identity that is handed in. Its text shows no key.</summary>
/// <param name="KeyPem">The private key; null when the signing program holds it.</param>
/// <param name="KeyName">What the signing program calls the key, without the account's name before it and without a slash; null when it is handed in.</param>
public sealed record GivenIdentity(string CertificatePem, string? KeyPem, string? KeyName)
{
    /// <summary>What <see cref="IsKeyName"/> asks for, in words.</summary>
    public const string KeyNameRule = "must have 1 to 64 letters, digits, dots, dashes and underscores, and not begin with a dash";

    private const int MaxKeyNameLength = 64;

    /// <summary>What it shows to servers that ask for a client certificate (mutual TLS); null where none does.</summary>
    public GivenTlsCertificate? Tls { get; init; }

    /// <summary>Whether a key may be called so. Without a slash, the account's name before it cannot be mistaken.</summary>
    public static bool IsKeyName(string text) =>
        text.Length is > 0 and <= MaxKeyNameLength && text[0] != '-' && text.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_');

    public override string ToString() => $"an identity, its key {(KeyName is null ? "handed in" : "held by the signing program")}";
}

/// <summary>A TLS client certificate that is handed in. Its text shows no key.</summary>
public sealed record GivenTlsCertificate(string CertificatePem, string KeyPem)
{
    public override string ToString() => "a TLS client certificate";
}

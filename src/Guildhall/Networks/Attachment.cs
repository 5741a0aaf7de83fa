using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Guildhall.Fabric;
using Guildhall.Sealing;

namespace Guildhall.Networks;

/// <summary>What a service is on its Fabric network.</summary>
/// <param name="Profile">A connection profile, as Fabric's users write it, with every certificate written out.</param>
public sealed record Attachment(string ServiceId, string Profile, DateTimeOffset AttachedAt, ImmutableArray<AttachedOrganization> Organizations)
{
    public AttachedOrganization? Find(string name) => Organizations.FirstOrDefault(organization => organization.Name == name);

    /// <summary>The first identity that may read the network's channels and submit to them for the service; null when it has none.</summary>
    public HeldIdentity? Client => Organizations.Select(organization => organization.Client ?? organization.Administrator).FirstOrDefault(identity => identity is not null);
}

/// <summary>A service's organization as Fabric knows it.</summary>
/// <param name="Name">As the service calls it.</param>
/// <param name="Administrator">Who signs for it here; null when its administrators sign for themselves, on machines of their own.</param>
/// <param name="Client">Who reads and submits for it; null for its administrator.</param>
public sealed record AttachedOrganization(string Name, MspDefinition Msp, HeldIdentity? Administrator, HeldIdentity? Client)
{
    /// <summary>When an administrator's key of the MSP was seen to be the account's; null when none was yet. Whoever has none shows a folder that everybody has.</summary>
    public DateTimeOffset? ProvenAt { get; init; }
}

/// <summary>An identity in whose name Guildhall signs, and where its key is.</summary>
/// <param name="SealedKey">The key, sealed with a data key of the account; null when a program holds it.</param>
/// <param name="KeyName">What the signing program calls the key; null when it is sealed here.</param>
public sealed record HeldIdentity(string MspId, string CertificatePem, string? SealedKey, string? KeyName)
{
    /// <summary>What servers are shown that ask for a client certificate (mutual TLS); null where none does.</summary>
    public HeldTlsCertificate? Tls { get; init; }

    /// <summary>Opens the sealed key, where the identity was read to be used.</summary>
    [JsonIgnore]
    public WrappedKey? DataKey { get; init; }
}

/// <summary>A TLS client certificate, and its key sealed with a data key of the account.</summary>
public sealed record HeldTlsCertificate(string MspId, string CertificatePem, string SealedKey)
{
    /// <inheritdoc cref="HeldIdentity.DataKey"/>
    [JsonIgnore]
    public WrappedKey? DataKey { get; init; }
}

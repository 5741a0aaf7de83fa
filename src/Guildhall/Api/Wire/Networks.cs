using System.Text.Json;
using System.Text.Json.Serialization;
using Guildhall.Networks;

namespace Guildhall.Api.Wire;

/// <summary>One thing that was looked at, and what was found.</summary>
/// <param name="Outcome">good, warning or failed.</param>
internal sealed record NetworkFinding(
    [property: JsonPropertyName("outcome")] string Outcome,
    [property: JsonPropertyName("part")] string Part,
    [property: JsonPropertyName("subject")] string Subject,
    [property: JsonPropertyName("words")] string Words,
    [property: JsonPropertyName("remedy")] string Remedy)
{
    public static IReadOnlyList<NetworkFinding> Of(AttachmentReport report) =>
        [.. report.Checks.Select(check => new NetworkFinding(InWords(check.Outcome), InWords(check.Part), check.Subject, check.Words, check.Remedy))];

    private static string InWords(Enum value) => value.ToString().ToLowerInvariant();
}

internal sealed record NetworkAttached(
    [property: JsonPropertyName("attached")] bool Attached,
    [property: JsonPropertyName("findings")] IReadOnlyList<NetworkFinding> Findings);

internal sealed record NetworkShown(
    [property: JsonPropertyName("attached_time")] string AttachedTime,
    [property: JsonPropertyName("profile")] string Profile,
    [property: JsonPropertyName("organizations")] IReadOnlyList<NetworkOrganization> Organizations,
    [property: JsonPropertyName("findings")] IReadOnlyList<NetworkFinding> Findings,
    [property: JsonPropertyName("channels")] IReadOnlyList<NetworkChannel> Channels,
    [property: JsonPropertyName("automatic_signatures")] NetworkAutomatic Automatic,
    [property: JsonPropertyName("bindings")] IReadOnlyList<NetworkBound> Bindings)
{
    public static NetworkShown Of(Attachment attachment, AttachmentReport ending, IEnumerable<WatchedChannel> watched, AttachedSigning signing) => new(
        attachment.AttachedAt.ToWire(),
        attachment.Profile,
        [.. attachment.Organizations.Select(NetworkOrganization.Of)],
        [.. NetworkFinding.Of(ending), .. NetworkFinding.Of(signing.Findings(attachment))],
        [.. watched.Select(NetworkChannel.Of)],
        new NetworkAutomatic(signing.Automatic.SetAt?.ToWire(), [.. signing.Automatic.Channels.Select(NetworkAutomaticChannel.Of)]),
        [.. signing.Bindings.Select(one => new NetworkBound(one.ChannelName, (long)one.Block.Number, one.Block.Hash, one.OtherHash))]);
}

/// <summary>What the kept keys sign without being asked.</summary>
/// <param name="SetTime">When it was last said; null when it never was.</param>
internal sealed record NetworkAutomatic(
    [property: JsonPropertyName("set_time")] string? SetTime,
    [property: JsonPropertyName("channels")] IReadOnlyList<NetworkAutomaticChannel> Channels);

/// <param name="Changes">join, leave or both: of others.</param>
/// <param name="Until">When it ends by itself; null for not before it is taken back.</param>
internal sealed record NetworkAutomaticChannel(
    [property: JsonPropertyName("channel_name")] string ChannelName,
    [property: JsonPropertyName("changes")] IReadOnlyList<string> Changes,
    [property: JsonPropertyName("until")] string? Until,
    [property: JsonPropertyName("per_day")] int PerDay)
{
    public static NetworkAutomaticChannel Of(AutomaticChannel one) => new(
        one.ChannelName, [.. (one.Joins ? (string[])["join"] : []), .. (one.Leaves ? (string[])["leave"] : [])], one.Until?.ToWire(), one.PerDay);
}

/// <summary>The chain that a channel is, by the first block that was seen of it.</summary>
/// <param name="OtherHash">What the same block was seen to be since; null as long as it is the same.</param>
internal sealed record NetworkBound(
    [property: JsonPropertyName("channel_name")] string ChannelName,
    [property: JsonPropertyName("block")] long Block,
    [property: JsonPropertyName("hash")] string Hash,
    [property: JsonPropertyName("other_hash")] string? OtherHash);

/// <summary>A channel as it was when it was last held against the register.</summary>
/// <param name="State">true, drifted or unreadable.</param>
/// <param name="SinceTime">When it was first seen so.</param>
/// <param name="Problem">Why it could not be read.</param>
internal sealed record NetworkChannel(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("state")] string State,
    [property: JsonPropertyName("sequence")] long? Sequence,
    [property: JsonPropertyName("checked_time")] string CheckedTime,
    [property: JsonPropertyName("since_time")] string SinceTime,
    [property: JsonPropertyName("problem")] string? Problem,
    [property: JsonPropertyName("findings")] IReadOnlyList<NetworkDrift> Findings)
{
    public static NetworkChannel Of(WatchedChannel seen) => new(
        seen.ChannelName, seen.State.ToString().ToLowerInvariant(), seen.Sequence, seen.CheckedAt.ToWire(), seen.Since.ToWire(), seen.Problem, [.. seen.Findings.Select(NetworkDrift.Of)]);
}

/// <param name="Kind">uninvited, missing, msp_changed or unattached.</param>
internal sealed record NetworkDrift(
    [property: JsonPropertyName("kind")] string Kind,
    [property: JsonPropertyName("subject")] string Subject,
    [property: JsonPropertyName("words")] string Words,
    [property: JsonPropertyName("remedy")] string Remedy)
{
    public static NetworkDrift Of(DriftFinding finding) => new(
        JsonNamingPolicy.SnakeCaseLower.ConvertName(finding.Kind.ToString()), finding.Subject, finding.Words, finding.Remedy);
}

/// <summary>What an administrator of an organization signs, to be answered until a time.</summary>
/// <param name="Challenge">The text that is signed, as it stands.</param>
internal sealed record NetworkChallenge(
    [property: JsonPropertyName("organization")] string Organization,
    [property: JsonPropertyName("msp_id")] string MspId,
    [property: JsonPropertyName("challenge")] string Challenge,
    [property: JsonPropertyName("until")] string Until)
{
    public static NetworkChallenge Of(PossessionChallenge challenge) => new(challenge.Organization, challenge.MspId, challenge.Text, challenge.Until.ToWire());
}

/// <param name="Administrator">Null when its administrators sign for themselves.</param>
/// <param name="ProvenTime">When an administrator's key of the MSP was seen to be the account's; null when none was yet.</param>
internal sealed record NetworkOrganization(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("msp_id")] string MspId,
    [property: JsonPropertyName("root_certificates")] IReadOnlyList<string> RootCertificates,
    [property: JsonPropertyName("tls_root_certificates")] IReadOnlyList<string> TlsRootCertificates,
    [property: JsonPropertyName("administrator")] NetworkIdentity? Administrator,
    [property: JsonPropertyName("client")] NetworkIdentity? Client,
    [property: JsonPropertyName("proven_time")] string? ProvenTime)
{
    public static NetworkOrganization Of(AttachedOrganization organization) => new(
        organization.Name,
        organization.Msp.MspId,
        organization.Msp.RootCertificates,
        organization.Msp.TlsRootCertificates,
        NetworkIdentity.Of(organization.Administrator),
        NetworkIdentity.Of(organization.Client),
        organization.ProvenAt?.ToWire());
}

/// <param name="Key">sealed or program: where the key is.</param>
/// <param name="TlsCertificate">What mutual TLS shows to servers; null without.</param>
internal sealed record NetworkIdentity(
    [property: JsonPropertyName("certificate")] string Certificate,
    [property: JsonPropertyName("key")] string Key,
    [property: JsonPropertyName("key_name")] string? KeyName,
    [property: JsonPropertyName("tls_certificate")] string? TlsCertificate)
{
    public static NetworkIdentity? Of(HeldIdentity? held) => held is null ? null : new NetworkIdentity(
        held.CertificatePem, held.KeyName is null ? "sealed" : "program", held.KeyName, held.Tls?.CertificatePem);
}

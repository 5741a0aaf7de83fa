using System.Text.Json.Serialization;

namespace Guildhall.Api.Wire;

// The reference's spellings live here and nowhere else. A null property that carries JsonIgnore is an addition of ours, sent only when asked for.
#pragma warning disable CA1707 // the wire is snake_case

/// <summary>The body of every refusal.</summary>
internal sealed record Error(
    [property: JsonPropertyName("error_code")] string Code,
    [property: JsonPropertyName("error_msg")] string Message);

internal sealed record Success([property: JsonPropertyName("result")] string Result);

internal sealed record QuitBegun(
    [property: JsonPropertyName("result")] string Result,
    [property: JsonPropertyName("operation_id")] string OperationId);

/// <summary>The body of every other operation that the reference calls asynchronous.</summary>
internal sealed record Begun([property: JsonPropertyName("operation_id")] string OperationId);

/// <summary>Where the next page of a list begins; only when the caller asked for pages.</summary>
/// <param name="NextMarker">Null on the last page.</param>
/// <param name="CountLimited">True where the list's count stopped at its bound; left out otherwise.</param>
internal sealed record PageInfo(
    [property: JsonPropertyName("next_marker")] string? NextMarker,
    [property: JsonPropertyName("current_count")] int CurrentCount,
    [property: JsonPropertyName("count_limited"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? CountLimited = null);

internal sealed record Member(
    [property: JsonPropertyName("tcs_need")] bool TrustedComputing,
    [property: JsonPropertyName("channel_name")] string ChannelName,
    [property: JsonPropertyName("invited_orgs")] IReadOnlyList<OrganizationV2> Organizations,
    [property: JsonPropertyName("invitor_info")] MemberInvitor Inviter,
    [property: JsonPropertyName("invitee_info")] MemberInvitee Invitee)
{
    [JsonPropertyName("id"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Id { get; init; }

    [JsonPropertyName("status"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Status { get; init; }

    [JsonPropertyName("invited_time"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? InvitedTime { get; init; }

    [JsonPropertyName("updated_time"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? UpdatedTime { get; init; }

    [JsonPropertyName("operation_id"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? OperationId { get; init; }

    /// <summary>Why the invitee rejected.</summary>
    [JsonPropertyName("reason"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }

    [JsonPropertyName("progress"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MemberProgress? Progress { get; init; }
}

internal sealed record OrganizationV2(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("name_hash")] string NameHash,
    [property: JsonPropertyName("node_count")] int NodeCount,
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("status_detail")] string StatusDetail);

internal sealed record MemberInvitor(
    [property: JsonPropertyName("invitor_bcs_id")] string ServiceId,
    [property: JsonPropertyName("invitor_bcs_name")] string ServiceName,
    [property: JsonPropertyName("invitor_project_id")] string ProjectId,
    [property: JsonPropertyName("invitor_user_id")] string AccountId,
    [property: JsonPropertyName("invitor_username")] string AccountName);

internal sealed record MemberInvitee(
    [property: JsonPropertyName("invitee_bcs_id")] string ServiceId,
    [property: JsonPropertyName("invitee_user_id")] string AccountId,
    [property: JsonPropertyName("invitee_username")] string AccountName);

/// <param name="Id">Ours: names the notification to Guildhall's own endpoint that marks it.</param>
/// <param name="InvitedTime">Ours.</param>
/// <param name="Reason">Ours: why it was rejected; left out where no reason was given, as no client of the reference gives one.</param>
internal sealed record Notification(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("channel_name")] string ChannelName,
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("updated_time")] string UpdatedTime,
    [property: JsonPropertyName("invited_time")] string InvitedTime,
    [property: JsonPropertyName("tc3_need")] bool TrustedComputing,
    [property: JsonPropertyName("invitor_info")] NotificationInvitor Inviter,
    [property: JsonPropertyName("invitee_info")] NotificationInvitee Invitee,
    [property: JsonPropertyName("hide")] int Hide,
    [property: JsonPropertyName("invitee_orgs")] IReadOnlyList<OrganizationV2> Organizations,
    [property: JsonPropertyName("read_status")] int ReadStatus,
    [property: JsonPropertyName("cross_version_upgrade")] string CrossVersionUpgrade,
    [property: JsonPropertyName("reason"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason);

internal sealed record NotificationInvitor(
    [property: JsonPropertyName("invitor_id")] string AccountId,
    [property: JsonPropertyName("invitor_name")] string AccountName,
    [property: JsonPropertyName("invitor_bcs_id")] string ServiceId,
    [property: JsonPropertyName("invitor_bcs_name")] string ServiceName,
    [property: JsonPropertyName("invitor_consensus")] string Consensus,
    [property: JsonPropertyName("invitor_project_id")] string ProjectId,
    [property: JsonPropertyName("invitor_cluster_type")] string ClusterType,
    [property: JsonPropertyName("invitor_database_type")] string DatabaseType,
    [property: JsonPropertyName("invitor_signature_algorithm")] string SignAlgorithm,
    [property: JsonPropertyName("invitor_fabric_version")] string FabricVersion,
    [property: JsonPropertyName("order_fade_enabled")] bool OrderFadeEnabled,
    [property: JsonPropertyName("order_fade_cache")] long OrderFadeCache);

/// <param name="AccountName">Null unless switched on: every typed SDK of the reference declares a number and fails on a name.</param>
internal sealed record NotificationInvitee(
    [property: JsonPropertyName("invitee_id")] string AccountId,
    [property: JsonPropertyName("invitee_name")] string? AccountName,
    [property: JsonPropertyName("invitee_bcs_name")] string ServiceName,
    [property: JsonPropertyName("invitee_bcs_id")] string ServiceId,
    [property: JsonPropertyName("invitee_project_id")] string ProjectId);

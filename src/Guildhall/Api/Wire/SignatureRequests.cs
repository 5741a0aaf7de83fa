using System.Text.Json.Serialization;

namespace Guildhall.Api.Wire;

internal sealed record SignatureRequestList(
    [property: JsonPropertyName("count")] int Count,
    [property: JsonPropertyName("signature_requests")] IReadOnlyList<SignatureRequestItem> Requests);

/// <param name="Organization">The MSP id of the organization that is asked.</param>
/// <param name="Status"><c>waiting</c>, <c>given</c>, <c>declined</c> or <c>closed</c>.</param>
internal record SignatureRequestItem(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("channel")] string Channel,
    [property: JsonPropertyName("operation_id")] string OperationId,
    [property: JsonPropertyName("msp_id")] string Organization,
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("round")] int Round,
    [property: JsonPropertyName("reason"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason,
    [property: JsonPropertyName("asked_time")] string AskedTime,
    [property: JsonPropertyName("answered_time"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? AnsweredTime);

/// <summary>A request as it is shown by itself: the file that <c>guildhall sign</c> takes.</summary>
/// <param name="Update">Fabric's common.ConfigUpdate, in base64: the bytes that are signed.</param>
/// <param name="Digest">Its SHA-256 in hex.</param>
/// <param name="Config">Fabric's common.Config that the update was prepared on, in base64.</param>
/// <param name="Words">What the update changes, element by element.</param>
/// <param name="ReadThrough">The account through whose nodes the channel was read. Absent where it is not known any more.</param>
/// <param name="KeptKey">Whether a key that is kept here signs it when it is told to.</param>
/// <param name="Approved">Whether the key has been told to sign the update as it is now.</param>
/// <param name="HeldBack">Why the kept key has not signed what it would sign otherwise.</param>
/// <param name="Missing">What is still needed, in words.</param>
/// <param name="SmallestSets">Sets of signers that would finish it and of which none is too many.</param>
/// <param name="AreAllListed">False when there are more of them than anybody reads.</param>
/// <param name="SetCount">How many there are, in digits. Absent where it is not known.</param>
/// <param name="IsSmallest">Whether no set has fewer signers than the first.</param>
internal sealed record SignatureRequestDetail(
    [property: JsonIgnore] SignatureRequestItem Item,
    [property: JsonPropertyName("update")] string Update,
    [property: JsonPropertyName("digest")] string Digest,
    [property: JsonPropertyName("config")] string Config,
    [property: JsonPropertyName("words")] IReadOnlyList<string> Words,
    [property: JsonPropertyName("read_through"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ReadThrough,
    [property: JsonPropertyName("kept_key")] bool KeptKey,
    [property: JsonPropertyName("approved")] bool Approved,
    [property: JsonPropertyName("held_back"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? HeldBack,
    [property: JsonPropertyName("signed")] IReadOnlyList<string> Signed,
    [property: JsonPropertyName("missing")] string Missing,
    [property: JsonPropertyName("smallest_sets")] IReadOnlyList<IReadOnlyList<string>> SmallestSets,
    [property: JsonPropertyName("all_sets")] bool AreAllListed,
    [property: JsonPropertyName("set_count"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? SetCount,
    [property: JsonPropertyName("is_smallest")] bool IsSmallest)
    : SignatureRequestItem(Item);

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Guildhall.Fabric;
using Guildhall.Outbox;

namespace Guildhall.Api.Wire;

/// <summary>What a membership's next change of its channel does. The API answers it, and <c>guildhall fabric plan --json</c> prints it.</summary>
/// <param name="Change">join or leave.</param>
/// <param name="Sequence">Of the channel's configuration that it was told from.</param>
/// <param name="Missing">Who has to sign, in words; empty when the channel is so already.</param>
/// <param name="AreAllListed">False when there are more sets of signers than anybody reads.</param>
/// <param name="SetCount">How many there are, in digits: more than a program's numbers hold. Absent where it is not known.</param>
/// <param name="IsSmallest">Whether no set has fewer signers than the first.</param>
internal sealed record NetworkPlan(
    [property: JsonPropertyName("change")] string Change,
    [property: JsonPropertyName("channel")] string Channel,
    [property: JsonPropertyName("sequence")] long Sequence,
    [property: JsonPropertyName("words")] IReadOnlyList<string> Words,
    [property: JsonPropertyName("consequences")] IReadOnlyList<NetworkPlanConsequence> Consequences,
    [property: JsonPropertyName("findings")] IReadOnlyList<NetworkPlanFinding> Findings,
    [property: JsonPropertyName("missing")] string Missing,
    [property: JsonPropertyName("smallest_sets")] IReadOnlyList<IReadOnlyList<string>> SmallestSets,
    [property: JsonPropertyName("all_sets")] bool AreAllListed,
    [property: JsonPropertyName("set_count"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? SetCount,
    [property: JsonPropertyName("is_smallest")] bool IsSmallest,
    [property: JsonPropertyName("difference")] IReadOnlyList<NetworkPlanDifference> Difference)
{
    public static NetworkPlan Of(ChannelPreview preview) => new(
        preview.Kind == WorkKind.Join ? "join" : "leave",
        preview.ChannelName,
        (long)preview.Sequence,
        preview.Words,
        [.. preview.Consequences.Select(one => new NetworkPlanConsequence(one.Path, NetworkPlanCount.Of(one.Before), NetworkPlanCount.Of(one.After), one.BreaksIt, one.Words))],
        [.. preview.Findings.Select(NetworkPlanFinding.Of)],
        preview.Needed?.Words ?? "",
        [.. (preview.Needed?.SmallestSets ?? []).Select(set => set.Select(signer => signer.ToString()).ToArray())],
        preview.Needed?.AreAllListed ?? true,
        preview.Needed?.SetCount?.ToString(CultureInfo.InvariantCulture),
        preview.Needed?.IsSmallest ?? true,
        [.. preview.Differences.Select(one => new NetworkPlanDifference(one.Element, one.Before, one.After))]);
}

/// <param name="Policy">Its path, such as /Channel/Application/Admins.</param>
/// <param name="Before">Null where there was no such policy.</param>
/// <param name="After">Null where there will be none.</param>
internal sealed record NetworkPlanConsequence(
    [property: JsonPropertyName("policy")] string Policy,
    [property: JsonPropertyName("before")] NetworkPlanCount? Before,
    [property: JsonPropertyName("after")] NetworkPlanCount? After,
    [property: JsonPropertyName("breaks")] bool Breaks,
    [property: JsonPropertyName("words")] string Words);

/// <param name="Rule">ANY, ALL or MAJORITY; SIGNATURE for a policy that names its signers, and counts none.</param>
internal sealed record NetworkPlanCount(
    [property: JsonPropertyName("rule")] string Rule, [property: JsonPropertyName("needed")] int Needed, [property: JsonPropertyName("of")] int All)
{
    public static NetworkPlanCount? Of(PolicyCount? count) => count is null ? null : new NetworkPlanCount(count.Rule, count.Needed, count.Of);
}

/// <param name="Outcome">warning, or failed: it is then not done.</param>
/// <param name="Kind">For programs, such as last_organization.</param>
internal sealed record NetworkPlanFinding(
    [property: JsonPropertyName("outcome")] string Outcome,
    [property: JsonPropertyName("kind")] string Kind,
    [property: JsonPropertyName("subject")] string Subject,
    [property: JsonPropertyName("words")] string Words,
    [property: JsonPropertyName("remedy")] string Remedy)
{
    public static NetworkPlanFinding Of(Finding finding) => new(
        finding.IsWarning ? "warning" : "failed", JsonNamingPolicy.SnakeCaseLower.ConvertName(finding.Kind.ToString()), finding.Subject, finding.Words, finding.Remedy);
}

internal sealed record NetworkPlanDifference(
    [property: JsonPropertyName("element")] string Element,
    [property: JsonPropertyName("before")] JsonNode? Before,
    [property: JsonPropertyName("after")] JsonNode? After);

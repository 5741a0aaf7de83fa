using System.Text.Json.Serialization;

namespace Guildhall.Api.Wire;

/// <param name="RecordTime">When the record last changed, in Unix nanoseconds as the steps' times.</param>
internal sealed record OperationRecord(
    [property: JsonPropertyName("operation_id")] string Id,
    [property: JsonPropertyName("resource_type")] string ResourceType,
    [property: JsonPropertyName("operation_type")] string Type,
    [property: JsonPropertyName("domain_id")] string AccountId,
    [property: JsonPropertyName("project_id")] string ProjectId,
    [property: JsonPropertyName("blockchain_id")] string ServiceId,
    [property: JsonPropertyName("blockchain_name")] string ServiceName,
    [property: JsonPropertyName("cluster_info")] OperationCluster Cluster,
    [property: JsonPropertyName("operation_process")] IReadOnlyDictionary<string, OperationProcess> Process,
    [property: JsonPropertyName("record_time")] long RecordTime,
    [property: JsonPropertyName("operation_status")] string Status,
    [property: JsonPropertyName("message")] IReadOnlyList<string>? Message,
    [property: JsonPropertyName("desc")] string Description);

internal sealed record OperationCluster([property: JsonPropertyName("cluster_type")] string Type)
{
    [JsonPropertyName("name")]
    public string Name => "";

    [JsonPropertyName("cluster_id")]
    public string Id => "";

    [JsonPropertyName("node_infos")]
    public IReadOnlyList<string>? Nodes => null;
}

internal sealed record OperationProcess(
    [property: JsonPropertyName("step_name")] string Name,
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("detail")] string Detail,
    [property: JsonPropertyName("sub_steps")] IReadOnlyDictionary<string, OperationSubStep> SubSteps,
    [property: JsonPropertyName("serial_num")] int Number);

/// <param name="StartTime">Unix nanoseconds; 0 when it has not started.</param>
/// <param name="EndTime">Unix nanoseconds; 0 when it has not ended.</param>
internal sealed record OperationSubStep(
    [property: JsonPropertyName("substep_name")] string Name,
    [property: JsonPropertyName("detail")] string? Detail,
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("message")] IReadOnlyList<string>? Message,
    [property: JsonPropertyName("start_time")] long StartTime,
    [property: JsonPropertyName("end_time")] long EndTime,
    [property: JsonPropertyName("serial_num")] int Number);

using System.Text.Json.Serialization;

namespace Guildhall.Api.Wire;

/// <summary>How far a member's join or quit has come.</summary>
/// <param name="Status">Of the operation, as ListOpRecord shows it.</param>
/// <param name="Number">Of the step, from 1.</param>
/// <param name="Message">Why it failed or what it waits for; empty when there is nothing to say.</param>
/// <param name="StartedTime">Null when the step has not begun.</param>
internal sealed record MemberProgress(
    [property: JsonPropertyName("operation_id")] string OperationId,
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("step")] string Step,
    [property: JsonPropertyName("detail")] string Detail,
    [property: JsonPropertyName("number")] int Number,
    [property: JsonPropertyName("steps")] int Steps,
    [property: JsonPropertyName("failed_attempts")] int FailedAttempts,
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("started_time")] string? StartedTime);

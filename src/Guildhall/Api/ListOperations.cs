using Guildhall.Api.Wire;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Operations;
using Guildhall.Storage;

namespace Guildhall.Api;

/// <summary>ListOpRecord: the project's operations and how far they have come.</summary>
internal static class ListOperations
{
    private const int NanosecondsPerTick = 100;

    private static readonly string[] ResourceTypes = [OperationIds.ResourceType, "BCSSVC02", "PLUGIN01", "PLUGIN02", "PLUGIN03"];

    /// <summary>The types of operations that a register never begins: OpUpgrade and OpUpgradeRb.</summary>
    private static readonly string[] UnusedTypes = ["01", "91"];

    private static readonly ListShape<Operation, OperationPlace, OperationRecord> Shape = new("operation_records", Answers.Json.OperationRecord, ToWire, place => place.Id);

    private static readonly Task<Piece<Operation, OperationPlace>> Nothing = Task.FromResult(new Piece<Operation, OperationPlace>([], null));

    public static void MapListOperations(this IEndpointRouteBuilder api) =>
        api.MapGet("operation/record", HandleAsync).WithName("ListOpRecord");

    private static async Task HandleAsync(HttpContext context, Query query, Caller caller, ServiceManagement services, LongAnswers answers)
    {
        var types = Enum.GetValues<OperationType>().ToDictionary(OperationIds.CodeOf);
        var statuses = Enum.GetValues<OperationStatus>().ToDictionary(ToWire);
        var resource = query.Choice("resource_type", ResourceTypes);
        var type = query.Choice("operation_type", types.Keys.Concat(UnusedTypes));
        var status = query.Choice("operation_status", statuses.Keys);
        var (serviceId, id) = (query.Text("blockchain_id", Names.MaxIdLength), query.Text("operation_id"));
        var (limit, after) = (query.Number("limit", 1, Query.MaxPage), query.Text("marker"));
        if (query.Refusal is { } malformed)
        {
            await malformed.ToResponse().ExecuteAsync(context);
            return;
        }

        // Of an unknown marker, as of a type that is never recorded, there is nothing to show.
        var begin = after is null ? null : await services.FindOperationPlaceAsync(caller, after, context.RequestAborted);
        var isNeverRecorded = resource is not (null or OperationIds.ResourceType) || UnusedTypes.Contains(type);
        var isEmpty = isNeverRecorded || (after is not null && begin is null);
        var filter = new OperationFilter(
            serviceId, status is null ? null : statuses[status], type is null || UnusedTypes.Contains(type) ? null : types[type], id);
        using var list = new ListBody<Operation, OperationPlace, OperationRecord>(
            Shape,
            limit,
            begin,
            (place, most, cancellationToken) => isEmpty ? Nothing : services.ReadOperationsAsync(caller, filter, place, most, cancellationToken),
            cancellationToken => isNeverRecorded ? Task.FromResult(new Counted(0, IsExact: true)) : services.CountOperationsAsync(caller, filter, cancellationToken));
        await answers.SendAsync(context, caller, list.Body, list.WriteNextAsync);
    }

    private static string ToWire(OperationStatus status) => status.ToString().ToLowerInvariant();

    private static OperationRecord ToWire(Operation operation)
    {
        var messages = operation.Steps.SelectMany(step => step.Messages).ToArray();
        var changed = operation.Steps.Select(step => step.EndedAt ?? step.StartedAt).Append(operation.RecordedAt).Max();
        return new OperationRecord(
            operation.Id,
            OperationIds.ResourceType,
            OperationIds.CodeOf(operation.Type),
            operation.AccountId,
            operation.ProjectId,
            operation.ServiceId,
            operation.ServiceName,
            new OperationCluster(operation.ClusterType),
            operation.Steps.Select(ToWire).ToDictionary(step => step.Name),
            Nanoseconds(changed),
            ToWire(operation.Status),
            messages.Length == 0 ? null : messages,
            operation.Description);
    }

    /// <summary>A step of ours is one step with one sub-step, which carries the times.</summary>
    private static OperationProcess ToWire(OperationStep step, int index)
    {
        var subStep = new OperationSubStep(
            step.Detail,
            step.Attempts == 0 ? null : $"failed attempts: {step.Attempts}",
            ToWire(step.Status),
            step.Messages.IsEmpty ? null : step.Messages,
            Nanoseconds(step.StartedAt),
            Nanoseconds(step.EndedAt),
            Number: 1);
        return new OperationProcess(
            step.Name, ToWire(step.Status), "", new Dictionary<string, OperationSubStep> { [subStep.Name] = subStep }, index + 1);
    }

    private static long Nanoseconds(DateTimeOffset? time) =>
        time is { } given ? (given - DateTimeOffset.UnixEpoch).Ticks * NanosecondsPerTick : 0;
}

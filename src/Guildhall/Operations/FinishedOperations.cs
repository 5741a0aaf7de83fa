using Guildhall.Services;

namespace Guildhall.Operations;

/// <summary>Operations whose whole effect is in the register, so that they are finished when they are recorded.</summary>
internal static class FinishedOperations
{
    /// <param name="step">What the one step is called.</param>
    /// <param name="detail">What it did.</param>
    public static Operation Finished(
        this OperationIds ids, OperationType type, Service service, string description, string step, string detail, DateTimeOffset now) =>
        new Operation(
            ids.Next(type),
            type,
            service.AccountId,
            service.ProjectId,
            service.Id,
            service.Name,
            service.ClusterType.ToLowerInvariant(), // as the reference prints it in records
            OperationStatus.Waiting,
            description,
            [OperationStep.Planned(step, detail)],
            now).AsFinished();
}

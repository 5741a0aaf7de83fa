using System.Collections.Immutable;

namespace Guildhall.Operations;

/// <summary>What was asked of the network, and how far it has come: one record of ListOpRecord.</summary>
/// <param name="Id">See <see cref="OperationIds"/>.</param>
/// <param name="Steps">In the order they run.</param>
public sealed record Operation(
    string Id,
    OperationType Type,
    string AccountId,
    string ProjectId,
    string ServiceId,
    string ServiceName,
    string ClusterType,
    OperationStatus Status,
    string Description,
    ImmutableArray<OperationStep> Steps,
    DateTimeOffset RecordedAt)
{
    /// <summary>The first step that is not finished; null when all are.</summary>
    public OperationStep? CurrentStep => Steps.FirstOrDefault(step => step.Status != OperationStatus.Finished);

    /// <summary>The same operation with that step in the place of the one of its name.</summary>
    public Operation With(OperationStep step) =>
        this with { Status = OperationStatus.Processing, Steps = Steps.Replace(Steps.Single(one => one.Name == step.Name), step) };

    /// <summary>The same operation, to be gone on with from an earlier step.</summary>
    /// <param name="why">Shown with that step.</param>
    public Operation BackTo(string stepName, string why)
    {
        var from = Steps.IndexOf(Steps.Single(step => step.Name == stepName));
        return this with
        {
            Status = OperationStatus.Processing,
            Steps =
            [
                .. Steps.Take(from),
                .. Steps.Skip(from).Select((step, i) => OperationStep.Planned(step.Name, step.Detail) with { Messages = i == 0 ? [why] : [] }),
            ],
        };
    }

    /// <summary>An operation whose whole effect is the transaction that records it.</summary>
    public Operation AsFinished() => this with
    {
        Status = OperationStatus.Finished,
        Steps = [.. Steps.Select(step => step with { Status = OperationStatus.Finished, StartedAt = RecordedAt, EndedAt = RecordedAt })],
    };

    /// <summary>Ended before it was done, because what it worked on went away.</summary>
    public Operation Stopped(string reason, DateTimeOffset now) => this with
    {
        Status = OperationStatus.Stop,
        Steps = [.. Steps.Select(step => step.Status == OperationStatus.Finished
            ? step
            : step with { Status = OperationStatus.Stop, Messages = step.Messages.Add(reason), EndedAt = now })],
    };
}

/// <summary>One step of an operation. It is done at least once, and doing it twice does no harm.</summary>
/// <param name="Attempts">Failed attempts so far.</param>
/// <param name="Messages">The latest failure's text, or why the step was stopped.</param>
public sealed record OperationStep(
    string Name,
    string Detail,
    OperationStatus Status,
    int Attempts,
    ImmutableArray<string> Messages,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt)
{
    public static OperationStep Planned(string name, string detail) => new(name, detail, OperationStatus.Waiting, 0, [], null, null);
}

/// <summary>ListOpRecord's <c>operation_status</c>, by the same names in lower case.</summary>
public enum OperationStatus
{
    Waiting,
    Processing,
    Finished,
    Failed,
    Stop,
}

/// <summary>ListOpRecord's <c>operation_type</c>.</summary>
public enum OperationType
{
    /// <summary><c>99</c> OpCreate.</summary>
    Create,

    /// <summary><c>00</c> OpDelete.</summary>
    Delete,

    /// <summary><c>02</c> OpAddOrg.</summary>
    AddOrganization,

    /// <summary><c>03</c> OpScaleOrg; a quit is recorded as one, as its reference page prints the id.</summary>
    ScaleOrganization,

    /// <summary><c>04</c> OpJoinChannel.</summary>
    JoinChannel,

    /// <summary><c>05</c> OpJoinUnion.</summary>
    JoinConsortium,
}

using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Operations;

namespace Guildhall.Console.Shared;

/// <summary>How a state looks: by its shape as much as by its colour, and always with its name.</summary>
/// <param name="Tone">The colour, as the style sheet names it.</param>
/// <param name="Shape">A path in a square of 16 by 16.</param>
public sealed record Look(string Name, string Tone, string Shape)
{
    private const string Clock = "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1zm0 2a5 5 0 1 0 0 10A5 5 0 0 0 8 3zm-1 2h2v3h2v2H7z";
    private const string Into = "M2 7h5V4l5 4-5 4V9H2zm11-5h2v12h-2z";
    private const string Tick = "M6.500 13 1.500 8 3 6.500l3.500 3.500L13 3.500 14.500 5z";
    private const string OutOf = "M14 7H9V4L4 8l5 4V9h5zM1 2h2v12H1z";
    private const string Square = "M2 2h12v12H2zm2 2v8h8V4z";
    private const string Cross = "M3.500 2 8 6.500 12.500 2 14 3.500 9.500 8l4.500 4.500-1.500 1.500L8 9.500 3.500 14 2 12.500 6.500 8 2 3.500z";
    private const string Diamond = "m8 .5 7.500 7.500L8 15.500.5 8zm0 3L3.500 8 8 12.500 12.500 8z";
    private const string Slash = "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1zM4 10.600 10.600 4A5 5 0 0 0 4 10.600zm1.400 1.400A5 5 0 0 0 12 5.400z";
    private const string Gear = "M8 1a7 7 0 1 1-6.700 5h2.100A5 5 0 1 0 8 3v2.500L4 2.500 8-.5z";

    public static readonly Look Enabled = new("Enabled", "good", Tick);
    public static readonly Look Disabled = new("Disabled", "done", Slash);

    public static Look Of(MembershipState state) => state switch
    {
        MembershipState.Waiting => new("Waiting", "wait", Clock),
        MembershipState.Rejected => new("Rejected", "bad", Cross),
        MembershipState.Joining => new("Joining", "busy", Into),
        MembershipState.Joined => new("Joined", "good", Tick),
        MembershipState.Leaving => new("Leaving", "busy", OutOf),
        MembershipState.Left => new("Left", "done", Square),
        MembershipState.Dissolved => new("Dissolved", "bad", Diamond),
        MembershipState.Cancelled => new("Cancelled", "done", Slash),
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };

    public static Look Of(OperationStatus status) => status switch
    {
        OperationStatus.Waiting => new("Not begun", "wait", Clock),
        OperationStatus.Processing => new("Under way", "busy", Gear),
        OperationStatus.Finished => new("Finished", "good", Tick),
        OperationStatus.Failed => new("Failed", "bad", Cross),
        OperationStatus.Stop => new("Stopped", "done", Square),
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    public static Look Of(SignatureState state) => state switch
    {
        SignatureState.Waiting => new("Waiting", "wait", Clock),
        SignatureState.Given => new("Signed", "good", Tick),
        SignatureState.Declined => new("Declined", "bad", Cross),
        SignatureState.Closed => new("No longer needed", "done", Slash),
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };

    public static Look Of(CheckOutcome outcome) => outcome switch
    {
        CheckOutcome.Good => new("Good", "good", Tick),
        CheckOutcome.Warning => new("Warning", "wait", Diamond),
        CheckOutcome.Failed => new("Failed", "bad", Cross),
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, null),
    };

    /// <summary>A step that failed and will be tried again looks so, though it is under way.</summary>
    public static Look Of(OperationStep step) =>
        step is { Status: OperationStatus.Waiting or OperationStatus.Processing, Attempts: > 0 } ? new("Failing", "bad", Cross) : Of(step.Status);

    /// <summary>An operation whose step fails looks as that step does.</summary>
    public static Look Of(Operation operation) =>
        operation is { Status: OperationStatus.Waiting or OperationStatus.Processing, CurrentStep: { Attempts: > 0 } failing } ? Of(failing) : Of(operation.Status);
}

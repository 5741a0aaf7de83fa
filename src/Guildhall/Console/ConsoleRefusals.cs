using Guildhall.Memberships;

namespace Guildhall.Console;

/// <summary>What only the console turns down. Its pages say it; no program meets these.</summary>
internal static class ConsoleRefusals
{
    public static readonly Refusal FormForeign = Of(403, "The form was sent by a page of another site", "Open the console and fill in the form there.");
    public static readonly Refusal FormForged = Of(403, "The form is not one that this session was shown", "Go back, reload the page, and send the form again.");
    public static readonly Refusal PageUnknown = Of(404, "There is nothing here", "It may have been deleted, or the address may be mistyped.");

    public static readonly Refusal NothingChosen = Of(422, "Something has to be chosen first", "Choose what is missing, and send the form again.");

    public static readonly Refusal NameDiffers = Of(422, "The name that was typed is another one", "Type the name exactly as it is shown.");

    public static readonly Refusal OperatorOnly = Of(403, "Only administrators of the operator's account manage accounts", "The operator names that account with the setting console.operator_account; without it, the command line alone manages accounts.");
    public static readonly Refusal OneselfDisabled = Of(422, "You cannot shut yourself out", "Have another administrator of the operator's account do it, or the command line.");

    private static Refusal Of(int status, string message, string remedy) => new(status, $"CONSOLE.{status}0001", message, Rank: int.MaxValue, remedy);
}

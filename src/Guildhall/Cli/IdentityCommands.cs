using System.CommandLine;
using Guildhall.Identity;
using Guildhall.Storage;

namespace Guildhall.Cli;

/// <summary>The operator's commands for the built-in identity: <c>account</c>, <c>user</c>, <c>project</c> and <c>key</c>.</summary>
public static class IdentityCommands
{
    public static IEnumerable<Command> Create() =>
        [AccountCommands.Create(), UserCommands.Create(), ProjectCommands.Create(), KeyCommands.Create()];

    /// <summary>A new option each time: an option belongs to the command that lists it.</summary>
    internal static Option<string> AccountOption() => new("--account") { Description = "The name of the account.", Required = true, HelpName = "name" };

    internal static Accounts AccountsOf(Store store) => new(store, Hashing, TimeProvider.System);

    internal static string StateOf(bool isEnabled) => isEnabled ? "enabled" : "disabled";

    private static readonly Passwords Hashing = new();
}

using System.CommandLine;
using Guildhall.Api;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Storage;

namespace Guildhall.Cli;

internal static class UserCommands
{
    private static readonly string[] Columns = ["name", "id", "account", "role", "state", "created_at"];

    public static Command Create() => new("user", "Users: the people and programs that act for an account.")
    {
        New(), List(), Switch("disable", isEnabled: false), Switch("enable", isEnabled: true), ResetPassword(),
    };

    private static Command New()
    {
        var (account, name, fromInput) = (IdentityCommands.AccountOption(), NameArgument(), PasswordOption());
        var role = new Option<string>("--role") { Description = "admin may do everything in the account, reader only look.", DefaultValueFactory = _ => "admin" };
        role.AcceptOnlyFromAmong("admin", "reader");
        return StoreCommand.Create(
            "create",
            """
            Create a user. Its password is generated and printed once, or read from standard input.
            Example: guildhall user create --account alice-co --role reader auditor
            """,
            [account, name, role, fromInput],
            async (run, cancellationToken) =>
            {
                var password = await ReadPasswordAsync(run, fromInput, cancellationToken);
                var created = await IdentityCommands.AccountsOf(run.Store).CreateUserAsync(
                    run.Arguments.GetRequiredValue(account),
                    run.Arguments.GetRequiredValue(name),
                    IdentityRows.RoleFrom(run.Arguments.GetRequiredValue(role))!.Value,
                    password,
                    cancellationToken);
                return created.IsRefused(out var refusal, out var user) ? refusal : await ShowAsync(run, user, isGenerated: password is null);
            });
    }

    private static Command List()
    {
        var account = IdentityCommands.AccountOption();
        return StoreCommand.Create(
            "list",
            """
            List the users of an account, oldest first.
            Example: guildhall user list --account alice-co
            """,
            [account],
            async (run, cancellationToken) =>
            {
                var found = await IdentityCommands.AccountsOf(run.Store).ListUsersAsync(run.Arguments.GetRequiredValue(account), cancellationToken);
                if (found.IsRefused(out var refusal, out var users))
                {
                    return refusal;
                }

                await run.Printer.ListAsync(Columns, users.Select(Row));
                return null;
            });
    }

    private static Command Switch(string verb, bool isEnabled)
    {
        var (account, name) = (IdentityCommands.AccountOption(), NameArgument());
        return StoreCommand.Create(
            verb,
            isEnabled
                ? """
                  Let a disabled user in again. Tokens from before stay void; access keys work again.
                  Example: guildhall user enable --account alice-co bob
                  """
                : """
                  Shut a user out at once: its tokens end, and its access keys stop working.
                  Example: guildhall user disable --account alice-co bob
                  """,
            [account, name],
            async (run, cancellationToken) =>
            {
                var changed = await IdentityCommands.AccountsOf(run.Store).SetUserEnabledAsync(
                    run.Arguments.GetRequiredValue(account), run.Arguments.GetRequiredValue(name), isEnabled, cancellationToken);
                if (changed.IsRefused(out var refusal, out var user))
                {
                    return refusal;
                }

                await run.Printer.ShowAsync([.. Columns.Zip(Row(user))]);
                return null;
            });
    }

    private static Command ResetPassword()
    {
        var (account, name, fromInput) = (IdentityCommands.AccountOption(), NameArgument(), PasswordOption());
        return StoreCommand.Create(
            "reset-password",
            """
            Give a user a new password and end its tokens. Its access keys stay.
            Example: guildhall user reset-password --account alice-co bob --password-stdin < new-password
            """,
            [account, name, fromInput],
            async (run, cancellationToken) =>
            {
                var password = await ReadPasswordAsync(run, fromInput, cancellationToken);
                var reset = await IdentityCommands.AccountsOf(run.Store).ResetPasswordAsync(
                    run.Arguments.GetRequiredValue(account), run.Arguments.GetRequiredValue(name), password, cancellationToken);
                return reset.IsRefused(out var refusal, out var user) ? refusal : await ShowAsync(run, user, isGenerated: password is null);
            });
    }

    private static Argument<string> NameArgument() => new("name") { Description = "The name of the user." };

    /// <remarks>Never an argument: the process list and the shell's history would show it.</remarks>
    private static Option<bool> PasswordOption() =>
        new("--password-stdin") { Description = "Take the password from the first line of standard input instead of generating one." };

    /// <summary>The password from standard input, empty where that has no line; null where one is to be generated.</summary>
    private static async Task<string?> ReadPasswordAsync(StoreInvocation run, Option<bool> fromInput, CancellationToken cancellationToken) =>
        run.Arguments.GetValue(fromInput) ? await System.Console.In.ReadLineAsync(cancellationToken) ?? "" : null;

    private static async Task<Refusal?> ShowAsync(StoreInvocation run, NewUser user, bool isGenerated)
    {
        var values = Columns.Zip(Row(user.Entry));
        await run.Printer.ShowAsync([.. isGenerated ? values.Append(("password", user.Password.Reveal())) : values]);
        return null;
    }

    private static string[] Row(UserEntry user) =>
        [user.Name, user.Id, user.AccountName, user.Role.ToStored(), IdentityCommands.StateOf(user.IsEnabled), user.CreatedAt.ToWire()];
}

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
        var keys = new Option<string?>("--access-keys") { Description = "Whether the user's access keys end too. Whoever knew the old password may have created some.", HelpName = "keep|end" };
        keys.AcceptOnlyFromAmong("keep", "end");
        return StoreCommand.Create(
            "reset-password",
            """
            Give a user a new password and end its tokens. Of a user who has access keys it asks whether they end too.
            Example: guildhall user reset-password --account alice-co bob --access-keys end --password-stdin < new-password
            """,
            [account, name, fromInput, keys],
            async (run, cancellationToken) =>
            {
                var given = await EndsKeysAsync(run, run.Arguments.GetRequiredValue(account), run.Arguments.GetRequiredValue(name), run.Arguments.GetValue(keys), cancellationToken);
                if (given.IsRefused(out var unsaid, out var endsKeys))
                {
                    return unsaid;
                }

                var password = await ReadPasswordAsync(run, fromInput, cancellationToken);
                var reset = await IdentityCommands.AccountsOf(run.Store).ResetPasswordAsync(
                    run.Arguments.GetRequiredValue(account), run.Arguments.GetRequiredValue(name), password, endsKeys, cancellationToken);
                return reset.IsRefused(out var refusal, out var user) ? refusal : await ShowAsync(run, user, isGenerated: password is null);
            });
    }

    /// <summary>What the option says, or what is answered at the terminal. Nobody is asked for a user who has no keys.</summary>
    private static async Task<Result<bool>> EndsKeysAsync(StoreInvocation run, string account, string name, string? given, CancellationToken cancellationToken)
    {
        if (given is not null)
        {
            return given == "end";
        }

        if ((await IdentityCommands.AccountsOf(run.Store).FindUserAsync(account, name, cancellationToken)).IsRefused(out var refusal, out var user))
        {
            return refusal;
        }

        var keys = await new AccessKeys(run.Store, TimeProvider.System).ListAsync(Owner.Operator(user.AccountId), user.Id, cancellationToken);
        if (keys.IsRefused(out refusal, out var found) || found.Count == 0)
        {
            return refusal is null ? false : refusal;
        }

        if (System.Console.IsInputRedirected)
        {
            return IdentityRefusals.KeysUndecided.Because($"user {name} has {found.Count}; give --access-keys end, or --access-keys keep");
        }

        await System.Console.Error.WriteAsync($"User {name} has {found.Count} access keys. End them too? Type yes or no: ");
        return (await System.Console.In.ReadLineAsync(cancellationToken))?.Trim() switch
        {
            "yes" => true,
            "no" => false,
            _ => IdentityRefusals.KeysUndecided.Because($"user {name} has {found.Count}; give --access-keys end, or --access-keys keep"),
        };
    }

    private static Argument<string> NameArgument() => new("name") { Description = "The name of the user." };

    /// <remarks>Never an argument: the process list and the shell's history would show it.</remarks>
    private static Option<bool> PasswordOption() =>
        new("--password-stdin") { Description = "Take the password from the first line of standard input instead of generating one." };

    /// <summary>The password from standard input, empty where that has no line; null where one is to be generated. A byte order mark before it is the file's.</summary>
    private static async Task<string?> ReadPasswordAsync(StoreInvocation run, Option<bool> fromInput, CancellationToken cancellationToken) =>
        run.Arguments.GetValue(fromInput) ? (await System.Console.In.ReadLineAsync(cancellationToken))?.TrimStart(Passwords.ByteOrderMark) ?? "" : null;

    private static async Task<Refusal?> ShowAsync(StoreInvocation run, NewUser user, bool isGenerated)
    {
        var values = Columns.Zip(Row(user.Entry));
        await run.Printer.ShowAsync([.. isGenerated ? values.Append(("password", user.Password.Reveal())) : values]);
        return null;
    }

    private static string[] Row(UserEntry user) =>
        [user.Name, user.Id, user.AccountName, user.Role.ToStored(), IdentityCommands.StateOf(user.IsEnabled), user.CreatedAt.ToWire()];
}

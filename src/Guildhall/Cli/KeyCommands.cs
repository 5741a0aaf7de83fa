using System.CommandLine;
using Guildhall.Api;
using Guildhall.Identity;
using Guildhall.Memberships;

namespace Guildhall.Cli;

internal static class KeyCommands
{
    private static readonly string[] Columns = ["access_key", "user", "project", "description", "state", "created_at"];

    public static Command Create() => new("key", "Access keys (AK/SK): what the official SDKs sign their requests with.")
    {
        New(), List(), Switch("disable", isEnabled: false), Switch("enable", isEnabled: true), Delete(),
    };

    private static Command New()
    {
        var account = IdentityCommands.AccountOption();
        var user = new Option<string>("--user") { Description = "The name of the user who signs with it.", Required = true, HelpName = "name" };
        var description = new Option<string>("--description") { Description = "What the key is for.", DefaultValueFactory = _ => "" };
        return StoreCommand.Create(
            "create",
            """
            Create an access key. The secret key is printed once and cannot be had again.
            Example: guildhall key create --account alice-co --user alice --description "CI of the trade team"
            """,
            [account, user, description],
            async (run, cancellationToken) =>
            {
                var found = await IdentityCommands.AccountsOf(run.Store).FindUserAsync(
                    run.Arguments.GetRequiredValue(account), run.Arguments.GetRequiredValue(user), cancellationToken);
                if (found.IsRefused(out var refusal, out var owner))
                {
                    return refusal;
                }

                var created = await KeysOf(run).CreateAsync(
                    Owner.Operator(owner.AccountId), owner.Id, run.Arguments.GetRequiredValue(description), cancellationToken);
                if (created.IsRefused(out refusal, out var key))
                {
                    return refusal;
                }

                await run.Printer.ShowAsync([.. Columns.Zip(Row(key.Entry)), ("secret_key", key.SecretKey.Reveal())]);
                return null;
            });
    }

    private static Command List()
    {
        var account = IdentityCommands.AccountOption();
        return StoreCommand.Create(
            "list",
            """
            List the access keys of an account, oldest first, without their secrets.
            Example: guildhall key list --account alice-co
            """,
            [account],
            (run, cancellationToken) => WithOwnerAsync(run, account, async owner =>
            {
                var keys = await KeysOf(run).ListAllAsync(owner, cancellationToken);
                await run.Printer.ListAsync(Columns, keys.Select(Row));
                return null;
            }, cancellationToken));
    }

    private static Command Switch(string verb, bool isEnabled)
    {
        var (account, accessKey) = (IdentityCommands.AccountOption(), KeyArgument());
        return StoreCommand.Create(
            verb,
            isEnabled
                ? """
                  Put a disabled access key into use again.
                  Example: guildhall key enable --account alice-co AK4EXAMPLE0123456789
                  """
                : """
                  Put an access key out of use at once, to delete it when nothing misses it.
                  Example: guildhall key disable --account alice-co AK4EXAMPLE0123456789
                  """,
            [account, accessKey],
            (run, cancellationToken) => WithOwnerAsync(run, account, async owner =>
            {
                var changed = await KeysOf(run).SetEnabledAsync(owner, run.Arguments.GetRequiredValue(accessKey), isEnabled, cancellationToken);
                if (changed.IsRefused(out var refusal, out var key))
                {
                    return refusal;
                }

                await run.Printer.ShowAsync([.. Columns.Zip(Row(key))]);
                return null;
            }, cancellationToken));
    }

    private static Command Delete()
    {
        var (account, accessKey) = (IdentityCommands.AccountOption(), KeyArgument());
        return StoreCommand.Create(
            "delete",
            """
            Delete an access key for good.
            Example: guildhall key delete --account alice-co AK4EXAMPLE0123456789
            """,
            [account, accessKey],
            (run, cancellationToken) => WithOwnerAsync(run, account, async owner =>
                (await KeysOf(run).DeleteAsync(owner, run.Arguments.GetRequiredValue(accessKey), cancellationToken)).IsRefused(out var refusal)
                    ? refusal
                    : null, cancellationToken));
    }

    private static Argument<string> KeyArgument() => new("access-key") { Description = "The access key, as key list shows it." };

    private static AccessKeys KeysOf(StoreInvocation run) => new(run.Store, TimeProvider.System);

    private static async Task<Refusal?> WithOwnerAsync(
        StoreInvocation run, Option<string> account, Func<Owner, Task<Refusal?>> work, CancellationToken cancellationToken)
    {
        var found = await IdentityCommands.AccountsOf(run.Store).FindAsync(run.Arguments.GetRequiredValue(account), cancellationToken);
        return found.IsRefused(out var refusal, out var entry) ? refusal : await work(Owner.Operator(entry.Id));
    }

    private static string[] Row(AccessKeyEntry key) =>
        [key.AccessKey, key.UserName, key.Project?.Name ?? "", key.Description, IdentityCommands.StateOf(key.IsEnabled), key.CreatedAt.ToWire()];
}

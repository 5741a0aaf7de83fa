using System.CommandLine;
using Guildhall.Api;
using Guildhall.Identity;
using Guildhall.Memberships;

namespace Guildhall.Cli;

internal static class AccountCommands
{
    private static readonly string[] Columns = ["name", "id", "state", "created_at"];

    public static Command Create() => new(
        "account",
        """
        Accounts: the tenants that invite one another. A new one needs a project and a user next:
          guildhall account create alice-co
          guildhall project create --account alice-co cn-north-4
          guildhall user create --account alice-co alice
          guildhall key create --account alice-co --user alice
        """)
    {
        New(), List(), Switch("disable", isEnabled: false), Switch("enable", isEnabled: true),
    };

    private static Command New()
    {
        var name = NameArgument();
        return StoreCommand.Create(
            "create",
            """
            Create an account. Others invite it by its name, exact to the letter.
            Example: guildhall account create alice-co
            """,
            [name],
            async (run, cancellationToken) =>
            {
                var created = await IdentityCommands.AccountsOf(run.Store).CreateAsync(run.Arguments.GetRequiredValue(name), cancellationToken);
                return created.IsRefused(out var refusal, out var account) ? refusal : await ShowAsync(run, account);
            });
    }

    private static Command List() => StoreCommand.Create(
        "list",
        """
        List the accounts by name. Of names that could be taken for others, standard error says why.
        Example: guildhall account list --json
        """,
        [],
        async (run, cancellationToken) =>
        {
            var accounts = await IdentityCommands.AccountsOf(run.Store).ListAsync(cancellationToken);
            await run.Printer.ListAsync(Columns, accounts.Select(Row));
            foreach (var (name, why) in DeceptiveAmong([.. accounts.Select(account => account.Name)]))
            {
                await run.Arguments.InvocationConfiguration.Error.WriteLineAsync($"The name {name} {why}.");
            }

            return null;
        });

    private static IEnumerable<(string Name, string Why)> DeceptiveAmong(IReadOnlyCollection<string> names) =>
        names.SelectMany(name => NameProfile.WhyNot(name) is { } why ? [(name, why)] : Array.Empty<(string, string)>())
            .Concat(LookAlike.FindAll(names, []).Select(alike => (alike.Name, $"looks like {alike.Other}")));

    private static Command Switch(string verb, bool isEnabled)
    {
        var name = NameArgument();
        return StoreCommand.Create(
            verb,
            isEnabled
                ? """
                  Let a disabled account in again. Tokens from before stay void; access keys work again.
                  Example: guildhall account enable alice-co
                  """
                : """
                  Shut an account out at once: its tokens end, and its access keys stop working. Its memberships stay.
                  Example: guildhall account disable alice-co
                  """,
            [name],
            async (run, cancellationToken) =>
            {
                var changed = await IdentityCommands.AccountsOf(run.Store).SetEnabledAsync(run.Arguments.GetRequiredValue(name), isEnabled, cancellationToken);
                return changed.IsRefused(out var refusal, out var account) ? refusal : await ShowAsync(run, account);
            });
    }

    private static Argument<string> NameArgument() => new("name") { Description = "The name of the account." };

    private static async Task<Refusal?> ShowAsync(StoreInvocation run, AccountEntry account)
    {
        await run.Printer.ShowAsync([.. Columns.Zip(Row(account))]);
        return null;
    }

    private static string[] Row(AccountEntry account) =>
        [account.Name, account.Id, IdentityCommands.StateOf(account.IsEnabled), account.CreatedAt.ToWire()];
}

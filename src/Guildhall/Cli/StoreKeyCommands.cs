using System.CommandLine;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Storage;

namespace Guildhall.Cli;

/// <summary><c>guildhall store</c>: the keys that secrets in the store are sealed with.</summary>
internal static class StoreKeyCommands
{
    public static Command Create() => new(
        "store",
        """
        The keys that secrets in the store are sealed with. docs/operating.md says what they protect.
        Example: guildhall store rotate-key
        """)
    {
        RotateKey(), RotateDataKeys(), ReplaceLostKey(),
    };

    private static Command RotateKey() => StoreCommand.Create(
        "rotate-key",
        """
        Exchange the store's key, while servers run. The file beside a SQLite store gets a new one. Of a named file it is the first line: put it there in the
        files of all replicas, before the others, which still open what was sealed before. A program is asked to wrap a new one.
        Example: guildhall store rotate-key
        """,
        [],
        async (run, cancellationToken) =>
        {
            await run.Store.PrepareSecretsAsync(TimeProvider.System, cancellationToken);
            var (id, count) = await new KeyRotation(run.Store, TimeProvider.System).RotateStoreKeyAsync(cancellationToken);
            await run.Printer.ShowAsync([("store_key", id), ("data_keys", $"{count}")]);
            return null;
        });

    private static Command RotateDataKeys()
    {
        var account = new Option<string?>("--account") { Description = "The name of the account. Default: all accounts.", HelpName = "name" };
        return StoreCommand.Create(
            "rotate-data-keys",
            """
            Give accounts new data keys and seal their secrets with them, while servers run. The secrets themselves stay.
            Example: guildhall store rotate-data-keys --account alice-co
            """,
            [account],
            async (run, cancellationToken) =>
            {
                await run.Store.PrepareSecretsAsync(TimeProvider.System, cancellationToken);
                var name = run.Arguments.GetValue(account);
                var chosen = (await IdentityCommands.AccountsOf(run.Store).ListAsync(cancellationToken)).FindAll(one => name is null || one.Name == name);
                if (name is not null && chosen.Count == 0)
                {
                    return IdentityRefusals.AccountNotFound.Because(Refusal.Quote(name));
                }

                var (rotation, secrets) = (new KeyRotation(run.Store, TimeProvider.System), 0);
                foreach (var one in chosen)
                {
                    secrets += await rotation.RotateDataKeyAsync(one.Id, cancellationToken);
                }

                await run.Printer.ShowAsync([("accounts", $"{chosen.Count}"), ("secrets", $"{secrets}")]);
                return null;
            });
    }

    private static Command ReplaceLostKey() => StoreCommand.Create(
        "replace-lost-key",
        """
        Where the store's key is lost for good: take a new one. All access keys and all private keys that were sealed in the store are gone then; accounts, users,
        passwords, services and memberships stay. No server may be running on the store.
        Example: guildhall store replace-lost-key
        """,
        [],
        async (run, cancellationToken) =>
        {
            using var held = run.Store.Dialect is SqliteDialect { File: var file } ? StoreLock.Take(file) : null;
            var (accessKeys, privateKeys) = await LostKey.ReplaceAsync(run.Store, TimeProvider.System, cancellationToken);
            await run.Printer.ShowAsync([("access_keys_gone", $"{accessKeys}"), ("private_keys_gone", $"{privateKeys}")]);
            return null;
        });
}

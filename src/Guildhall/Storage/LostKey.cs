using Guildhall.Networks;

namespace Guildhall.Storage;

/// <summary>Lets a store go on whose key is lost for good: what only that key opens is taken out of it, and it takes another one.</summary>
internal static class LostKey
{
    /// <returns>How many access keys and private keys are gone.</returns>
    /// <exception cref="OperatorException">The key is at hand, or there is no new one.</exception>
    public static async Task<(int AccessKeys, int PrivateKeys)> ReplaceAsync(Store store, TimeProvider clock, CancellationToken cancellationToken)
    {
        var current = await store.ReadAsync(session => session.FindStoreKeyAsync(cancellationToken), cancellationToken);
        var isLost = current is { } key
            ? await store.Keys.FindAsync(key.Id, key.Wrapped, cancellationToken) is null
            : await store.ReadAsync(session => Resealing.HoldsKeysOfEarlierVersionAsync(session, cancellationToken), cancellationToken);
        if (!isLost)
        {
            throw new OperatorException("The store's key is at hand: nothing is lost. To exchange it, run guildhall store rotate-key.");
        }

        var chosen = await store.Keys.ChooseAsync(cancellationToken);
        var replaced = await store.WriteAsync<Gone>(
            async transaction =>
            {
                var accounts = await transaction.QueryAsync(
                    "SELECT account_id FROM access_keys WHERE data_key IS NOT NULL", row => row.Text(0), cancellationToken: cancellationToken);
                await transaction.ExecuteAsync("DELETE FROM access_keys WHERE data_key IS NOT NULL", cancellationToken: cancellationToken);
                var privateKeys = await DropPrivateKeysAsync(transaction, cancellationToken);
                await transaction.ExecuteAsync("DELETE FROM data_keys", cancellationToken: cancellationToken);
                await transaction.ExecuteAsync("DELETE FROM store_keys", cancellationToken: cancellationToken);
                await transaction.SaveAsync(chosen, clock.GetUtcNow(), cancellationToken);
                foreach (var account in accounts.Distinct(StringComparer.Ordinal))
                {
                    await transaction.CountIdentityAsync(account, cancellationToken);
                }

                return new Gone(accounts.Count, privateKeys);
            },
            cancellationToken);
        return replaced.IsRefused(out var refusal, out var gone) ? throw new InvalidOperationException(refusal.Message) : (gone.AccessKeys, gone.PrivateKeys);
    }

    /// <summary>Organizations whose keys were sealed are left as those whose administrators sign for themselves.</summary>
    private static async Task<int> DropPrivateKeysAsync(Transaction transaction, CancellationToken cancellationToken)
    {
        var rows = await transaction.QueryAsync(
            "SELECT service_id, name, administrator, client FROM attached_organizations WHERE administrator IS NOT NULL OR client IS NOT NULL",
            row => (ServiceId: row.Text(0), Name: row.Text(1), Administrator: AttachmentRows.Identity(row.TextOrNull(2)), Client: AttachmentRows.Identity(row.TextOrNull(3))),
            cancellationToken: cancellationToken);
        var count = 0;
        foreach (var row in rows)
        {
            await transaction.SaveIdentitiesAsync(row.ServiceId, row.Name, Without(row.Administrator, ref count), Without(row.Client, ref count), cancellationToken);
        }

        return count;
    }

    private static HeldIdentity? Without(HeldIdentity? identity, ref int count)
    {
        count += StoreKeyRows.SealedTextsOf(identity).Count();
        return identity is { SealedKey: null } ? identity with { Tls = null } : null;
    }

    private sealed record Gone(int AccessKeys, int PrivateKeys);
}

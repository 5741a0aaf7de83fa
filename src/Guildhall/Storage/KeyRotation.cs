using System.Security.Cryptography;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Sealing;

namespace Guildhall.Storage;

/// <summary>Exchanges the keys that secrets are sealed with, while servers run. It can be cut off anywhere, and run again.</summary>
internal sealed class KeyRotation(Store store, TimeProvider clock)
{
    private const int RowsPerBatch = 500;

    /// <summary>How long a write that began before the store's key was exchanged may take to end.</summary>
    private static readonly TimeSpan Stragglers = TimeSpan.FromSeconds(1);

    /// <summary>Data keys that were replaced for so long are taken away once nothing is sealed with them.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    private const string Rows =
        """
        SELECT o.service_id, o.name, o.administrator, o.client
        FROM   attached_organizations o JOIN services s ON s.id = o.service_id
        WHERE  s.account_id = @account AND (o.administrator IS NOT NULL OR o.client IS NOT NULL)
        """;

    /// <summary>Wraps every data key with a new key of the store; or ends what was cut off, where data keys are left that the last one does not wrap.</summary>
    /// <returns>The id of the key, and how many data keys were wrapped.</returns>
    /// <exception cref="OperatorException">There is no new key.</exception>
    public async Task<(string Id, int DataKeys)> RotateStoreKeyAsync(CancellationToken cancellationToken)
    {
        var (id, wrapped) = await store.ReadAsync(session => session.FindStoreKeyAsync(cancellationToken), cancellationToken)
            ?? throw new InvalidOperationException("The store has taken no key yet.");
        var current = await store.Keys.FindAsync(id, wrapped, cancellationToken) ?? throw store.Keys.Missing(id);
        if (await RewrapAllAsync(current, cancellationToken) is var left && left > 0)
        {
            return (id, left);
        }

        var next = await store.Keys.ChooseNextAsync(id, cancellationToken);
        await WriteAsync(transaction => transaction.SaveAsync(next, clock.GetUtcNow(), cancellationToken), cancellationToken);
        var count = await RewrapAllAsync(next.Key, cancellationToken);
        await Task.Delay(Stragglers, clock, cancellationToken);
        return (next.Key.Id, count + await RewrapAllAsync(next.Key, cancellationToken));
    }

    /// <summary>Gives the account a new data key, and seals all its secrets with it.</summary>
    /// <returns>How many secrets those are.</returns>
    public async Task<int> RotateDataKeyAsync(string accountId, CancellationToken cancellationToken)
    {
        var count = 0;
        await WriteAsync(
            async transaction =>
            {
                var now = clock.GetUtcNow();
                if ((await transaction.FindNewestDataKeysAsync([accountId], cancellationToken)).SingleOrDefault() is not { } newest)
                {
                    return; // no secret was sealed yet
                }

                using var key = await transaction.AddDataKeyAsync(store.Keys, accountId, newest.Number + 1, now, cancellationToken);
                count = await ResealAsync(transaction, key, cancellationToken) + await ResealIdentitiesAsync(transaction, key, cancellationToken);
                await DropUnusedAsync(transaction, key, now, cancellationToken);
            },
            cancellationToken);
        return count;
    }

    private async Task<int> RewrapAllAsync(StoreKey next, CancellationToken cancellationToken)
    {
        for (var count = 0; ;)
        {
            var batch = await store.ReadAsync(session => session.ListDataKeysNotUnderAsync(next.Id, RowsPerBatch, cancellationToken), cancellationToken);
            if (batch.Count == 0)
            {
                return count;
            }

            var rewrapped = new List<(WrappedKey Before, WrappedKey After)>();
            foreach (var before in batch)
            {
                using var key = await store.Keys.OpenAsync(before, cancellationToken);
                rewrapped.Add((before, key.Wrap(next)));
            }

            await WriteAsync(transaction => transaction.ReplaceAsync(rewrapped, cancellationToken), cancellationToken);
            count += batch.Count;
        }
    }

    private async Task<int> ResealAsync(Transaction transaction, DataKey key, CancellationToken cancellationToken)
    {
        var rows = await transaction.QueryAsync(
            """
            SELECT k.access_key, k.secret_key, d.account_id, d.number, d.wrapped, d.store_key, s.wrapped
            FROM   access_keys k
                   JOIN data_keys d ON d.account_id = k.account_id AND d.number = k.data_key
                   LEFT JOIN store_keys s ON s.id = d.store_key
            WHERE  k.account_id = @account
            """,
            row => (AccessKey: row.Text(0), Text: row.Text(1), With: StoreKeyRows.ReadKey(row, 2)!),
            [("account", key.AccountId)],
            cancellationToken);
        foreach (var row in rows)
        {
            var text = await ResealAsync(row.Text, row.With, AccessKeyRows.OwnerOf(key.AccountId, row.AccessKey), key, cancellationToken);
            await transaction.ChangeAsync(AccessKeyRows.Reseal, AccessKeyRows.ResealParameters(row.AccessKey, row.Text, text, key.Number), cancellationToken);
        }

        return rows.Count;
    }

    private async Task<int> ResealIdentitiesAsync(Transaction transaction, DataKey key, CancellationToken cancellationToken)
    {
        var rows = await transaction.QueryAsync(
            Rows,
            row => (ServiceId: row.Text(0), Name: row.Text(1), Administrator: AttachmentRows.Identity(row.TextOrNull(2)), Client: AttachmentRows.Identity(row.TextOrNull(3))),
            [("account", key.AccountId)],
            cancellationToken);
        var withKey = await transaction.FindDataKeysAsync(rows.SelectMany(row => (HeldIdentity?[])[row.Administrator, row.Client]), cancellationToken);
        var count = 0;
        foreach (var row in rows)
        {
            var (administrator, client) = (await ResealAsync(withKey(row.Administrator), key, cancellationToken), await ResealAsync(withKey(row.Client), key, cancellationToken));
            await transaction.SaveIdentitiesAsync(row.ServiceId, row.Name, administrator, client, cancellationToken);
            count += StoreKeyRows.SealedTextsOf(administrator).Count() + StoreKeyRows.SealedTextsOf(client).Count();
        }

        return count;
    }

    private async Task<HeldIdentity?> ResealAsync(HeldIdentity? identity, DataKey key, CancellationToken cancellationToken)
    {
        if (identity is null)
        {
            return null;
        }

        var resealed = identity;
        if (identity is { SealedKey: { } text, DataKey: { } with })
        {
            resealed = resealed with { SealedKey = await ResealAsync(text, with, Signers.OwnerOf(identity.MspId, identity.CertificatePem), key, cancellationToken) };
        }

        if (identity.Tls is { DataKey: { } withTls } tls)
        {
            resealed = resealed with { Tls = tls with { SealedKey = await ResealAsync(tls.SealedKey, withTls, Signers.OwnerOf(tls.MspId, tls.CertificatePem), key, cancellationToken) } };
        }

        return resealed;
    }

    private async Task<string> ResealAsync(string text, WrappedKey with, string owner, DataKey key, CancellationToken cancellationToken)
    {
        using var before = await store.Keys.OpenAsync(with, cancellationToken);
        var plain = before.Open(text, owner);
        try
        {
            return key.Seal(plain, owner);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <remarks>A write that is under way may still seal with the one before, so that one stays for a while.</remarks>
    private static async Task DropUnusedAsync(Transaction transaction, DataKey newest, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var inUse = await transaction.QueryAsync(Rows, row => row.TextOrNull(2) + row.TextOrNull(3), [("account", newest.AccountId)], cancellationToken);
        var old = await transaction.QueryAsync(
            """
            SELECT o.number FROM data_keys o
            WHERE  o.account_id = @account AND o.number < @number
                   AND NOT EXISTS (SELECT 1 FROM access_keys k WHERE k.account_id = o.account_id AND k.data_key = o.number)
                   AND EXISTS (SELECT 1 FROM data_keys n WHERE n.account_id = o.account_id AND n.number = o.number + 1 AND n.created_at < @before)
            """,
            row => row.GetInt64(0),
            [("account", newest.AccountId), ("number", newest.Number), ("before", now - Kept)],
            cancellationToken);
        foreach (var number in old.Where(number => !inUse.Exists(text => text.Contains($"\"2.{newest.AccountId}.{number}.", StringComparison.Ordinal))))
        {
            await transaction.ExecuteAsync(
                "DELETE FROM data_keys WHERE account_id = @account AND number = @number", [("account", newest.AccountId), ("number", number)], cancellationToken);
        }
    }

    private async Task WriteAsync(Func<Transaction, Task> work, CancellationToken cancellationToken) =>
        await store.WriteOwnAsync(
            async transaction =>
            {
                await work(transaction);
                return new Done();
            },
            cancellationToken);
}

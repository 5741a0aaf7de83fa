using System.Security.Cryptography;
using System.Text;
using Guildhall.Networks;
using Guildhall.Sealing;

namespace Guildhall.Storage;

/// <summary>Seals what an earlier version left in clear, or sealed with the store's key itself. It can be cut off anywhere, and goes on at the next start.</summary>
/// <remarks>Processes that start together take turns, a batch each. At the end the store is cleared of what deleted and changed rows leave behind.</remarks>
internal sealed class Resealing(Store store, TimeProvider clock)
{
    private const string Done = "secrets_sealed";
    private const int RowsPerBatch = 500;

    private const string Unsealed = "SELECT access_key, account_id, secret_key FROM access_keys WHERE data_key IS NULL AND access_key > @after ORDER BY access_key LIMIT @limit";

    private const string HasAny = "SELECT count(*) FROM (SELECT 1 FROM access_keys UNION ALL SELECT 1 FROM attached_organizations LIMIT 1) AS one";

    private const string Attached =
        """
        SELECT o.service_id, o.name, s.account_id, o.administrator, o.client
        FROM   attached_organizations o JOIN services s ON s.id = o.service_id
        WHERE  o.administrator IS NOT NULL OR o.client IS NOT NULL
        ORDER BY o.service_id, o.name
        """;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (await store.ReadAsync(session => session.FindSettingAsync(Done, cancellationToken), cancellationToken) is not null)
        {
            return;
        }

        string? last;
        do
        {
            // Once more from the beginning where there was any, for what somebody wrote behind its back.
            last = "";
            for (var next = last; next is not null; last = next ?? last)
            {
                var after = next;
                next = await RunAsync(transaction => SealAsync(transaction, after, cancellationToken), cancellationToken);
            }
        }
        while (last.Length > 0);

        _ = await RunAsync(transaction => SealIdentitiesAsync(transaction, cancellationToken), cancellationToken);
        if (await store.ReadAsync(session => session.CountAsync(HasAny, cancellationToken: cancellationToken), cancellationToken) > 0)
        {
            await store.Dialect.ClearAsync(["access_keys", "attached_organizations"], cancellationToken);
        }

        _ = await RunAsync(
            async transaction =>
            {
                await transaction.SaveSettingAsync(Done, "1", cancellationToken);
                return null;
            },
            cancellationToken);
    }

    /// <summary>Whether there are private keys that were sealed with the store's key itself.</summary>
    public static async Task<bool> HoldsKeysOfEarlierVersionAsync(Session session, CancellationToken cancellationToken) =>
        (await session.QueryAsync(Attached, row => (Admin: AttachmentRows.Identity(row.TextOrNull(3)), Client: AttachmentRows.Identity(row.TextOrNull(4))), cancellationToken: cancellationToken))
        .Exists(row => StoreKeyRows.SealedTextsOf(row.Admin).Concat(StoreKeyRows.SealedTextsOf(row.Client)).Any(StoreKey.IsOfEarlierVersion));

    /// <summary>A batch of one turn; what it answers is where it ended, or null when there was nothing left.</summary>
    private async Task<string?> RunAsync(Func<Transaction, Task<string?>> batch, CancellationToken cancellationToken)
    {
        var ended = await store.WriteAsync<Ended>(
            async transaction =>
            {
                await store.Dialect.LockForMigrationAsync(transaction);
                return new Ended(await batch(transaction));
            },
            cancellationToken);
        return ended.IsRefused(out var refusal, out var at) ? throw new InvalidOperationException(refusal.Message) : at.At;
    }

    private async Task<string?> SealAsync(Transaction transaction, string after, CancellationToken cancellationToken)
    {
        var rows = await transaction.QueryAsync(
            Unsealed, row => (AccessKey: row.Text(0), AccountId: row.Text(1), Secret: row.Text(2)), [("after", after), ("limit", RowsPerBatch)], cancellationToken);
        if (rows.Count == 0)
        {
            return null;
        }

        using var keys = await DataKeys.OpenAsync(transaction, store.Keys, rows.Select(row => row.AccountId), clock.GetUtcNow(), cancellationToken);
        await transaction.ChangeEachAsync(
            AccessKeyRows.Reseal,
            [
                .. rows.Select(row =>
                {
                    var key = keys.Of(row.AccountId);
                    return AccessKeyRows.ResealParameters(row.AccessKey, row.Secret, Seal(key, row.Secret, AccessKeyRows.OwnerOf(row.AccountId, row.AccessKey)), key.Number);
                }),
            ],
            cancellationToken);
        return rows[^1].AccessKey;
    }

    private async Task<string?> SealIdentitiesAsync(Transaction transaction, CancellationToken cancellationToken)
    {
        var rows = (await transaction.QueryAsync(
            Attached,
            row => new Row(row.Text(0), row.Text(1), row.Text(2), AttachmentRows.Identity(row.TextOrNull(3)), AttachmentRows.Identity(row.TextOrNull(4))),
            cancellationToken: cancellationToken)).FindAll(row => row.IsOfEarlierVersion);
        if (rows.Count == 0)
        {
            return null;
        }

        using var keys = await DataKeys.OpenAsync(transaction, store.Keys, rows.Select(row => row.AccountId), clock.GetUtcNow(), cancellationToken);
        foreach (var row in rows)
        {
            await transaction.SaveIdentitiesAsync(row.ServiceId, row.Name, Resealed(row.Administrator, keys.Of(row.AccountId)), Resealed(row.Client, keys.Of(row.AccountId)), cancellationToken);
        }

        return "";
    }

    private HeldIdentity? Resealed(HeldIdentity? identity, DataKey key) => identity is null ? null : identity with
    {
        SealedKey = Resealed(identity.SealedKey, identity.MspId, identity.CertificatePem, key),
        Tls = identity.Tls is null ? null : identity.Tls with { SealedKey = Resealed(identity.Tls.SealedKey, identity.Tls.MspId, identity.Tls.CertificatePem, key)! },
    };

    private string? Resealed(string? text, string mspId, string certificatePem, DataKey key)
    {
        if (text is null || !StoreKey.IsOfEarlierVersion(text))
        {
            return text;
        }

        var owner = Signers.OwnerOf(mspId, certificatePem);
        var plain = store.Keys.OpenOfEarlierVersion(text, owner) ?? throw new OperatorException(
            $"The store holds a private key of {mspId} that none of the store's keys opens: it was sealed with another file of fabric.key_file. Add the line of that file to the key file, below the others; "
            + "or detach the service with the version before, and attach it again.");
        try
        {
            return key.Seal(plain, owner);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    private static string Seal(DataKey key, string secret, string owner)
    {
        var plain = Encoding.UTF8.GetBytes(secret);
        var text = key.Seal(plain, owner);
        CryptographicOperations.ZeroMemory(plain);
        return text;
    }

    private sealed record Ended(string? At);

    private sealed record Row(string ServiceId, string Name, string AccountId, HeldIdentity? Administrator, HeldIdentity? Client)
    {
        public bool IsOfEarlierVersion => StoreKeyRows.SealedTextsOf(Administrator).Concat(StoreKeyRows.SealedTextsOf(Client)).Any(StoreKey.IsOfEarlierVersion);
    }
}

using System.Data.Common;
using Guildhall.Networks;
using Guildhall.Sealing;

namespace Guildhall.Storage;

/// <summary>Which key the store is sealed with, and the data keys of accounts.</summary>
internal static class StoreKeyRows
{
    /// <summary>Names the id of the key that the store is sealed with: another one is refused by it.</summary>
    public const string CurrentKey = "store_key";

    private const string DataKeys =
        """
        SELECT d.account_id, d.number, d.wrapped, d.store_key, s.wrapped
        FROM   data_keys d LEFT JOIN store_keys s ON s.id = d.store_key
        """;

    /// <summary>The store's current key by its id, and as the program has wrapped it; null before the first start.</summary>
    public static async Task<(string Id, string? Wrapped)?> FindStoreKeyAsync(this Session session, CancellationToken cancellationToken) =>
        await session.FindAsync<(string, string?)?>(
            "SELECT c.value, s.wrapped FROM settings c LEFT JOIN store_keys s ON s.id = c.value WHERE c.name = @name",
            row => (row.Text(0), row.TextOrNull(1)),
            [("name", CurrentKey)],
            cancellationToken);

    /// <summary>Takes the key as the store's current one.</summary>
    public static async Task SaveAsync(this Transaction transaction, NewStoreKey key, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (key.Wrapped is not null)
        {
            await transaction.ExecuteAsync(
                "INSERT INTO store_keys (id, wrapped, created_at) VALUES (@id, @wrapped, @now) ON CONFLICT (id) DO NOTHING",
                [("id", key.Key.Id), ("wrapped", key.Wrapped), ("now", now)],
                cancellationToken);
        }

        await transaction.SaveSettingAsync(CurrentKey, key.Key.Id, cancellationToken);
    }

    /// <summary>The newest data keys of those of the accounts that have one.</summary>
    public static Task<List<WrappedKey>> FindNewestDataKeysAsync(this Session session, IReadOnlyCollection<string> accounts, CancellationToken cancellationToken) =>
        session.QueryEachAsync(
            $"{DataKeys} WHERE d.account_id = @account ORDER BY d.number DESC LIMIT 1",
            row => ReadKey(row, 0)!,
            [.. accounts.Select(account => ((string, object?)[])[("account", account)])],
            cancellationToken);

    /// <summary>A page of the data keys that are not wrapped with the store's key of that id.</summary>
    public static Task<List<WrappedKey>> ListDataKeysNotUnderAsync(this Session session, string storeKeyId, int limit, CancellationToken cancellationToken) =>
        session.QueryAsync(
            $"{DataKeys} WHERE d.store_key <> @key ORDER BY d.account_id, d.number LIMIT @limit",
            row => ReadKey(row, 0)!,
            [("key", storeKeyId), ("limit", limit)],
            cancellationToken);

    public static Task AddAsync(this Transaction transaction, IEnumerable<WrappedKey> keys, DateTimeOffset now, CancellationToken cancellationToken) =>
        transaction.ExecuteEachAsync(
            "INSERT INTO data_keys (account_id, number, wrapped, store_key, created_at) VALUES (@account, @number, @wrapped, @key, @now)",
            [.. keys.Select(key => ((string, object?)[])[("account", key.AccountId), ("number", key.Number), ("wrapped", key.Wrapped), ("key", key.StoreKeyId), ("now", now)])],
            cancellationToken);

    /// <summary>Writes data keys that were wrapped anew, each in place of the one that was read. One that another has wrapped meanwhile is found by the next look.</summary>
    public static Task ReplaceAsync(this Transaction transaction, IEnumerable<(WrappedKey Before, WrappedKey After)> keys, CancellationToken cancellationToken) =>
        transaction.ChangeAllAsync(
            "UPDATE data_keys SET wrapped = @wrapped, store_key = @key WHERE account_id = @account AND number = @number AND wrapped = @before",
            [
                .. keys.Select(key => ((string, object?)[])
                [
                    ("wrapped", key.After.Wrapped), ("key", key.After.StoreKeyId), ("account", key.Before.AccountId), ("number", key.Before.Number), ("before", key.Before.Wrapped),
                ]),
            ],
            cancellationToken);

    /// <summary>The identities with the data keys that open theirs.</summary>
    public static async Task<Func<HeldIdentity?, HeldIdentity?>> FindDataKeysAsync(this Session session, IEnumerable<HeldIdentity?> identities, CancellationToken cancellationToken)
    {
        var needed = identities.SelectMany(SealedTextsOf)
            .Select(text => SealedText.TryParse(text, out var parsed) ? (parsed.AccountId, parsed.Number) : default)
            .Where(key => key.AccountId is not null).Distinct().ToList();
        var found = (await session.QueryEachAsync(
            $"{DataKeys} WHERE d.account_id = @account AND d.number = @number",
            row => ReadKey(row, 0)!,
            [.. needed.Select(key => ((string, object?)[])[("account", key.AccountId), ("number", key.Number)])],
            cancellationToken)).ToDictionary(key => (key.AccountId, key.Number));
        return identity => identity is null ? null : identity with
        {
            DataKey = KeyOf(identity.SealedKey),
            Tls = identity.Tls is null ? null : identity.Tls with { DataKey = KeyOf(identity.Tls.SealedKey) },
        };

        WrappedKey? KeyOf(string? text) => text is not null && SealedText.TryParse(text, out var parsed) ? found.GetValueOrDefault((parsed.AccountId, parsed.Number)) : null;
    }

    internal static IEnumerable<string> SealedTextsOf(HeldIdentity? identity) =>
        ((string?[])[identity?.SealedKey, identity?.Tls?.SealedKey]).OfType<string>();

    /// <summary>The data key in five columns; null where there is none.</summary>
    internal static WrappedKey? ReadKey(DbDataReader row, int from) =>
        row.IsDBNull(from) ? null : new(row.Text(from), row.GetInt64(from + 1), row.Text(from + 2), row.Text(from + 3), row.TextOrNull(from + 4));
}

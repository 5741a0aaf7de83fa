using Guildhall.Sealing;

namespace Guildhall.Storage;

/// <summary>How secrets are sealed: with a data key of their account, which is wrapped with the store's key.</summary>
internal static class StoreSecrets
{
    /// <summary>Finds the key that the store is sealed with, or has it take one where it has none; and seals what is not yet sealed.</summary>
    /// <remarks>Processes that start together agree on the first one's key.</remarks>
    /// <exception cref="OperatorException">The key is not at hand, or none is named.</exception>
    public static async Task PrepareSecretsAsync(this Store store, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (await store.ReadAsync(session => session.FindStoreKeyAsync(cancellationToken), cancellationToken) is not { } current)
        {
            current = await ChooseAsync(store, clock, cancellationToken);
        }

        _ = await store.Keys.FindAsync(current.Id, current.Wrapped, cancellationToken) ?? throw store.Keys.Missing(current.Id);
        await new Resealing(store, clock).RunAsync(cancellationToken);
    }

    /// <summary>The account's newest data key, open until it is disposed; a first one is made where it has none.</summary>
    public static async Task<DataKey> OpenDataKeyAsync(this Transaction transaction, StoreKeys keys, string accountId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var newest = (await transaction.FindNewestDataKeysAsync([accountId], cancellationToken)).SingleOrDefault();
        return newest is null
            ? await transaction.AddDataKeyAsync(keys, accountId, number: 1, now, cancellationToken)
            : await keys.OpenAsync(newest, cancellationToken);
    }

    /// <summary>A new data key for the account, open until it is disposed.</summary>
    public static async Task<DataKey> AddDataKeyAsync(
        this Transaction transaction, StoreKeys keys, string accountId, long number, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (with, wrapped) = await transaction.FindCurrentAsync(keys, now, cancellationToken);
        var made = DataKey.New(accountId, number);
        await transaction.AddAsync([made.Wrap(with, wrapped)], now, cancellationToken);
        return made;
    }

    /// <summary>The key that the store is sealed with.</summary>
    /// <exception cref="OperatorException">It is not at hand.</exception>
    internal static async Task<NewStoreKey> FindCurrentAsync(this Transaction transaction, StoreKeys keys, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await transaction.FindStoreKeyAsync(cancellationToken) is { } current)
        {
            return new(await keys.FindAsync(current.Id, current.Wrapped, cancellationToken) ?? throw keys.Missing(current.Id), current.Wrapped);
        }

        var chosen = await ChooseAsync(transaction, keys, cancellationToken);
        await transaction.SaveAsync(chosen, now, cancellationToken);
        return chosen;
    }

    private static async Task<(string Id, string? Wrapped)> ChooseAsync(Store store, TimeProvider clock, CancellationToken cancellationToken)
    {
        var chosen = await store.ReadAsync(session => ChooseAsync(session, store.Keys, cancellationToken), cancellationToken);
        var saved = await store.WriteAsync<Saved>(
            async transaction =>
            {
                await store.Dialect.LockForMigrationAsync(transaction);
                if (await transaction.FindStoreKeyAsync(cancellationToken) is { } other)
                {
                    return new Saved(other.Id, other.Wrapped); // somebody else was faster
                }

                await transaction.SaveAsync(chosen, clock.GetUtcNow(), cancellationToken);
                return new Saved(chosen.Key.Id, chosen.Wrapped);
            },
            cancellationToken);
        return saved.IsRefused(out var refusal, out var key) ? throw new InvalidOperationException(refusal.Message) : (key.Id, key.Wrapped);
    }

    private static async Task<NewStoreKey> ChooseAsync(Session session, StoreKeys keys, CancellationToken cancellationToken)
    {
        // A key that is made here would not open what another key has sealed.
        return keys.IsNamed || !await Resealing.HoldsKeysOfEarlierVersionAsync(session, cancellationToken)
            ? await keys.ChooseAsync(cancellationToken)
            : throw new OperatorException("The store holds private keys that were sealed with the file of fabric.key_file. Name it with store.key_file, or with fabric.key_file as before.");
    }

    private sealed record Saved(string Id, string? Wrapped);
}

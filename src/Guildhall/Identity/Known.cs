using Guildhall.Storage;

namespace Guildhall.Identity;

/// <summary>What was found of accounts, remembered until something is taken away from the account. Safe for concurrent use.</summary>
/// <param name="capacity">How much is remembered at most.</param>
/// <param name="find">Looks into the store.</param>
internal class Known<TKey, T>(Store store, int capacity, Func<Session, TKey, CancellationToken, Task<T?>> find)
    where TKey : notnull
    where T : class
{
    private readonly RecentCache<TKey, (T Value, long IdentityVersion)> values = new(capacity);

    protected Store Store => store;

    /// <summary>What is under the key, as it stands after the versions of its account were looked up; null when there is nothing.</summary>
    /// <remarks>What is not there is not remembered: it may come.</remarks>
    public ValueTask<T?> FindAsync(TKey key, AccountVersions versions, CancellationToken cancellationToken) =>
        values.TryGet(key, out var known) && known.IdentityVersion == versions.Identity
            ? new(known.Value)
            : new(ReadAndRememberAsync(key, versions, cancellationToken));

    protected T? Recall(TKey key, out long identityVersion)
    {
        var isKnown = values.TryGet(key, out var known);
        identityVersion = known.IdentityVersion;
        return isKnown ? known.Value : null;
    }

    protected void Remember(TKey key, T value, long identityVersion) => values.Set(key, (value, identityVersion));

    protected Task<T?> ReadAsync(TKey key, CancellationToken cancellationToken) => store.ReadAsync(session => find(session, key, cancellationToken), cancellationToken);

    /// <remarks>Read after the version, so that a change in between is one of a later version.</remarks>
    protected async Task<T?> ReadAndRememberAsync(TKey key, AccountVersions versions, CancellationToken cancellationToken)
    {
        var current = await ReadAsync(key, cancellationToken);
        if (current is not null)
        {
            Remember(key, current, versions.Identity);
        }

        return current;
    }
}

/// <summary>What proves who calls. Its account is not known before it is found.</summary>
/// <param name="principalOf">Who that is, with the versions of the account as they were where this was read.</param>
internal sealed class KnownProofs<TKey, T>(
    Store store, int capacity, Func<Session, TKey, CancellationToken, Task<T?>> find, Func<T, Principal> principalOf) : Known<TKey, T>(store, capacity, find)
    where TKey : notnull
    where T : class
{
    /// <summary>What is under the key, as it stands after the call began, and the versions of its account; null when there is nothing.</summary>
    /// <returns>Also, whether it is new: not remembered from before.</returns>
    public async ValueTask<(T? Value, AccountVersions Versions, bool IsNew)> FindAsync(TKey key, CancellationToken cancellationToken)
    {
        var found = Recall(key, out var identityVersion);
        var isNew = found is null;
        if (found is null)
        {
            if ((found = await ReadAsync(key, cancellationToken)) is null)
            {
                return default;
            }

            identityVersion = principalOf(found).Versions.Identity;
            Remember(key, found, identityVersion);
        }

        var versions = await Store.FindVersionsAsync(principalOf(found).AccountId, cancellationToken);
        return identityVersion == versions.Identity ? (found, versions, isNew) : (await ReadAndRememberAsync(key, versions, cancellationToken), versions, isNew);
    }
}

using Guildhall.Storage;

namespace Guildhall.Identity;

/// <summary>What was found of accounts, remembered until something is taken away from the account. Safe for concurrent use.</summary>
/// <param name="capacity">How much is remembered at most.</param>
/// <param name="find">Looks into the store.</param>
/// <param name="accountOf">The id of the account that a value belongs to.</param>
internal sealed class Known<TKey, T>(
    Store store, int capacity, Func<Session, TKey, CancellationToken, Task<T?>> find, Func<T, string> accountOf)
    where TKey : notnull
    where T : class
{
    private readonly RecentCache<TKey, (T Value, long IdentityVersion)> values = new(capacity);

    /// <summary>What is under the key, as it stands after the call began, and the versions of its account; null when there is nothing.</summary>
    /// <remarks>What is not there is not remembered: it may come.</remarks>
    public async ValueTask<(T? Value, AccountVersions Versions)> FindAsync(TKey key, CancellationToken cancellationToken)
    {
        var isKnown = values.TryGet(key, out var known);
        if (!isKnown && (known.Value = (await ReadAsync(key, cancellationToken))!) is null)
        {
            return default;
        }

        var versions = await store.FindVersionsAsync(accountOf(known.Value), cancellationToken);
        return isKnown && known.IdentityVersion == versions.Identity
            ? (known.Value, versions)
            : (await ReadAsync(key, versions, cancellationToken), versions);
    }

    /// <summary>What is under the key, as it stands after the versions of its account were looked up; null when there is nothing.</summary>
    public ValueTask<T?> FindAsync(TKey key, AccountVersions versions, CancellationToken cancellationToken) =>
        values.TryGet(key, out var known) && known.IdentityVersion == versions.Identity
            ? new(known.Value)
            : new(ReadAsync(key, versions, cancellationToken));

    /// <remarks>Read after the version, so that a change in between is one of a later version.</remarks>
    private async Task<T?> ReadAsync(TKey key, AccountVersions versions, CancellationToken cancellationToken)
    {
        var current = await ReadAsync(key, cancellationToken);
        if (current is not null)
        {
            values.Set(key, (current, versions.Identity));
        }

        return current;
    }

    private Task<T?> ReadAsync(TKey key, CancellationToken cancellationToken) => store.ReadAsync(session => find(session, key, cancellationToken), cancellationToken);
}

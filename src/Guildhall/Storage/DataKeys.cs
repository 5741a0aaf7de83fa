using Guildhall.Sealing;

namespace Guildhall.Storage;

/// <summary>The newest data keys of several accounts, open until they are disposed.</summary>
internal sealed class DataKeys : IDisposable
{
    private readonly Dictionary<string, DataKey> keys = new(StringComparer.Ordinal);

    private DataKeys()
    {
    }

    /// <summary>Accounts that have none get a first one.</summary>
    public static async Task<DataKeys> OpenAsync(
        Transaction transaction, StoreKeys storeKeys, IEnumerable<string> accounts, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (opened, ids) = (new DataKeys(), accounts.Distinct(StringComparer.Ordinal).ToList());
        try
        {
            foreach (var wrapped in await transaction.FindNewestDataKeysAsync(ids, cancellationToken))
            {
                opened.keys[wrapped.AccountId] = await storeKeys.OpenAsync(wrapped, cancellationToken);
            }

            await opened.AddAsync(transaction, storeKeys, [.. ids.Where(id => !opened.keys.ContainsKey(id))], now, cancellationToken);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    public DataKey Of(string accountId) => keys[accountId];

    public void Dispose()
    {
        foreach (var key in keys.Values)
        {
            key.Dispose();
        }
    }

    private async Task AddAsync(Transaction transaction, StoreKeys storeKeys, List<string> accounts, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (accounts.Count == 0)
        {
            return;
        }

        var (with, wrapped) = await transaction.FindCurrentAsync(storeKeys, now, cancellationToken);
        foreach (var account in accounts)
        {
            keys[account] = DataKey.New(account, number: 1);
        }

        await transaction.AddAsync(accounts.Select(account => keys[account].Wrap(with, wrapped)), now, cancellationToken);
    }
}

using System.Data.Common;
using Guildhall.Memberships;
using Guildhall.Sealing;

namespace Guildhall.Storage;

/// <summary>A store that a server runs on: locked where it is a file, and brought to this version's schema.</summary>
internal sealed class OpenStore : IAsyncDisposable
{
    private readonly StoreLock? held;

    private OpenStore(Store store, StoreLock? held) => (Store, this.held) = (store, held);

    public Store Store { get; }

    /// <summary>As <see cref="OpenAsync(string, StoreKeys?, CancellationToken)"/>, with the key file beside a SQLite store.</summary>
    public static Task<OpenStore> OpenAsync(string setting, CancellationToken cancellationToken) => OpenAsync(setting, StoreKeys.BesideOf(setting), cancellationToken);

    /// <param name="setting">As <see cref="Storage.Store.Open"/> takes it.</param>
    /// <param name="keys">With which its secrets are sealed; null for a store that is only moved, and takes the key of the other one along.</param>
    /// <exception cref="OperatorException">It cannot be opened; the message says why.</exception>
    public static async Task<OpenStore> OpenAsync(string setting, StoreKeys? keys, CancellationToken cancellationToken)
    {
        var isFile = !setting.Contains('=');
        StoreLock? taken = null;
        Store? store = null;
        try
        {
            taken = isFile ? StoreLock.Take(setting) : null;
            store = Store.Open(setting, keys ?? StoreKeys.None);
            await store.MigrateAsync(cancellationToken);
            if (keys is not null)
            {
                await store.PrepareSecretsAsync(TimeProvider.System, cancellationToken);
            }

            if (isFile)
            {
                _ = await ReleaseAllAsync(store, cancellationToken);
            }

            return new OpenStore(store, taken);
        }
        catch (Exception exception)
        {
            if (store is not null)
            {
                await store.DisposeAsync();
            }

            taken?.Dispose();
            if (exception is DbException or IOException or UnauthorizedAccessException or NewerSchemaException)
            {
                throw new OperatorException($"The store {(isFile ? setting : "in PostgreSQL")} cannot be opened: {exception.Message}");
            }

            throw;
        }
    }

    /// <summary>The file is locked, so nobody works on what a killed server had claimed: this one need not wait for the leases' end.</summary>
    private static Task<Done> ReleaseAllAsync(Store store, CancellationToken cancellationToken) => store.WriteOwnAsync(
        async transaction =>
        {
            await transaction.ReleaseAllAsync(cancellationToken);
            return new Done();
        },
        cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        held?.Dispose();
    }
}

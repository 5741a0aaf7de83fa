using Npgsql;
using NpgsqlTypes;

namespace Guildhall.Storage;

/// <summary>The versions of accounts in a database that many replicas write to: one small query for all who ask at the time. Safe for concurrent use.</summary>
internal sealed class PostgresVersions : IAsyncDisposable
{
    private readonly Func<Task<NpgsqlConnection>> open;
    private readonly SharedLook<AccountVersions> look;
    private NpgsqlConnection? connection;

    public PostgresVersions(Func<Task<NpgsqlConnection>> open)
    {
        this.open = open;
        look = new SharedLook<AccountVersions>(LookAsync);
    }

    /// <summary>As they are after the call began.</summary>
    public Task<AccountVersions> FindAsync(string accountId) => look.FindAsync(accountId);

    public ValueTask DisposeAsync() => connection?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task<IReadOnlyDictionary<string, AccountVersions>> LookAsync(IReadOnlyCollection<string> accountIds)
    {
        try
        {
            connection ??= await open();
            await using var command = new NpgsqlCommand(VersionRows.OfMany, connection);
            command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. accountIds], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
            await using var reader = await command.ExecuteReaderAsync();
            var found = new Dictionary<string, AccountVersions>(accountIds.Count, StringComparer.Ordinal);
            while (await reader.ReadAsync())
            {
                found[reader.GetString(0)] = new AccountVersions(reader.GetInt64(1), reader.GetInt64(2));
            }

            return found;
        }
        catch
        {
            if (connection is not null)
            {
                await connection.DisposeAsync();
                connection = null;
            }

            throw;
        }
    }
}

using Guildhall.Memberships;
using Guildhall.Storage;
using Npgsql;

namespace Guildhall.Tests;

/// <summary>An empty store of one test's own: a SQLite file, or a schema in the PostgreSQL that tests may fill.</summary>
public sealed class TestStore : IAsyncDisposable
{
    private string setting;
    private readonly Func<ValueTask> clean;

    private TestStore(string setting, Func<ValueTask> clean, DelayingProxy? way = null)
    {
        (this.setting, this.clean, Way) = (setting, clean, way);
        Store = Store.Open(setting, TestKeys.Of(setting));
    }

    public Store Store { get; private set; }

    /// <summary>The setting that opens the same store.</summary>
    public string Setting => setting;

    /// <summary>The way to PostgreSQL, where a test has asked for one that it can lengthen and cut.</summary>
    public DelayingProxy? Way { get; }

    /// <summary>A store without a table.</summary>
    /// <param name="delay">How many milliseconds PostgreSQL is away, each way; null for no proxy in between. SQLite is in the process.</param>
    public static async Task<TestStore> CreateEmptyAsync(Engine engine, int? delay = null) => engine == Engine.Sqlite ? CreateSqlite() : await CreatePostgresAsync(delay);

    /// <inheritdoc cref="CreateEmptyAsync"/>
    public static async Task<TestStore> CreateAsync(Engine engine, int? delay = null)
    {
        var created = await CreateEmptyAsync(engine, delay);
        await created.Store.MigrateAsync(CancellationToken.None);
        return created;
    }

    /// <summary>Closes the store and opens it again, as a restart does; with another setting, if one is given.</summary>
    public async Task ReopenAsync(string? other = null)
    {
        await Store.DisposeAsync();
        setting = other ?? setting;
        Store = Store.Open(setting, TestKeys.Of(setting));
    }

    public async Task ExecuteAsync(string sql, params (string Name, object? Value)[] parameters) =>
        await Store.WriteAsync<Done>(
            async transaction =>
            {
                await transaction.ChangeAllAsync(sql, [parameters], CancellationToken.None);
                return new Done();
            },
            CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await (Way?.DisposeAsync() ?? ValueTask.CompletedTask);
        await clean();
    }

    private static TestStore CreateSqlite()
    {
        var folder = Directory.CreateTempSubdirectory("guildhall-test-").FullName;
        return new TestStore(Path.Combine(folder, "guildhall.db"), () =>
        {
            Directory.Delete(folder, recursive: true);
            return ValueTask.CompletedTask;
        });
    }

    private static async Task<TestStore> CreatePostgresAsync(int? delay)
    {
        var server = EveryEngineAttribute.Postgres
            ?? throw new InvalidOperationException($"CI has no PostgreSQL: {EveryEngineAttribute.PostgresVariable} is not set.");
        var schema = "test_" + Guid.NewGuid().ToString("n");
        await RunAsync(server, $"CREATE SCHEMA {schema}");
        var own = new NpgsqlConnectionStringBuilder(server) { SearchPath = schema, ApplicationName = schema, MaxPoolSize = 16 };
        var way = delay is { } milliseconds ? new DelayingProxy(own.Host!, own.Port, TimeSpan.FromMilliseconds(milliseconds)) : null;
        (own.Host, own.Port) = way is null ? (own.Host, own.Port) : ("127.0.0.1", way.Port);
        return new TestStore(own.ToString(), async () => await RunAsync(server, $"DROP SCHEMA {schema} CASCADE"), way);
    }

    private static async Task RunAsync(string server, string sql)
    {
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

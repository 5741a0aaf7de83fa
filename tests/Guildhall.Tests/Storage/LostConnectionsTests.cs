using Guildhall.Memberships;
using Guildhall.Storage;

namespace Guildhall.Tests.Storage;

/// <summary>What happens when PostgreSQL goes away in the middle.</summary>
public sealed class LostConnectionsTests
{
    private const string CutMe = "SELECT pg_terminate_backend(pg_backend_pid())";
    private const string CutTheOthers = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = @name AND pid <> pg_backend_pid()";

    [Theory, PostgresOnly]
    public async Task A_write_whose_connection_is_cut_before_the_commit_is_run_again(Engine engine)
    {
        await using var store = await TestStore.CreateAsync(engine);
        var runs = 0;

        var result = await store.Store.WriteAsync<Done>(
            async transaction =>
            {
                await transaction.ExecuteAsync("INSERT INTO settings (name, value) VALUES ('once', '')");
                if (++runs < 3)
                {
                    await transaction.CountAsync(CutMe);
                }

                return new Done();
            },
            CancellationToken.None);

        Assert.False(result.IsRefused(out _));
        Assert.Equal(3, runs);
        Assert.Equal(1, await store.Store.ReadAsync(session => session.CountAsync("SELECT count(*) FROM settings"), CancellationToken.None));
    }

    [Theory, PostgresOnly]
    public async Task A_read_whose_connection_is_cut_is_run_again(Engine engine)
    {
        await using var store = await TestStore.CreateAsync(engine);
        var runs = 0;

        var answer = await store.Store.ReadAsync(session => session.CountAsync(++runs == 1 ? CutMe : "SELECT 7"), CancellationToken.None);

        Assert.Equal((7, 2), (answer, runs));
    }

    [Theory, PostgresOnly]
    public async Task Whatever_is_cut_what_was_acknowledged_is_there_and_nothing_is_there_twice(Engine engine)
    {
        var name = "cut-" + Guid.NewGuid().ToString("n")[..8];
        await using var store = await TestStore.CreateAsync(engine);
        await using var cutter = Store.Open(EveryEngineAttribute.Postgres!);
        await using var cut = Store.Open($"{store.Setting};Application Name={name}");
        using var over = new CancellationTokenSource();
        var cutting = Task.Run(async () =>
        {
            for (var cuts = 0; !over.IsCancellationRequested; cuts++)
            {
                await cutter.ReadAsync(session => session.QueryAsync(CutTheOthers, row => row.GetBoolean(0), [("name", name)]), CancellationToken.None);
                await Task.Delay(20 + (cuts % 8 * 20), CancellationToken.None); // now and then long enough for a slow machine to connect and commit
            }
        });

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(client => Task.Run(() => WriteManyAsync(cut, client))));

        await over.CancelAsync();
        await cutting;
        var there = await store.Store.ReadAsync(session => session.QueryAsync("SELECT name FROM settings ORDER BY name", row => row.GetString(0)), CancellationToken.None);
        Assert.Equal(outcomes.SelectMany(acknowledged => acknowledged).Order(StringComparer.Ordinal), there);
        Assert.Equal(8 * 40, there.Count);
    }

    /// <summary>Writes that share transactions: a commit that is cut off is asked after, and each has an answer.</summary>
    private static async Task<List<string>> WriteManyAsync(Store store, int client)
    {
        var acknowledged = new List<string>();
        for (var n = 0; n < 40; n++)
        {
            var key = $"{client}-{n}";
            await store.WriteSharedAsync<Done>(
                [],
                async transaction =>
                {
                    await transaction.ExecuteAsync("INSERT INTO settings (name, value) VALUES (@name, '')", [("name", key)]);
                    return new Done();
                },
                CancellationToken.None);
            acknowledged.Add(key);
        }

        return acknowledged;
    }
}

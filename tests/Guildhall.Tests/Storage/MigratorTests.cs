using Guildhall.Storage;

namespace Guildhall.Tests.Storage;

public sealed class MigratorTests
{
    private const string Tables = "SELECT count(*) FROM ";

    [Theory, EveryEngine]
    public async Task A_store_of_a_newer_Guildhall_is_refused(Engine engine)
    {
        await using var store = await TestStore.CreateAsync(engine);
        await store.ExecuteAsync("INSERT INTO schema_steps (number, name) VALUES (9999, 'from-the-future')");

        var refused = await Assert.ThrowsAsync<NewerSchemaException>(() => store.Store.MigrateAsync(CancellationToken.None));

        Assert.Equal(
            $"The store has schema 9999, and this Guildhall knows schemas up to {Migrator.Newest}. "
            + "Start a Guildhall at least as new as the one that wrote it, or restore a backup.",
            refused.Message);
    }

    [Theory, EveryEngine]
    public async Task A_step_that_fails_leaves_nothing_and_can_be_run_again(Engine engine)
    {
        await using var store = await TestStore.CreateAsync(engine);
        var next = Migrator.Newest + 1;
        var broken = new MigrationStep(next, "broken", "CREATE TABLE half_done (id text); INSERT INTO no_such_table VALUES (1)");
        var mended = broken with { Sql = "CREATE TABLE half_done (id text)" };

        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => store.Store.MigrateAsync([broken], CancellationToken.None));

        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => CountAsync(store, Tables + "half_done"));
        Assert.Equal(Migrator.Newest, await CountAsync(store, "SELECT max(number) FROM schema_steps"));

        await store.Store.MigrateAsync([mended], CancellationToken.None);
        Assert.Equal(0, await CountAsync(store, Tables + "half_done"));
        Assert.Equal(next, await CountAsync(store, "SELECT max(number) FROM schema_steps"));
    }

    [Theory, EveryEngine]
    public async Task Processes_that_start_together_take_turns(Engine engine)
    {
        await using var store = await TestStore.CreateAsync(engine);
        var step = new MigrationStep(Migrator.Newest + 1, "once", "CREATE TABLE made_once (id text)");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            await using var one = Store.Open(store.Setting);
            await one.MigrateAsync([step], CancellationToken.None);
        }));

        Assert.Equal(1, await CountAsync(store, "SELECT count(*) FROM schema_steps WHERE name = 'once'"));
    }

    private static Task<long> CountAsync(TestStore store, string sql) =>
        store.Store.ReadAsync(session => session.CountAsync(sql), CancellationToken.None);
}

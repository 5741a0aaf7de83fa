using Guildhall.Memberships;
using Guildhall.Storage;
using Npgsql;

namespace Guildhall.Tests.Storage;

/// <summary>A connection string that names several servers, of which one is the primary.</summary>
public sealed class SeveralHostsTests
{
    private const string Nobody = "127.0.0.1:1";

    [Theory, PostgresOnly]
    public async Task The_primary_is_found_among_several_hosts(Engine engine)
    {
        await using var own = await TestStore.CreateAsync(engine);
        var one = new NpgsqlConnectionStringBuilder(own.Setting);
        await using var store = Store.Open(new NpgsqlConnectionStringBuilder(own.Setting) { Host = $"{Nobody},{one.Host}:{one.Port}" }.ToString());

        var written = await store.WriteAsync<Done>(
            async transaction =>
            {
                await transaction.ExecuteAsync("INSERT INTO settings (name, value) VALUES ('here', '')");
                return new Done();
            },
            CancellationToken.None);

        Assert.False(written.IsRefused(out _));
        Assert.Equal(1, await store.ReadAsync(session => session.CountAsync("SELECT count(*) FROM settings"), CancellationToken.None));
    }

    [Theory, PostgresOnly]
    public async Task Asking_one_host_to_be_the_primary_is_no_mistake(Engine engine)
    {
        await using var own = await TestStore.CreateAsync(engine);
        await using var store = Store.Open($"{own.Setting};Target Session Attributes=primary");

        Assert.Equal(0, await store.ReadAsync(session => session.CountAsync("SELECT count(*) FROM settings"), CancellationToken.None));
    }

    [Fact]
    public async Task Hosts_that_are_all_gone_are_away_and_may_come_back()
    {
        await using var store = Store.Open($"Host={Nobody},{Nobody};Username=guildhall");

        var gone = await Assert.ThrowsAnyAsync<NpgsqlException>(async () => await store.Dialect.RentReaderAsync(CancellationToken.None));

        Assert.True(store.IsAway(gone));
    }

    [Theory, PostgresOnly]
    public async Task Hosts_that_have_no_such_database_are_not_away(Engine engine)
    {
        Assert.Equal(Engine.Postgres, engine);
        var one = new NpgsqlConnectionStringBuilder(EveryEngineAttribute.Postgres);
        var hosts = new NpgsqlConnectionStringBuilder(one.ToString()) { Host = $"{one.Host}:{one.Port},{one.Host}:{one.Port}", Database = "no such" };
        await using var store = Store.Open(hosts.ToString());

        var refused = await Assert.ThrowsAnyAsync<NpgsqlException>(async () => await store.Dialect.RentReaderAsync(CancellationToken.None));

        Assert.False(store.IsAway(refused));
    }

    [Theory, PostgresOnly]
    public async Task A_commit_that_comes_with_a_warning_is_not_taken_for_one(Engine engine)
    {
        await using var own = await TestStore.CreateAsync(engine);
        await own.ExecuteAsync("CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'no standby may have it'; RETURN NULL; END $$");
        await own.ExecuteAsync("CREATE CONSTRAINT TRIGGER warns AFTER INSERT ON settings DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION warn()");

        var unknown = await Assert.ThrowsAsync<OutcomeUnknownException>(() => own.ExecuteAsync("INSERT INTO settings (name, value) VALUES ('here', '')"));

        Assert.Equal("no standby may have it", unknown.InnerException!.Message);
    }
}

using System.Data.Common;
using Guildhall.Memberships;
using Guildhall.Storage;
using Npgsql;

namespace Guildhall.Tests.Storage;

/// <summary>PostgreSQL's writer commits what waits in one transaction; nobody may notice but by the speed.</summary>
public sealed class SharedTransactionsTests
{
    private const string Insert = "INSERT INTO settings (name, value) VALUES (@name, '')";

    /// <summary>They wait for one another's statements, so it takes several at once to get anywhere.</summary>
    [Theory, EveryEngine]
    public async Task Many_writes_at_once_are_each_done_once(Engine engine)
    {
        await using var store = await TestStore.CreateAsync(engine);

        await Task.WhenAll(Enumerable.Range(0, 300).Select(n => store.Store.WriteSharedAsync<Done>(
            [],
            async transaction =>
            {
                Assert.Equal(0, await transaction.CountAsync("SELECT count(*) FROM settings WHERE name = @name", [("name", $"{n:000}")]));
                await transaction.QueueAsync(Insert, [[("name", $"{n:000}")]], default);
                Assert.Equal(1, await transaction.CountAsync("SELECT count(*) FROM settings WHERE name = @name", [("name", $"{n:000}")]));
                return new Done();
            },
            default)));

        Assert.Equal(Enumerable.Range(0, 300).Select(n => $"{n:000}"), await NamesAsync(store.Store));
    }

    [Theory, EveryEngine]
    public async Task What_one_refuses_or_breaks_is_undone_and_its_neighbours_stay(Engine engine)
    {
        await using var store = await TestStore.CreateAsync(engine);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 40).Select(async n =>
        {
            try
            {
                var result = await store.Store.WriteSharedAsync<Done>(
                    [],
                    async transaction =>
                    {
                        await transaction.ExecuteAsync(Insert, [("name", $"{n:00}")]);
                        return (n % 8) switch
                        {
                            1 => Refusal.Busy,
                            2 => throw new InvalidOperationException("a bug"),
                            3 => await transaction.CountAsync("SELECT missing FROM settings WHERE name = @name", [("name", "")]) == 0 ? new Done() : Refusal.Busy,
                            _ => new Done(),
                        };
                    },
                    default);
                return result.IsRefused(out _) ? "refused" : "done";
            }
            catch (InvalidOperationException)
            {
                return "broken";
            }
            catch (DbException)
            {
                return "failed";
            }
        }));

        Assert.Equal(Enumerable.Range(0, 40).Select(n => (n % 8) switch { 1 => "refused", 2 => "broken", 3 => "failed", _ => "done" }), outcomes);
        Assert.Equal(Enumerable.Range(0, 40).Where(n => n % 8 is not (1 or 2 or 3)).Select(n => $"{n:00}"), await NamesAsync(store.Store));
    }

    /// <summary>Seen failing with one writer, and with the size left out of what a writer is chosen by.</summary>
    [Theory, PostgresOnly]
    public async Task Small_writes_do_not_wait_for_a_large_one(Engine engine)
    {
        await using var store = await TestStore.CreateAsync(engine);
        await store.Store.WriteSharedAsync<Done>([], transaction => InsertAsync(transaction, "held"), default);
        await using var holder = new NpgsqlConnection(store.Setting);
        await holder.OpenAsync();
        await using var holding = await holder.BeginTransactionAsync();
        await using var hold = new NpgsqlCommand("SELECT name FROM settings WHERE name = 'held' FOR UPDATE", holder, holding);
        await hold.ExecuteScalarAsync();

        var large = store.Store.WriteSharedAsync<Done>(
            [],
            async transaction =>
            {
                await transaction.ChangeAsync("UPDATE settings SET value = 'large' WHERE name = @name", [("name", "held")], default);
                return new Done();
            },
            default,
            size: 1000);
        var small = Task.WhenAll(Enumerable.Range(0, 100).Select(n => store.Store.WriteSharedAsync<Done>([], transaction => InsertAsync(transaction, $"small {n:00}"), default)));
        await small.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(large.IsCompleted);

        await holding.RollbackAsync();
        await large;
        Assert.Equal(101, (await NamesAsync(store.Store)).Count);

        static async Task<Result<Done>> InsertAsync(Transaction transaction, string name)
        {
            await transaction.ExecuteAsync(Insert, [("name", name)]);
            return new Done();
        }
    }

    /// <summary>Seen failing without the lock on the account, and without the order of writes on one account within a transaction.</summary>
    [Theory, EveryEngine]
    public async Task Writes_on_one_account_decide_one_after_another_in_all_replicas(Engine engine)
    {
        const int Most = 10;
        await using var store = await TestStore.CreateAsync(engine);
        await store.ExecuteAsync("INSERT INTO accounts (id, name, created_at) VALUES ('account', 'account', 0)");
        await using var other = engine == Engine.Postgres ? Store.Open(store.Setting) : null;
        Store[] replicas = [store.Store, other ?? store.Store];

        var results = await Task.WhenAll(Enumerable.Range(0, 60).Select(n => Task.Run(() => replicas[n % 2].WriteSharedAsync<Done>(
            ["account"],
            async transaction =>
            {
                if (await transaction.CountAsync("SELECT count(*) FROM settings") >= Most)
                {
                    return Refusal.MemberLimitReached;
                }

                await transaction.QueueAsync(Insert, [[("name", $"{n:00}")]], default);
                return new Done();
            },
            default))));

        Assert.Equal(Most, results.Count(result => !result.IsRefused(out _)));
        Assert.Equal(Most, (await NamesAsync(store.Store)).Count);
    }

    /// <summary>Seen failing with every query of a text put together, wherever it stands.</summary>
    [Theory, PostgresOnly]
    public async Task A_query_sees_the_change_before_it_though_a_neighbour_asked_the_same_before_that(Engine engine)
    {
        await using var store = await TestStore.CreateAsync(engine);
        await using var connection = new NpgsqlConnection(store.Setting);
        await connection.OpenAsync();
        var wave = new Wave(connection);
        var (neighbour, own) = (wave.Begin(), wave.Begin());

        var neighbours = CountAsync(neighbour);
        _ = own.QueueAsync(Insert, [[("name", "a")]], default);
        var seen = CountAsync(own);
        own.End();
        await wave.RunAsync();

        Assert.Equal(1, await neighbours);
        Assert.False(seen.IsCompleted); // it has ended, and reads no answer
    }

    /// <summary>Seen failing without the wait.</summary>
    [Theory, PostgresOnly]
    public async Task Nobody_reads_between_two_changes_of_a_neighbour(Engine engine)
    {
        await using var store = await TestStore.CreateAsync(engine);
        await using var connection = new NpgsqlConnection(store.Setting);
        await connection.OpenAsync();
        var wave = new Wave(connection);
        var (own, neighbour) = (wave.Begin(), wave.Begin());

        var first = own.ExecuteAsync(Insert, [[("name", "first")]], default);
        var neighbours = CountAsync(neighbour);
        await wave.RunAsync();
        Assert.Equal((1, 1), (await first, await CountOfAsync(own)));
        Assert.False(neighbours.IsCompleted);
        _ = own.QueueAsync("INSERT INTO settings (name, value) VALUES (@name, 'second')", [[("name", "second")]], default);
        own.End();
        await wave.RunAsync();

        Assert.Equal(2, await neighbours);

        async Task<long> CountOfAsync(Wave.Turn turn)
        {
            var count = CountAsync(turn);
            await wave.RunAsync();
            return await count;
        }
    }

    /// <summary>Seen failing where a change of a text goes with the first of that text, whatever its own piece of work asked for before.</summary>
    [Theory, PostgresOnly]
    public async Task Changes_of_one_write_keep_their_order_beside_a_neighbours(Engine engine)
    {
        const string Delete = "DELETE FROM settings WHERE name = @name";
        await using var store = await TestStore.CreateAsync(engine);
        await using var connection = new NpgsqlConnection(store.Setting);
        await connection.OpenAsync();
        var wave = new Wave(connection);
        var neighbour = wave.Begin();
        var own = wave.Begin();

        var changes = Task.WhenAll(
            neighbour.ExecuteAsync(Insert, [[("name", "theirs")]], default),
            neighbour.ExecuteAsync(Delete, [[("name", "theirs")]], default),
            own.ExecuteAsync(Delete, [[("name", "ours")]], default),
            own.ExecuteAsync(Insert, [[("name", "ours")]], default));
        own.End();
        var after = wave.Begin(own);
        var next = after.ExecuteAsync(Delete, [[("name", "ours")]], default);
        await wave.RunAsync();

        Assert.Equal((int[])[1, 1, 0, 1], await changes);
        Assert.Equal(1, await next);
    }

    private static async Task<long> CountAsync(Wave.Turn turn) =>
        (await turn.QueryAsync("SELECT count(*) FROM settings WHERE name <> @name", row => row.GetInt64(0), [[("name", "")]], default)).Single();

    private static Task<List<string>> NamesAsync(Store store) =>
        store.ReadAsync(session => session.QueryAsync("SELECT name FROM settings ORDER BY name", row => row.GetString(0)), default);
}

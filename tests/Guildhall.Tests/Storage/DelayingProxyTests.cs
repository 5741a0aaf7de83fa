using System.Diagnostics;
using Guildhall.Memberships;

namespace Guildhall.Tests.Storage;

/// <summary>The way to PostgreSQL that races are run over is as long as they think.</summary>
public sealed class DelayingProxyTests
{
    private const string One = "SELECT 1";

    [Theory, PostgresOnly]
    public async Task A_statement_takes_no_less_than_the_way_there_and_back(Engine engine)
    {
        await using var store = await TestStore.CreateAsync(engine, delay: 0);
        await ReadAsync(store); // the connection is open
        store.Way!.Delay = TimeSpan.FromMilliseconds(20);

        var begun = Stopwatch.GetTimestamp();
        await ReadAsync(store);

        Assert.InRange(Stopwatch.GetElapsedTime(begun), TimeSpan.FromMilliseconds(39), TimeSpan.MaxValue); // a timer may be early by less than one
    }

    [Theory, PostgresOnly]
    public async Task What_waits_while_the_way_is_cut_goes_on_when_it_is_mended(Engine engine)
    {
        await using var store = await TestStore.CreateAsync(engine, delay: 0);
        await ReadAsync(store);
        store.Way!.Cut();

        var waiting = store.Store.WriteAsync<Done>(
            async transaction =>
            {
                await transaction.ExecuteAsync("INSERT INTO settings (name, value) VALUES ('here', '')");
                return new Done();
            },
            CancellationToken.None);
        await Assert.ThrowsAsync<TimeoutException>(() => waiting.WaitAsync(TimeSpan.FromMilliseconds(100)));
        store.Way.Mend();

        Assert.False((await waiting).IsRefused(out _));
    }

    private static Task<long> ReadAsync(TestStore store) => store.Store.ReadAsync(session => session.CountAsync(One), CancellationToken.None);
}

using Guildhall.Memberships;
using Guildhall.Storage;

namespace Guildhall.Tests.Storage;

/// <summary>SQLite's writer commits whatever waits in one transaction; nobody may notice but by the speed.</summary>
public sealed class GroupCommitTests : IAsyncLifetime
{
    private readonly TaskCompletionSource held = new();
    private TestStore testStore = null!;

    private Store Store => testStore.Store;

    public async ValueTask InitializeAsync() => testStore = await TestStore.CreateAsync(Engine.Sqlite);

    public ValueTask DisposeAsync() => testStore.DisposeAsync();

    [Fact]
    public async Task Writes_that_wait_share_one_transaction()
    {
        var first = await HoldTheWriterAsync();
        var second = WriteAsync("second");
        var third = Store.WriteAsync<long>(
            async transaction => (10 * await transaction.CountAsync("SELECT count(*) FROM settings")) + await CountAsync(),
            CancellationToken.None);

        held.SetResult();

        await Task.WhenAll(first, second);
        Assert.False((await third).IsRefused(out _, out var seen));
        Assert.Equal(21, seen); // from inside two rows, the first's and the second's; from outside only the first's
        Assert.Equal(2, await CountAsync());
    }

    [Fact]
    public async Task What_one_refuses_or_breaks_is_undone_and_its_neighbours_stay()
    {
        var first = await HoldTheWriterAsync();
        var good = WriteAsync("good");
        var refused = Store.WriteAsync<Done>(
            async transaction =>
            {
                await InsertAsync(transaction, "refused");
                return Refusal.Busy;
            },
            CancellationToken.None);
        var broken = Store.WriteAsync<Done>(
            async transaction =>
            {
                await InsertAsync(transaction, "broken");
                throw new InvalidOperationException("a bug");
            },
            CancellationToken.None);
        using var gone = new CancellationTokenSource();
        var cancelled = WriteAsync("cancelled", gone.Token);
        await gone.CancelAsync();
        var last = WriteAsync("last");

        held.SetResult();

        await Task.WhenAll(first, good, last);
        Assert.True((await refused).IsRefused(out var why));
        Assert.Equal(Refusal.Busy, why);
        Assert.Equal("a bug", (await Assert.ThrowsAsync<InvalidOperationException>(() => broken)).Message);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.Equal(["first", "good", "last"], await NamesAsync());
    }

    [Fact]
    public async Task A_transaction_that_is_lost_fails_all_who_shared_it_and_the_next_one_works()
    {
        var first = await HoldTheWriterAsync();
        var neighbour = WriteAsync("neighbour");
        var destroyer = Store.WriteAsync<Done>(
            async transaction =>
            {
                await transaction.ExecuteAsync("ROLLBACK");
                return new Done();
            },
            CancellationToken.None);

        held.SetResult();

        await first;
        await Assert.ThrowsAnyAsync<Exception>(() => neighbour);
        await Assert.ThrowsAnyAsync<Exception>(() => destroyer);
        await WriteAsync("afterwards");
        Assert.Equal(["afterwards", "first"], await NamesAsync());
    }

    [Fact]
    public async Task More_writes_than_may_wait_are_told_to_come_again()
    {
        var first = await HoldTheWriterAsync();
        var many = Enumerable.Range(0, 5000).Select(n => Store.WriteAsync<Done>(
            async transaction =>
            {
                await InsertAsync(transaction, $"{n:0000}");
                return new Done();
            },
            CancellationToken.None)).ToArray();

        held.SetResult();

        await first;
        var answers = await Task.WhenAll(many);
        var refused = answers.Count(answer => answer.IsRefused(out _));
        Assert.InRange(refused, 1, 5000 - 4096);
        Assert.Equal(1 + 5000 - refused, await CountAsync());
    }

    /// <summary>Keeps the writer busy, so that what follows waits and becomes one batch.</summary>
    /// <returns>The write that holds it.</returns>
    private async Task<Task> HoldTheWriterAsync()
    {
        var begun = new TaskCompletionSource();
        var write = Store.WriteAsync<Done>(
            async transaction =>
            {
                begun.SetResult();
                await held.Task;
                await InsertAsync(transaction, "first");
                return new Done();
            },
            CancellationToken.None);
        await begun.Task;
        return write;
    }

    private async Task WriteAsync(string name, CancellationToken cancellationToken = default)
    {
        var result = await Store.WriteAsync<Done>(
            async transaction =>
            {
                await InsertAsync(transaction, name);
                return new Done();
            },
            cancellationToken);
        Assert.False(result.IsRefused(out _));
    }

    private static Task InsertAsync(Transaction transaction, string name) =>
        transaction.ExecuteAsync("INSERT INTO settings (name, value) VALUES (@name, '')", [("name", name)]);

    private Task<long> CountAsync() => Store.ReadAsync(session => session.CountAsync("SELECT count(*) FROM settings"), CancellationToken.None);

    private Task<List<string>> NamesAsync() =>
        Store.ReadAsync(session => session.QueryAsync("SELECT name FROM settings ORDER BY name", row => row.GetString(0)), CancellationToken.None);
}

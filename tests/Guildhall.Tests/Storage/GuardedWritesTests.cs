using System.Text.RegularExpressions;
using Guildhall.Memberships;

namespace Guildhall.Tests.Storage;

/// <summary>A write that may find nothing says what that means, and whoever is told uses it.</summary>
public sealed partial class GuardedWritesTests
{
    private const string Change = "UPDATE settings SET value = @after WHERE name = 'one' AND value = @before";

    [Theory, EveryEngine]
    public async Task A_lost_guard_runs_the_work_again(Engine engine)
    {
        await using var store = await TestStore.CreateAsync(engine);
        await store.ExecuteAsync("INSERT INTO settings (name, value) VALUES ('one', 'read')");
        var runs = 0;

        var written = await store.Store.WriteSharedAsync<Done>(
            [],
            async transaction =>
            {
                await transaction.ChangeAsync(Change, [("after", "written"), ("before", ++runs < 3 ? "changed meanwhile" : "read")], default);
                return new Done();
            },
            default);

        Assert.False(written.IsRefused(out _));
        Assert.Equal(3, runs);
        Assert.Equal("written", await ReadAsync(store));
    }

    [Theory, EveryEngine]
    public async Task One_lost_guard_of_several_undoes_them_all(Engine engine)
    {
        await using var store = await TestStore.CreateAsync(engine);
        await store.ExecuteAsync("INSERT INTO settings (name, value) VALUES ('one', 'read')");
        using var enough = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<Exception>(() => store.Store.WriteSharedAsync<Done>(
            [],
            async transaction =>
            {
                await enough.CancelAsync(); // else it is tried for ten seconds
                await transaction.ChangeEachAsync(Change, [[("after", "written"), ("before", "read")], [("after", "written"), ("before", "changed meanwhile")]], default);
                return new Done();
            },
            enough.Token));

        Assert.Equal("read", await ReadAsync(store));
    }

    [Theory, EveryEngine]
    public async Task Who_may_be_too_late_is_told(Engine engine)
    {
        await using var store = await TestStore.CreateAsync(engine);
        await store.ExecuteAsync("INSERT INTO settings (name, value) VALUES ('one', 'read')");

        Assert.Equal((true, false), await store.Store.WriteOwnAsync(
            async transaction => (
                await transaction.TryChangeAsync(Change, [("after", "written"), ("before", "read")], default),
                await transaction.TryChangeAsync(Change, [("after", "again"), ("before", "read")], default)),
            default));
        Assert.Equal("written", await ReadAsync(store));
    }

    [Theory, EveryEngine]
    public async Task An_update_that_does_not_say_what_it_means_when_it_finds_nothing_is_not_run(Engine engine)
    {
        await using var store = await TestStore.CreateAsync(engine);

        await Assert.ThrowsAsync<ArgumentException>(() => store.Store.WriteOwnAsync(
            async transaction =>
            {
                await transaction.ExecuteAsync(Change, [("after", "written"), ("before", "read")]);
                return new Done();
            },
            default));
    }

    /// <remarks>The rest the compiler sees (IDE0058): a statement that leaves an answer unused.</remarks>
    [Fact]
    public void Nobody_throws_away_what_a_guarded_write_answers() => Assert.Empty(
        from path in Repository.Files("src/Guildhall", ".cs")
        from match in ThrownAway().Matches(Repository.Read(path))
        select $"{path}: {match.Value}");

    /// <remarks>Whoever writes an operation holds the claim on its work, or has just taken the work back: that is the guard.</remarks>
    [Fact]
    public void Only_an_operation_is_updated_without_waiting_for_the_answer() => Assert.Equal(
        ["src/Guildhall/Storage/OperationRows.cs"],
        from path in Repository.Files("src/Guildhall", ".cs")
        where QueuedUpdate().IsMatch(Repository.Read(path))
        select path);

    private static Task<string?> ReadAsync(TestStore store) =>
        store.Store.ReadAsync(session => session.FindAsync<string?>("SELECT value FROM settings WHERE name = 'one'", row => row.GetString(0)), default);

    [GeneratedRegex(@"_ = await transaction\.\w+|\bTask \w+\([^;{}]*\)\s*=>\s*(await )?transaction\.TryChangeAsync", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ThrownAway();

    [GeneratedRegex(@"QueueAsync\(\s*\$?""+\s*UPDATE", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex QueuedUpdate();
}

using Guildhall.Storage;

namespace Guildhall.Tests.Storage;

public sealed class SharedLookTests : IDisposable
{
    private readonly List<string[]> looks = [];
    private readonly List<TaskCompletionSource> ends = [];
    private readonly SemaphoreSlim begun = new(0);
    private int value;

    private SharedLook<int> Look => field ??= new SharedLook<int>(LookAsync);

    public void Dispose() => begun.Dispose();

    [Fact]
    public async Task Who_asks_while_a_look_is_under_way_shares_the_next_one()
    {
        var first = Look.FindAsync("a");
        await begun.WaitAsync();
        value = 1;
        var (second, third, again) = (Look.FindAsync("b"), Look.FindAsync("c"), Look.FindAsync("b"));

        ends[0].SetResult();
        await begun.WaitAsync();
        value = 2; // too late for the second look, which began before
        ends[1].SetResult();

        Assert.Equal((0, 1, 1, 1), (await first, await second, await third, await again));
        Assert.Equal([["a"], ["b", "c"]], looks);
    }

    [Fact]
    public async Task A_look_that_fails_fails_those_who_share_it_and_nobody_else()
    {
        var first = Look.FindAsync("a");
        await begun.WaitAsync();
        var second = Look.FindAsync("b");

        ends[0].SetException(new InvalidDataException());
        await Assert.ThrowsAsync<InvalidDataException>(() => first);
        await begun.WaitAsync();
        ends[1].SetResult();

        Assert.Equal(0, await second);
    }

    [Fact]
    public async Task What_is_not_there_is_the_default()
    {
        var missing = Look.FindAsync("missing");
        await begun.WaitAsync();
        ends[0].SetResult();

        Assert.Equal(0, await missing);
    }

    private async Task<IReadOnlyDictionary<string, int>> LookAsync(IReadOnlyCollection<string> keys)
    {
        var seen = value;
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        looks.Add([.. keys.Order(StringComparer.Ordinal)]);
        ends.Add(end);
        begun.Release();
        await end.Task;
        return keys.Where(key => key != "missing").ToDictionary(key => key, _ => seen);
    }
}

using Guildhall.Storage;

namespace Guildhall.Tests.Storage;

public sealed class RecentCacheTests
{
    [Fact]
    public void It_remembers_what_is_used_and_keeps_to_its_budget()
    {
        var cache = new RecentCache<int, string>(budget: 100);
        for (var key = 0; key < 1000; key++)
        {
            cache.Set(key, $"{key}");
            Assert.True(cache.TryGet(0, out var used) && used == "0");
        }

        Assert.InRange(Enumerable.Range(0, 1000).Count(key => cache.TryGet(key, out _)), 25, 100);
    }

    [Fact]
    public void What_weighs_more_than_half_of_the_budget_is_not_kept()
    {
        var cache = new RecentCache<string, string>(budget: 100);
        cache.Set("light", "1", weight: 50);
        cache.Set("heavy", "2", weight: 51);

        Assert.Equal((true, false), (cache.TryGet("light", out _), cache.TryGet("heavy", out _)));
    }
}

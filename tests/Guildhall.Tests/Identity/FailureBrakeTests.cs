using Guildhall.Identity;

namespace Guildhall.Tests.Identity;

public sealed class FailureBrakeTests
{
    private readonly FakeClock clock = new();
    private readonly FailureBrake brake;

    public FailureBrakeTests() => brake = new FailureBrake(clock);

    [Fact]
    public void Five_failures_are_free_and_each_further_one_doubles_the_wait_up_to_five_minutes()
    {
        var waits = new List<int>();
        for (var failure = 1; failure <= 16; failure++)
        {
            brake.Failed("alice", "192.0.2." + failure);
            var wait = WaitOf("alice", "198.51.100.1");
            waits.Add(wait);
            clock.Advance(TimeSpan.FromSeconds(wait));
            Assert.Equal(0, WaitOf("alice", "198.51.100.1"));
        }

        Assert.Equal([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300], waits);
    }

    [Fact]
    public void A_wait_is_told_in_seconds_and_in_words()
    {
        Fail("alice", 7);
        clock.Advance(TimeSpan.FromMilliseconds(1500));
        var refusal = brake.Holds("alice", "192.0.2.9")!;
        Assert.Equal((429, "APIGW.0308", TimeSpan.FromSeconds(3)), (refusal.Status, refusal.Code, refusal.RetryAfter));
        Assert.EndsWith("try again in 3 s", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_success_clears_the_account_and_leaves_the_address()
    {
        Fail("alice", 10);
        brake.Succeeded("alice");
        Assert.Equal(0, WaitOf("alice", "198.51.100.1"));

        for (var i = 0; i < FailureBrake.FreePerAddress; i++)
        {
            brake.Failed("user" + i, "192.0.2.1");
            brake.Succeeded("user" + i);
        }

        Assert.Equal(1, WaitOf("anybody", "192.0.2.1"));
    }

    [Fact]
    public void One_address_may_fail_50_times_whoever_it_says_it_is()
    {
        for (var i = 1; i < FailureBrake.FreePerAddress; i++)
        {
            brake.Failed("user" + i, "192.0.2.1");
        }

        Assert.Equal(0, WaitOf("anybody", "192.0.2.1"));
        brake.Failed("last", "192.0.2.1");
        Assert.Equal(1, WaitOf("anybody", "192.0.2.1"));
        Assert.Equal(0, WaitOf("anybody", "192.0.2.2"));
    }

    [Fact]
    public void Addresses_of_one_IPv6_network_are_one_address()
    {
        for (var i = 0; i < FailureBrake.FreePerAddress; i++)
        {
            brake.Failed("user" + i, $"2001:db8:0:1::{i:x}");
        }

        Assert.Equal(1, WaitOf("anybody", "2001:db8:0:1:ffff::1"));
        Assert.Equal(0, WaitOf("anybody", "2001:db8:0:2::1"));
    }

    [Fact]
    public void Failures_are_forgotten_after_an_hour()
    {
        Fail("alice", 10);
        clock.Advance(TimeSpan.FromHours(1));
        brake.Failed("alice", "192.0.2.99");
        Assert.Equal(0, WaitOf("alice", "198.51.100.1"));
    }

    [Fact]
    public void Whoever_failed_longest_ago_is_forgotten_when_memory_is_full()
    {
        Fail("alice", 10);
        Fail("bob", 10);
        brake.Failed("alice", "192.0.2.99");
        for (var i = 0; i < FailureBrake.MaxRemembered - 1; i++)
        {
            brake.Failed("spray" + i, "192.0.2." + (i % 250));
        }

        Assert.Equal(0, WaitOf("bob", "198.51.100.1"));
        Assert.NotEqual(0, WaitOf("alice", "198.51.100.1"));
    }

    [Fact]
    public async Task Failures_at_the_same_time_all_count()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, 10), (i, _) =>
        {
            brake.Failed("alice", "192.0.2." + i);
            return ValueTask.CompletedTask;
        });
        Assert.Equal(32, WaitOf("alice", "198.51.100.1"));
    }

    private int WaitOf(string account, string address) => (int)(brake.Holds(account, address)?.RetryAfter?.TotalSeconds ?? 0);

    private void Fail(string account, int times)
    {
        for (var i = 0; i < times; i++)
        {
            brake.Failed(account, "192.0.2.1" + i);
        }
    }
}

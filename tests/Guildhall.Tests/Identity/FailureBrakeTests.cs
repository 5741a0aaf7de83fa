using System.Net;
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
            Fail("alice", "192.0.2.1");
            var wait = WaitOf("alice", "192.0.2.1");
            waits.Add(wait);
            clock.Advance(TimeSpan.FromSeconds(wait));
            Assert.Equal(0, WaitOf("alice", "192.0.2.1"));
        }

        Assert.Equal([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300], waits);
    }

    [Fact]
    public void A_clock_that_is_set_back_holds_nobody_for_longer()
    {
        Fail("alice", "192.0.2.1", 5);
        clock.Advance(TimeSpan.FromHours(-6));
        Assert.Equal(1, WaitOf("alice", "192.0.2.1"));

        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, WaitOf("alice", "192.0.2.1"));
    }

    [Fact]
    public void A_wait_is_told_in_seconds_and_in_words()
    {
        Fail("alice", "192.0.2.9", 5);
        clock.Advance(TimeSpan.FromSeconds(1));
        Fail("alice", "192.0.2.9");
        clock.Advance(TimeSpan.FromSeconds(2));
        Fail("alice", "192.0.2.9");
        clock.Advance(TimeSpan.FromMilliseconds(1500));
        var refusal = brake.Holds(Of("alice", "192.0.2.9"))!;
        Assert.Equal((429, "APIGW.0308", TimeSpan.FromSeconds(3)), (refusal.Status, refusal.Code, refusal.RetryAfter));
        Assert.EndsWith("try again in 3 s", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Failures_count_for_the_name_and_the_address_together()
    {
        Fail("alice", "192.0.2.1", 5);
        Assert.Equal((1, 0, 0), (WaitOf("alice", "192.0.2.1"), WaitOf("alice", "192.0.2.2"), WaitOf("bob", "192.0.2.1")));
    }

    [Fact]
    public void A_success_clears_the_name_and_leaves_the_address()
    {
        Fail("alice", "192.0.2.1", 4);
        Succeed("alice", "192.0.2.1");
        Fail("alice", "192.0.2.1", 4);
        Assert.Equal(0, WaitOf("alice", "192.0.2.1"));

        for (var i = 0; i < FailureBrake.FreePerAddress; i++)
        {
            Fail("user" + i, "192.0.2.2");
            Succeed("user" + i, "192.0.2.2");
        }

        Assert.Equal(1, WaitOf("anybody", "192.0.2.2"));
    }

    [Fact]
    public void One_address_may_fail_50_times_whoever_it_says_it_is()
    {
        for (var i = 1; i < FailureBrake.FreePerAddress; i++)
        {
            Fail("user" + i, "192.0.2.1");
        }

        Assert.Equal(0, WaitOf("anybody", "192.0.2.1"));
        Fail("last", "192.0.2.1");
        Assert.Equal((1, 0), (WaitOf("anybody", "192.0.2.1"), WaitOf("anybody", "192.0.2.2")));
    }

    [Fact]
    public void Addresses_of_one_IPv6_network_are_one_address_and_networks_of_one_customer_have_a_limit_too()
    {
        for (var i = 0; i < FailureBrake.FreePerAddress; i++)
        {
            Fail("user" + i, $"2001:db8:0:1::{i:x}");
        }

        Assert.Equal((1, 0), (WaitOf("anybody", "2001:db8:0:1:ffff::1"), WaitOf("anybody", "2001:db8:0:2::1")));

        for (var i = FailureBrake.FreePerAddress; i < FailureBrake.FreePerSite; i++)
        {
            Fail("user" + i, $"2001:db8:0:{i:x}::1");
        }

        Assert.Equal((1, 0), (WaitOf("anybody", "2001:db8:0:2::1"), WaitOf("anybody", "2001:db8:1::1")));
    }

    [Fact]
    public void Failures_are_forgotten_after_an_hour()
    {
        Fail("alice", "192.0.2.1", 5);
        clock.Advance(TimeSpan.FromHours(1));
        Fail("alice", "192.0.2.1");
        Assert.Equal(0, WaitOf("alice", "192.0.2.1"));
    }

    [Fact]
    public void Twenty_thousand_made_up_names_make_no_failure_be_forgotten()
    {
        Fail("alice", "192.0.2.1", 5);
        Fail("alice", "192.0.2.2", 4);
        for (var i = 0; i < 20_000; i++)
        {
            Fail("made-up-" + i, Address(i));
        }

        Assert.Equal((1, 0), (WaitOf("alice", "192.0.2.1"), WaitOf("alice", "192.0.2.2")));
        Fail("alice", "192.0.2.2");
        Assert.Equal(1, WaitOf("alice", "192.0.2.2"));
    }

    /// <summary>More addresses than are counted each by itself: those that were first stay counted, and those that come last are too.</summary>
    [Fact]
    public void A_full_table_forgets_nobody_and_counts_whoever_comes_then()
    {
        Fail("alice", "192.0.2.1", 5);
        for (var i = 0; i < FailureBrake.MaxRemembered / 2; i++)
        {
            Fail("made-up-" + i, Address(i));
        }

        Fail("late", "203.0.113.1", 5);
        Assert.InRange(WaitOf("alice", "192.0.2.1"), 1, 8);
        Assert.InRange(WaitOf("late", "203.0.113.1"), 1, 8);

        for (var i = 0; i < 20; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(WaitOf("late", "203.0.113.1")));
            Fail("late", "203.0.113.1");
        }

        Assert.Equal(8, WaitOf("late", "203.0.113.1")); // where others may be counted with it, nobody waits for long

        clock.Advance(TimeSpan.FromHours(1));
        for (var i = 0; i < 16; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(WaitOf("late", "203.0.113.1")));
            Fail("late", "203.0.113.1");
        }

        Assert.Equal(300, WaitOf("late", "203.0.113.1"));
    }

    [Fact]
    public void An_address_that_proved_itself_is_held_by_the_user_s_own_failures_there_alone()
    {
        Succeed("alice", "192.0.2.1");
        Fail("alice", "192.0.2.2", 5);
        for (var i = 0; i < 2 * ScatteredFailures.Burst; i++)
        {
            Fail("alice", Address(i));
            Fail("user" + i, "192.0.2.1");
        }

        Assert.Equal((0, 10), (WaitOf("alice", "192.0.2.1"), WaitOf("alice", "198.51.100.1")));
        Assert.Equal(1, WaitOf("bob", "192.0.2.1"));

        Fail("alice", "192.0.2.1", 5);
        Assert.Equal(1, WaitOf("alice", "192.0.2.1"));
    }

    [Fact]
    public void A_proof_holds_for_thirty_days_and_for_the_eight_addresses_that_were_used_last()
    {
        for (var i = 1; i <= ProvenAddresses.MaxPerUser; i++)
        {
            Succeed("alice", "192.0.2." + i);
        }

        Assert.True(IsProven("alice", "192.0.2.1"));
        Succeed("alice", "192.0.2.1");
        Succeed("alice", "192.0.2.99");
        Assert.Equal((true, false, true), (IsProven("alice", "192.0.2.1"), IsProven("alice", "192.0.2.2"), IsProven("alice", "192.0.2.99")));
        Assert.False(IsProven("bob", "192.0.2.1"));

        clock.Advance(ProvenAddresses.Memory - TimeSpan.FromSeconds(1));
        Assert.True(IsProven("alice", "192.0.2.1"));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(IsProven("alice", "192.0.2.1"));
    }

    [Fact]
    public void Guesses_from_many_addresses_are_slowed_and_the_user_is_not_locked_out()
    {
        for (var i = 0; i < ScatteredFailures.Burst; i++)
        {
            Assert.Equal(0, WaitOf("alice", Address(i)));
            Fail("alice", Address(i));
        }

        Assert.Equal((10, 0), (WaitOf("alice", "198.51.100.1"), WaitOf("bob", "198.51.100.1")));
        clock.Advance(ScatteredFailures.Interval);
        Assert.Equal(0, WaitOf("alice", "198.51.100.1"));
        Fail("alice", Address(1000));
        Assert.Equal(10, WaitOf("alice", "198.51.100.1"));
        clock.Advance(ScatteredFailures.Burst * ScatteredFailures.Interval);
        Assert.Equal(0, WaitOf("alice", "198.51.100.1"));
        Fail("alice", "198.51.100.1", 4);
        Assert.Equal(0, WaitOf("alice", "198.51.100.1"));
    }

    [Fact]
    public async Task Of_failures_at_the_same_time_so_many_are_told_as_of_failures_one_by_one()
    {
        var told = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 100), (_, _) =>
        {
            Interlocked.Add(ref told, brake.Failed(Of("alice", "192.0.2.1")) is null ? 1 : 0);
            return ValueTask.CompletedTask;
        });
        Assert.Equal((FailureBrake.FreePerName, 1), (told, WaitOf("alice", "192.0.2.1")));
        Assert.NotNull(brake.Succeeded(Of("alice", "192.0.2.1"), "id of alice"));
    }

    private static string Address(int i) => $"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}";

    private static LoginAttempt Of(string name, string address) =>
        new(AttemptedName.Of(new LoginName("", name, "", "account")), NetworkPrefix.Of(IPAddress.Parse(address)), "id of " + name);

    private bool IsProven(string name, string address) => brake.IsProven(Of(name, address));

    private int WaitOf(string name, string address) => (int)(brake.Holds(Of(name, address))?.RetryAfter?.TotalSeconds ?? 0);

    private void Fail(string name, string address, int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            brake.Failed(Of(name, address));
        }
    }

    private void Succeed(string name, string address) => brake.Succeeded(Of(name, address), "id of " + name);
}

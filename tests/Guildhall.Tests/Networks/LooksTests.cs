using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Tests.Replicas;

namespace Guildhall.Tests.Networks;

/// <summary>How many looks there may be, and how long one takes.</summary>
public sealed class LooksTests
{
    private readonly FakeClock clock = new();

    [Fact]
    public void One_account_has_a_quarter_of_the_looks_and_all_together_have_all()
    {
        var looks = new LimitedLooks(new LookLimits { AtOnce = 8, PerMinute = 0 }, clock);

        using var first = Begun(looks, "a");
        using (Begun(looks, "a"))
        {
            AssertRefused(looks, "a", Refusal.TooManyLooks, "Too many looks at networks: 2 of account a are under way", 10);
        }

        using var again = Begun(looks, "a");
        var others = Enumerable.Range(0, 6).Select(i => Begun(looks, $"b{i}")).ToList();
        AssertRefused(looks, "c", Refusal.Busy, "The service is busy: 8 looks at networks are under way", 10);
        others.ForEach(look => look.Dispose());
        Assert.Equal(2, looks.Running);
    }

    [Fact]
    public void Looks_are_paid_for_by_the_minute_and_those_at_many_nodes_are_dear()
    {
        var looks = new LimitedLooks(new LookLimits { PerMinute = 6 }, clock);

        Spend("a", 10, 1, 1); // one each
        Spend("a", 21); // three
        AssertRefused(looks, "a", Refusal.TooManyLooks, "Too many looks at networks: account a may have 6 per minute, of 10 nodes each; try again in 10 s", 10);
        Spend("b", 100); // more than there are in a minute, from one that is rested
        AssertRefused(looks, "b", Refusal.TooManyLooks, "Too many looks at networks: account b may have 6 per minute, of 10 nodes each; try again in 10 s", 10);
        clock.Advance(TimeSpan.FromSeconds(10));
        Spend("a", 1);
        AssertRefused(looks, "a", Refusal.TooManyLooks, "Too many looks at networks: account a may have 6 per minute, of 10 nodes each; try again in 10 s", 10);

        void Spend(string account, params int[] nodes) => Array.ForEach(nodes, count => Begun(looks, account, count).Dispose());
    }

    [Fact]
    public async Task A_part_that_fails_ends_no_earlier_than_one_that_hangs()
    {
        var stepped = new SteppedClock(clock.GetUtcNow());
        using var look = new NodeLook(new LookLimits(), stepped, () => { }, default);
        var (time, hung) = (TimeSpan.FromSeconds(4), new TaskCompletionSource());

        var failed = look.RunAsync(time, _ => Task.FromResult("failed"), outcome => outcome == "failed", "late");
        var hangs = look.RunAsync(time, token => hung.Task.WaitAsync(token).ContinueWith(_ => "never", token, TaskContinuationOptions.None, TaskScheduler.Default), _ => false, "late");
        var answered = look.RunAsync(time, _ => Task.FromResult("answered"), outcome => outcome == "failed", "late");

        Assert.Equal("answered", await answered);
        Assert.False(failed.IsCompleted || hangs.IsCompleted);
        stepped.Advance(time);
        Assert.Equal(("failed", "late"), (await failed, await hangs));
        Assert.False(look.IsOver);
    }

    [Fact]
    public async Task A_look_ends_at_its_deadline_and_with_its_caller()
    {
        var stepped = new SteppedClock(clock.GetUtcNow());
        var limits = new LookLimits();
        using (var look = new NodeLook(limits, stepped, () => { }, default))
        {
            var hangs = look.RunAsync(TimeSpan.FromHours(1), HangAsync, _ => false, "late");
            stepped.Advance(limits.Deadline);
            Assert.Equal(("late", true), (await hangs, look.IsOver));
        }

        using var gone = new CancellationTokenSource();
        using var left = new NodeLook(limits, stepped, () => { }, gone.Token);
        var waits = left.RunAsync(TimeSpan.FromHours(1), HangAsync, _ => false, "late");
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waits);
        Assert.False(left.IsOver);
    }

    private static async Task<string> HangAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        return "never";
    }

    private static NodeLook Begun(LimitedLooks looks, string account, int nodes = 1)
    {
        Assert.False(looks.Begin(account, nodes, default).IsRefused(out _, out var look));
        return look;
    }

    private static void AssertRefused(LimitedLooks looks, string account, Refusal refusal, string words, int seconds)
    {
        Assert.True(looks.Begin(account, 1, default).IsRefused(out var why));
        Assert.Equal((refusal.Status, refusal.Code, words, TimeSpan.FromSeconds(seconds)), (why.Status, why.Code, why.Message, why.RetryAfter));
    }
}

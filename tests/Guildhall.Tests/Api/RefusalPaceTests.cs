using Guildhall.Api;

namespace Guildhall.Tests.Api;

public sealed class RefusalPaceTests
{
    private readonly FakeClock clock = new();
    private readonly RefusalPace pace;

    public RefusalPaceTests() => pace = new RefusalPace(clock);

    [Fact]
    public void The_first_refusal_goes_out_at_once_and_each_further_one_a_turn_later()
    {
        Assert.Equal([TimeSpan.Zero, RefusalPace.Apart, 2 * RefusalPace.Apart], [pace.NextWait(), pace.NextWait(), pace.NextWait()]);

        clock.Advance(2 * RefusalPace.Apart);

        Assert.Equal(RefusalPace.Apart, pace.NextWait());
    }

    [Fact]
    public void No_refusal_waits_for_more_than_a_second_also_when_the_clock_is_set_back()
    {
        for (var turn = TimeSpan.Zero; turn < 2 * RefusalPace.MaxWait; turn += RefusalPace.Apart)
        {
            Assert.InRange(pace.NextWait(), TimeSpan.Zero, RefusalPace.MaxWait);
        }

        clock.Advance(TimeSpan.FromDays(-1));
        Assert.Equal(RefusalPace.MaxWait, pace.NextWait());
        clock.Advance(2 * RefusalPace.MaxWait);
        Assert.Equal(TimeSpan.Zero, pace.NextWait());
    }

    [Fact]
    public void Of_refusals_at_the_same_moment_no_two_have_the_same_turn()
    {
        var atOnce = (int)(RefusalPace.MaxWait / RefusalPace.Apart) / Race.Threads;
        for (var round = 0; round < 200; round++)
        {
            var waits = new TimeSpan[Race.Threads, atOnce];
            var turn = new int[Race.Threads];

            Race.Run(atOnce, thread => waits[thread, turn[thread]++] = pace.NextWait());

            Assert.Equal(waits.Length, waits.Cast<TimeSpan>().Distinct().Count());
            clock.Advance(2 * RefusalPace.MaxWait);
        }
    }
}

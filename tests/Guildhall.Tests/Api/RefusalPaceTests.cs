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
    public async Task Of_refusals_at_the_same_moment_no_two_have_the_same_turn()
    {
        var waits = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Enumerable.Range(0, 200).Select(_ => pace.NextWait()).ToList())));

        Assert.Equal(800, waits.SelectMany(mine => mine).Distinct().Count());
    }
}

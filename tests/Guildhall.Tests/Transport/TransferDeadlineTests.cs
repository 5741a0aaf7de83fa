using Guildhall.Api;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Guildhall.Tests.Transport;

/// <summary>How long a transfer may make the server wait: here, two seconds of grace and ten bytes per second.</summary>
public sealed class TransferDeadlineTests
{
    private readonly ManualClock clock = new();
    private int cuts;

    [Fact]
    public void Nothing_at_all_is_waited_for_as_long_as_the_grace()
    {
        using var deadline = New();
        deadline.Begin();
        clock.Advance(1.9);
        Assert.Equal(0, cuts);
        clock.Advance(0.2);
        Assert.Equal(1, cuts);
    }

    [Fact]
    public void Each_byte_earns_its_time()
    {
        using var deadline = New();
        deadline.Bytes = 30;
        deadline.Begin();
        clock.Advance(4.9);
        Assert.Equal(0, cuts);
        clock.Advance(0.2);
        Assert.Equal(1, cuts);
    }

    [Fact]
    public void Time_in_which_nobody_waits_does_not_count()
    {
        using var deadline = New();
        for (var round = 0; round < 100; round++)
        {
            deadline.Begin();
            clock.Advance(0.01);
            deadline.End();
            clock.Advance(60);
        }

        Assert.Equal(0, cuts);
    }

    [Fact]
    public void Many_waits_add_up()
    {
        using var deadline = New();
        for (var round = 0; round < 2; round++)
        {
            deadline.Begin();
            clock.Advance(0.9);
            deadline.End();
        }

        Assert.Equal(0, cuts);
        deadline.Begin();
        clock.Advance(0.3);
        Assert.Equal(1, cuts);
    }

    [Fact]
    public void What_was_fast_before_does_not_earn_a_standstill()
    {
        using var deadline = New();
        deadline.Bytes = 1000;
        deadline.Begin(piece: 10);
        clock.Advance(2.9);
        Assert.Equal(0, cuts);
        clock.Advance(0.2);
        Assert.Equal(1, cuts);
    }

    [Fact]
    public void Nothing_is_cut_once_it_has_come()
    {
        using var deadline = New();
        deadline.Begin();
        clock.Advance(1);
        deadline.End();
        clock.Advance(60);
        Assert.Equal(0, cuts);
    }

    private TransferDeadline New() => new(new MinDataRate(bytesPerSecond: 10, gracePeriod: TimeSpan.FromSeconds(2)), clock, () => cuts++);
}

namespace Guildhall.Identity;

/// <summary>Failures at one name from anywhere, to slow those who guess from many addresses. Not safe for concurrent use.</summary>
/// <remarks>
/// A name may fail so often at once, and then once per interval. Names are not kept: each has a cell in either of two rows, and the smaller of
/// the two counts. So made-up names take no memory and push nothing out, and it takes as many as there are cells to slow one that does not fail.
/// </remarks>
internal sealed class ScatteredFailures
{
    /// <summary>Failures at once.</summary>
    public const int Burst = 100;

    /// <summary>Between two failures after those: eight thousand guesses a day, of however many addresses.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private const int Cells = 64 * 1024;

    private static readonly long MaxAhead = Burst * Interval.Ticks;

    private long[] first = [];
    private long[] second = [];

    /// <summary>When an attempt at the name is taken again.</summary>
    public DateTimeOffset HeldUntil(ulong name, DateTimeOffset now)
    {
        if (first.Length == 0)
        {
            return default;
        }

        var paid = Math.Min(PaidUntil(first[FirstOf(name)], now), PaidUntil(second[SecondOf(name)], now));
        return new DateTimeOffset(Math.Max(0, paid + Interval.Ticks - MaxAhead), TimeSpan.Zero);
    }

    public void Add(ulong name, DateTimeOffset now)
    {
        if (first.Length == 0)
        {
            (first, second) = (new long[Cells], new long[Cells]);
        }

        first[FirstOf(name)] = PaidUntil(first[FirstOf(name)], now) + Interval.Ticks;
        second[SecondOf(name)] = PaidUntil(second[SecondOf(name)], now) + Interval.Ticks;
    }

    private static int FirstOf(ulong name) => (int)(name % Cells);

    private static int SecondOf(ulong name) => (int)((name >> 32) % Cells);

    /// <remarks>Also when the clock was set back, nobody is further ahead than a burst.</remarks>
    private static long PaidUntil(long paid, DateTimeOffset now) => Math.Clamp(paid, now.UtcTicks, now.UtcTicks + MaxAhead);
}

using System.Globalization;
using Guildhall.Memberships;
using Guildhall.Storage;

namespace Guildhall.Demo;

/// <summary>The machine's time plus what it was advanced by, kept in the store so that it does not go back after a restart. Timers stay real.</summary>
internal sealed class DemoClock : TimeProvider
{
    /// <summary>The most it can be ahead, in seconds: 100 years. Operation ids count nanoseconds in 63 bits.</summary>
    public const long MaxOffset = 100L * 366 * 24 * 60 * 60;

    private const string Setting = "demo.clock_offset_seconds";

    private readonly Store store;
    private long offset;

    private DemoClock(Store store, long offset) => (this.store, this.offset) = (store, offset);

    /// <summary>How far it is ahead of the machine's clock, in seconds.</summary>
    public long Offset => Interlocked.Read(ref offset);

    public static async Task<DemoClock> OpenAsync(Store store, CancellationToken cancellationToken) =>
        new(store, Parse(await store.ReadAsync(session => session.FindSettingAsync(Setting, cancellationToken), cancellationToken)));

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddSeconds(Offset);

    /// <summary>Moves time forward, and has the worker look for what has become due.</summary>
    public async Task<Result<Done>> AdvanceAsync(long seconds, CancellationToken cancellationToken)
    {
        var advanced = await store.WriteAsync<long>(
            async transaction =>
            {
                var sum = Parse(await transaction.FindSettingAsync(Setting, cancellationToken)) + seconds;
                if (sum > MaxOffset)
                {
                    return Refusal.ParameterInvalid.Because($"the demo's clock would be {sum} s ahead; {MaxOffset} s are the most");
                }

                await transaction.SaveSettingAsync(Setting, sum.ToString(CultureInfo.InvariantCulture), cancellationToken);
                return sum;
            },
            cancellationToken);
        if (advanced.IsRefused(out var refusal, out var ahead))
        {
            return refusal;
        }

        // Two calls at once may end here in either order; time takes the later one.
        for (var now = Offset; now < ahead && Interlocked.CompareExchange(ref offset, ahead, now) != now; now = Offset)
        {
        }

        store.WakeWorker();
        return new Done();
    }

    private static long Parse(string? text) => text is null ? 0 : long.Parse(text, CultureInfo.InvariantCulture);
}

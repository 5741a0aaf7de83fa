namespace Guildhall.Tests;

/// <summary>The machine's clock, so far off.</summary>
internal sealed class ShiftedClock : TimeProvider
{
    public TimeSpan Off { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Off;
}

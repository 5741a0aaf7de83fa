namespace Guildhall.Outbox;

/// <summary>How long claimed work is kept from other workers. Whoever works on it renews its claim; a killed worker does not.</summary>
public static class Lease
{
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(10);

    /// <summary>How long after the last renewal that is known of a step may run. Then it is called off, and has the rest of the lease to end in.</summary>
    public static readonly TimeSpan Usable = TimeSpan.FromSeconds(8);

    /// <summary>How often it is renewed while one step runs: one renewal may be late or lost.</summary>
    public static readonly TimeSpan Renewal = TimeSpan.FromSeconds(3);
}

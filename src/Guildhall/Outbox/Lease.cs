namespace Guildhall.Outbox;

/// <summary>How long claimed work is kept from other workers. Whoever works on it renews its claim; a killed worker does not.</summary>
public static class Lease
{
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(10);

    /// <summary>How often it is renewed while one step runs: two renewals may be late or lost.</summary>
    public static readonly TimeSpan Renewal = TimeSpan.FromSeconds(3);
}

namespace Guildhall.Hosting;

/// <summary>How much is taken on at once, and by whom. docs/decisions/load.md says why.</summary>
public sealed record LoadLimits
{
    /// <summary>Requests at work for each processor, where nothing else is set.</summary>
    public const int RequestsPerProcessor = 48;

    /// <summary>Requests at work at once.</summary>
    public int RequestsAtWork { get; init; } = RequestsPerProcessor * Environment.ProcessorCount;

    /// <summary>Open connections; one more is closed at once.</summary>
    public int Connections { get; init; } = 4096;

    /// <summary>Requests of one account per second; 0 for as many as it likes.</summary>
    public int RequestsPerSecond { get; init; }

    /// <summary>Requests that an account may send at once after a rest; null for those of one second.</summary>
    public int? RequestBurst { get; init; }
}

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

    /// <summary>Long answers that are being sent at once: those that do not go out in one go, such as lists of hundreds of rows.</summary>
    public int LongAnswers { get; init; } = 64;

    /// <summary>Of these, those of one account: a quarter, so that it takes several to leave none for the others.</summary>
    public int LongAnswersPerAccount => Math.Max(1, LongAnswers / 4);

    /// <summary>The least bytes per second, on average, at which the reader of a long answer has to take it.</summary>
    public int SlowestReader { get; init; } = 32 * 1024;

    /// <summary>How long the reader of a long answer may pause on top of that.</summary>
    public TimeSpan ReaderGrace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Requests of one account per second; 0 for as many as it likes.</summary>
    public int RequestsPerSecond { get; init; }

    /// <summary>Requests that an account may send at once after a rest; null for those of one second.</summary>
    public int? RequestBurst { get; init; }
}

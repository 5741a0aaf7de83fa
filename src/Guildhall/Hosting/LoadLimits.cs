using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Guildhall.Hosting;

/// <summary>How much is taken on at once, and by whom. docs/decisions/load.md says why.</summary>
public sealed record LoadLimits
{
    /// <summary>Requests at work for each processor, where nothing else is set.</summary>
    public const int RequestsPerProcessor = 48;

    private static readonly MinDataRate SlowestSender = new(bytesPerSecond: 16 * 1024, gracePeriod: TimeSpan.FromSeconds(5));
    private static readonly MinDataRate SlowestAnswer = new(bytesPerSecond: 4 * 1024, gracePeriod: TimeSpan.FromSeconds(10));

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

    /// <summary>Open connections of one address; one more is closed at once.</summary>
    public int ConnectionsPerAddress { get; init; } = 256;

    /// <summary>Requests of one address that are open at once, over all its connections.</summary>
    public int RequestsPerAddress { get; init; } = 512;

    /// <summary>The least speed of a body, over all of it: none holds memory for much longer than a minute.</summary>
    public MinDataRate MinBodyRate { get; init; } = SlowestSender;

    /// <summary>The least speed at which an answer is read, while there is something to read; events that are rare are not slow.</summary>
    public MinDataRate MinAnswerRate { get; init; } = SlowestAnswer;

    /// <summary>Requests of one account per second; 0 for as many as it likes.</summary>
    public int RequestsPerSecond { get; init; }

    /// <summary>Requests that an account may send at once after a rest; null for those of one second.</summary>
    public int? RequestBurst { get; init; }
}

using Guildhall.Hosting;

namespace Guildhall.Api;

/// <summary>The answers whose callers do not read them at once, and the memory that they hold meanwhile. Safe for concurrent use.</summary>
/// <remarks>
/// Where they hold too much, the one that has waited longest is cut: of the caller's own, when it holds more than its share, otherwise of
/// whoever holds most. So whoever comes next is always answered.
/// </remarks>
internal sealed partial class UnreadAnswers(LoadLimits limits, TimeProvider clock, ILogger<UnreadAnswers> log)
{
    /// <summary>The most bytes of all.</summary>
    public const long MaxBytes = 64 * 1024 * 1024;

    /// <summary>The most bytes of one network's callers.</summary>
    public const long MaxBytesPerClient = MaxBytes / 4;

    private readonly Lock gate = new();
    private readonly LinkedList<PacedAnswer> longestFirst = new();
    private long bytes;

    /// <summary>Bytes that are held.</summary>
    public long Bytes
    {
        get
        {
            lock (gate)
            {
                return bytes;
            }
        }
    }

    /// <summary>From now on the request's answer goes out in pieces, at no less than the least rate. Dispose it when the request has ended.</summary>
    public PacedAnswer Pace(HttpContext context, Client client)
    {
        var answer = new PacedAnswer(context, client, this);
        context.Features.Set<Microsoft.AspNetCore.Http.Features.IHttpResponseBodyFeature>(answer);
        return answer;
    }

    public TransferDeadline NewDeadline(Action cut) => new(limits.MinAnswerRate, clock, cut);

    /// <summary>The answer waits for its caller, and holds <see cref="PacedAnswer.Held"/> until <see cref="Remove"/>.</summary>
    public void Add(PacedAnswer answer)
    {
        PacedAnswer? victim = null;
        lock (gate)
        {
            Count(answer, answer.Held);
            longestFirst.AddLast(answer.Node);
            if (answer.Client.IsLimited && answer.Client.Unread > MaxBytesPerClient)
            {
                victim = Longest(answer, answer.Client);
            }
            else if (bytes > MaxBytes)
            {
                victim = Longest(answer, longestFirst.MaxBy(other => other.Client.Unread)!.Client);
            }

            if (victim is not null)
            {
                TakeOut(victim);
            }
        }

        if (victim is not null)
        {
            Cut(victim, "so much of what was sent is unread");
        }
    }

    public void Remove(PacedAnswer answer)
    {
        lock (gate)
        {
            TakeOut(answer);
        }
    }

    public void CutSlow(PacedAnswer answer) => Cut(answer, "its reader is too slow");

    private void Cut(PacedAnswer answer, string reason)
    {
        WasCut(answer.RequestId, reason);
        answer.Abort();
    }

    /// <summary>The client's answer that has waited longest; none but the newest is no one's.</summary>
    private PacedAnswer? Longest(PacedAnswer newest, Client client) =>
        longestFirst.FirstOrDefault(answer => answer.Client == client && answer != newest);

    private void TakeOut(PacedAnswer answer)
    {
        if (answer.Node.List is not null)
        {
            longestFirst.Remove(answer.Node);
            Count(answer, -answer.Held);
        }
    }

    private void Count(PacedAnswer answer, long more)
    {
        bytes += more;
        answer.Client.Unread += more;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The answer to request {RequestId} was cut: {Reason}")]
    private partial void WasCut(string requestId, string reason);
}

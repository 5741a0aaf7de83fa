namespace Guildhall.Networks;

/// <summary>Logs what exactly went wrong with connections to tenants' nodes, for the operator alone; so many a minute. Safe for concurrent use.</summary>
internal sealed partial class NodeFailures(TimeProvider clock, ILogger<NodeFailures> log)
{
    /// <summary>A minute's worth. A tenant can have as many connections fail as it may have looks.</summary>
    public const int PerMinute = 60;

    private const int MaxDetail = 500; // a certificate's names may be long

    private readonly Lock guard = new();
    private DateTimeOffset minute;
    private int told;
    private int untold;

    public void Tell(string accountName, string address, string detail)
    {
        int left;
        lock (guard)
        {
            var now = clock.GetUtcNow();
            if (now < minute || now >= minute.AddMinutes(1))
            {
                (minute, told) = (now, 0);
            }

            if (told == PerMinute)
            {
                untold++;
                return;
            }

            told++;
            (left, untold) = (untold, 0);
        }

        if (left > 0)
        {
            Untold(left);
        }

        Failed(accountName, address, detail.Length <= MaxDetail ? detail : detail[..MaxDetail] + "…");
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "A node of {Account} at {Address} could not be asked: {Detail}")]
    private partial void Failed(string account, string address, string detail);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} more failures of nodes were not logged")]
    private partial void Untold(int count);
}

using System.Globalization;

namespace Guildhall.Operations;

/// <summary>Makes operation ids: <c>BCSSVC01-&lt;type&gt;-&lt;unix nanoseconds&gt;</c>. Safe for concurrent use.</summary>
/// <remarks>
/// The number only rises, also when the clock is set back and, given the last one used, across restarts. Two processes can make the same one
/// at the same moment; the store holds ids unique, and the second one's transaction runs again and makes another.
/// </remarks>
public sealed class OperationIds(TimeProvider clock)
{
    public const string ResourceType = "BCSSVC01";

    private const int NanosecondsPerTick = 100;

    private long last;

    /// <summary>Starts above a number that is in use already; null changes nothing.</summary>
    public void StartAfter(string? id)
    {
        if (id is not null)
        {
            last = Math.Max(last, NumberOf(id));
        }
    }

    /// <param name="after">An earlier operation of the same thing, perhaps made by a process whose clock is ahead; its number is exceeded.</param>
    public string Next(OperationType type, string? after = null)
    {
        var floor = after is null ? 0 : NumberOf(after) + 1;
        var now = (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * NanosecondsPerTick;
        long before, next;
        do
        {
            before = Interlocked.Read(ref last);
            next = Math.Max(Math.Max(before + 1, now), floor);
        }
        while (Interlocked.CompareExchange(ref last, next, before) != before);

        return PrefixOf(type) + next.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>What the ids of the type have before their number.</summary>
    public static string PrefixOf(OperationType type) => $"{ResourceType}-{CodeOf(type)}-";

    public static long NumberOf(string id) => long.Parse(id.AsSpan(id.LastIndexOf('-') + 1), CultureInfo.InvariantCulture);

    /// <summary>The two digits that ListOpRecord filters by.</summary>
    public static string CodeOf(OperationType type) => type switch
    {
        OperationType.Create => "99",
        OperationType.Delete => "00",
        OperationType.AddOrganization => "02",
        OperationType.ScaleOrganization => "03",
        OperationType.JoinChannel => "04",
        OperationType.JoinConsortium => "05",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };
}

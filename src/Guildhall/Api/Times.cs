namespace Guildhall.Api;

internal static class Times
{
    /// <summary>UTC, to the second: <c>2021-03-31T02:46:30Z</c>.</summary>
    public static string ToWire(this DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
}

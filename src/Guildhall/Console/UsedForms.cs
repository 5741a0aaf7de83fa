namespace Guildhall.Console;

/// <summary>Forms that have been sent, where sending one again would do something again. Safe for concurrent use.</summary>
/// <remarks>
/// The register's own writes need no such list: they carry the form's number as their idempotency key. Each user's forms are remembered by
/// themselves, so that nobody makes another's be forgotten.
/// </remarks>
internal static class UsedForms
{
    private const int MostRemembered = 100;

    private static readonly Lock Guard = new();
    private static readonly Dictionary<string, Queue<string>> OldestFirst = new(StringComparer.Ordinal);

    /// <summary>False when the user has sent the form before.</summary>
    public static bool TryUse(string userId, string code)
    {
        lock (Guard)
        {
            if (!OldestFirst.TryGetValue(userId, out var used))
            {
                OldestFirst[userId] = used = new();
            }

            if (used.Contains(code))
            {
                return false;
            }

            used.Enqueue(code);
            if (used.Count > MostRemembered)
            {
                used.Dequeue();
            }

            return true;
        }
    }
}

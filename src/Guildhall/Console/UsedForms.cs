namespace Guildhall.Console;

/// <summary>Forms that have been sent, where sending one again would do something again. Safe for concurrent use.</summary>
/// <remarks>The register's own writes need no such list: they carry the form's number as their idempotency key.</remarks>
internal static class UsedForms
{
    private const int MostRemembered = 10_000;

    private static readonly Lock Guard = new();
    private static readonly HashSet<string> Used = new(StringComparer.Ordinal);
    private static readonly Queue<string> OldestFirst = new();

    /// <summary>False when the form was sent before.</summary>
    public static bool TryUse(string code)
    {
        lock (Guard)
        {
            if (!Used.Add(code))
            {
                return false;
            }

            OldestFirst.Enqueue(code);
            if (OldestFirst.Count > MostRemembered)
            {
                Used.Remove(OldestFirst.Dequeue());
            }

            return true;
        }
    }
}

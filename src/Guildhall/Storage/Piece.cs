namespace Guildhall.Storage;

/// <summary>What one short read has found of a list, in the order of the list's key.</summary>
/// <param name="Next">Behind which the list goes on; null at its end. It need not be shown: a filter may have left out what is there.</param>
public sealed record Piece<TRow, TPlace>(List<TRow> Rows, TPlace? Next)
{
    /// <summary>The same, cut after that many rows; it was read with one more, which tells whether there is another.</summary>
    /// <param name="reached">How far was looked, where that is not the end of the list.</param>
    internal static Piece<TRow, TPlace> Cut(List<TRow> found, int limit, Func<TRow, TPlace> placeOf, TPlace? reached)
    {
        if (found.Count <= limit)
        {
            return new(found, reached);
        }

        found.RemoveRange(limit, found.Count - limit);
        return new(found, placeOf(found[^1]));
    }
}

/// <summary>How far lists are looked through.</summary>
public static class Reach
{
    /// <summary>
    /// The most rows that one read passes over, whatever it is looking for, and the most that are counted. So a filter that hardly anything passes costs no more
    /// than one that everything does.
    /// </summary>
    public const int Rows = 10_000;
}

/// <summary>How many rows there are, as far as <see cref="Reach"/> goes.</summary>
/// <param name="IsExact">False where there may be more.</param>
public readonly record struct Counted(long Rows, bool IsExact)
{
    /// <param name="count">Of rows that were looked at.</param>
    /// <param name="isCutOff">Whether some were not.</param>
    internal static Counted Of(long count, bool isCutOff) => new(Math.Min(count, Reach.Rows), !isCutOff && count <= Reach.Rows);
}

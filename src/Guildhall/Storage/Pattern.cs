using System.Text;

namespace Guildhall.Storage;

/// <summary>A part of a name that is looked for, capital letters or not.</summary>
/// <remarks>
/// What a capital letter is, each engine, and each locale of PostgreSQL, says differently. So it is said here: the letters of the text that is looked for are made
/// small in the column, one for one, and nothing else of it. <c>translate</c> is PostgreSQL's; SQLite is given it when it is opened.
/// </remarks>
internal static class Pattern
{
    private static readonly Lazy<ILookup<Rune, Rune>> Capitals = new(() =>
        Enumerable.Range(0, 0x20000).Where(Rune.IsValid).Select(code => new Rune(code)).Where(rune => Rune.ToLowerInvariant(rune) != rune).ToLookup(Rune.ToLowerInvariant));

    /// <summary>The condition that the column has the text as a part; for the parameters of <see cref="Of"/>.</summary>
    public static string In(string column) => $"translate({column}, @capitals, @small) LIKE @part ESCAPE '!'";

    /// <summary>The parameters that find everything that has the text as a part.</summary>
    public static (string Name, object? Value)[] Of(string part)
    {
        Rune[] small = [.. part.EnumerateRunes().Select(Rune.ToLowerInvariant)];
        var pairs = small.Distinct().SelectMany(letter => Capitals.Value[letter], (letter, capital) => (letter, capital)).ToArray();
        return
        [
            ("capitals", string.Concat(pairs.Select(pair => pair.capital))),
            ("small", string.Concat(pairs.Select(pair => pair.letter))),
            ("part", $"%{string.Concat(small.Select(Escape))}%"),
        ];
    }

    /// <summary>As PostgreSQL's: each character of the text that is in <paramref name="from"/> becomes the one at its place in <paramref name="to"/>.</summary>
    public static string Translate(string text, string from, string to)
    {
        if (from.Length == 0)
        {
            return text;
        }

        Rune[] before = [.. from.EnumerateRunes()], after = [.. to.EnumerateRunes()];
        var translated = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var place = Array.IndexOf(before, rune);
            translated.Append(place < 0 ? rune : after[place]);
        }

        return translated.ToString();
    }

    private static string Escape(Rune letter) => letter.Value is '%' or '_' or '!' ? "!" + letter : letter.ToString();
}

namespace Guildhall.Storage;

/// <summary>What <c>lower(column) LIKE … ESCAPE '!'</c> compares with.</summary>
internal static class Pattern
{
    /// <summary>Everything that has the text as a part. Only letters A to Z have a lower case for both engines.</summary>
    public static string Of(string part) => $"%{string.Concat(part.Select(Escape))}%";

    private static string Escape(char character) =>
        character is '%' or '_' or '!' ? "!" + character : char.IsAsciiLetterUpper(character) ? char.ToLowerInvariant(character).ToString() : character.ToString();
}

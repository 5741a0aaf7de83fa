using System.Text;
using Guildhall.Memberships;

namespace Guildhall.Services;

/// <summary>Which names a service, its organizations and its channels may have. Existing names are looked up, not judged.</summary>
public static class NamingRules
{
    public const int MinLength = 4;
    public const int MaxLength = 24;

    /// <summary>What <see cref="IsName"/> asks for, in words for a refusal.</summary>
    public const string NameRule = "must have 4 to 24 letters, digits, Chinese characters or hyphens, and not begin with a hyphen";

    /// <summary>Services and organizations: letters a to z in either case, digits, Chinese characters and hyphens, no hyphen first.</summary>
    /// <remarks>Characters are counted as a reader counts them, so a rare Chinese character outside the basic plane is one.</remarks>
    public static bool IsName(string text)
    {
        var length = 0;
        foreach (var character in text.EnumerateRunes())
        {
            length++;
            if (!IsNameCharacter(character))
            {
                return false;
            }
        }

        return length is >= MinLength and <= MaxLength && text[0] != '-';
    }

    /// <summary>Why the new organizations cannot stand beside those of the service, in words that follow the field's name; null when they can.</summary>
    public static string? WhyAlike(IEnumerable<Organization> added, IEnumerable<Organization> present) =>
        LookAlike.FindAll(added.Select(one => one.Name), present.Select(one => one.Name))
            .Where(alike => alike.Name != alike.Other)
            .Select(alike => $"{Refusal.Quote(alike.Name)} looks like {Refusal.Quote(alike.Other)}; organizations of one service have to be told apart")
            .FirstOrDefault();

    /// <summary>Channels: lower-case letters, digits and underscores; a letter first, a letter or digit last.</summary>
    /// <remarks>The reference's rule has no underscore, and the reference's own example does.</remarks>
    public static bool IsChannelName(string text) =>
        text.Length is >= MinLength and <= MaxLength
        && char.IsAsciiLetterLower(text[0])
        && text[^1] != '_'
        && text.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character == '_');

    private static bool IsNameCharacter(Rune character) => character.Value switch
    {
        '-' => true,
        < 0x80 => Rune.IsLetterOrDigit(character),
        >= 0x3400 and <= 0x4DBF or >= 0x4E00 and <= 0x9FFF or >= 0xF900 and <= 0xFAFF => true,
        >= 0x20000 and <= 0x323AF => true,
        _ => false,
    };
}

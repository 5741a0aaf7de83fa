using System.Globalization;
using System.Text;

namespace Guildhall.Memberships;

/// <summary>Which names new accounts, users and projects may have, so that nobody can be taken for somebody else.</summary>
/// <remarks>
/// After PRECIS (RFC 8264, 8266) and the Unicode security mechanisms (UTS 39): nothing that cannot be seen, no styled forms of plainer characters, letters of
/// one script, or Latin ones among East Asian. Names from before are not judged by it; where they are shown, they are shown as they are.
/// </remarks>
public static class NameProfile
{
    private const int MostMarks = 2;

    private enum Script
    {
        Latin,
        EastAsian,
        Other,
    }

    /// <summary>What about the name may deceive, in words that follow it; null where nothing does.</summary>
    public static string? WhyNot(string name)
    {
        foreach (var rune in name.EnumerateRunes())
        {
            if (!IsAllowed(rune))
            {
                return $"has {CodeOf(rune)}, which cannot be seen or does not belong into a name";
            }

            if (IsStyled(rune.Value))
            {
                return $"has {CodeOf(rune)}, which is another form of a plainer character; use that";
            }
        }

        if (name.Contains('/') || name.Contains('\\'))
        {
            return "has a slash, which separates names from each other";
        }

        if (name.Contains("  ", StringComparison.Ordinal))
        {
            return "has two spaces in a row, which look like one";
        }

        return HasStackedMarks(name) ? "stacks accents, which cover what is beside them"
            : MixesScripts(name) ? "mixes letters of several scripts, which may look alike"
            : null;
    }

    /// <summary>The character as it is named in documents: U+202E.</summary>
    private static string CodeOf(Rune rune) => string.Create(CultureInfo.InvariantCulture, $"U+{rune.Value:X4}");

    private static bool IsAllowed(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.EnclosingMark => false,
        UnicodeCategory.SpaceSeparator => rune.Value == ' ',
        _ => !IsInvisible(rune.Value) && rune != Rune.ReplacementChar,
    };

    /// <summary>Letters and marks that show nothing: fillers of Hangul, selectors of variants, an empty pattern of Braille.</summary>
    private static bool IsInvisible(int code) =>
        code is 0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or 0x2800 or 0x3164 or 0xFFA0 or (>= 0x180B and <= 0x180F) or (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100 and <= 0xE01EF);

    /// <summary>Wide, small, circled and mathematical letters, ligatures, and ideographs that there are twice: what Unicode has compatibility decompositions for.</summary>
    private static bool IsStyled(int code) => code is
        (>= 0x00A8 and <= 0x00AA) or (>= 0x00B2 and <= 0x00B5) or (>= 0x00B9 and <= 0x00BE) or 0x017F or (>= 0x01C4 and <= 0x01CC) or (>= 0x01F1 and <= 0x01F3)
        or (>= 0x02B0 and <= 0x02B8) or (>= 0x1D2C and <= 0x1D6A) or (>= 0x2070 and <= 0x209F) or (>= 0x2100 and <= 0x218B) or (>= 0x2460 and <= 0x24FF)
        or (>= 0x2E80 and <= 0x2FD5) or (>= 0x3131 and <= 0x318E) or (>= 0x3200 and <= 0x33FF) or (>= 0xF900 and <= 0xFAFF) or (>= 0xFB00 and <= 0xFDFF)
        or (>= 0xFE30 and <= 0xFE6F) or (>= 0xFE70 and <= 0xFFEE) or (>= 0x1D400 and <= 0x1D7FF) or (>= 0x1EE00 and <= 0x1EEFF) or (>= 0x1F100 and <= 0x1F2FF)
        or (>= 0x2F800 and <= 0x2FA1F);

    private static bool HasStackedMarks(string name)
    {
        var marks = MostMarks; // a mark has to have something to stand on
        foreach (var rune in name.EnumerateRunes())
        {
            marks = Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark ? marks + 1 : 0;
            if (marks > MostMarks)
            {
                return true;
            }
        }

        return false;
    }

    private static bool MixesScripts(string name)
    {
        (Script Script, int Block)? first = null;
        var isEastAsian = false;
        foreach (var rune in name.EnumerateRunes())
        {
            if (rune.IsAscii ? !Rune.IsLetter(rune) : !Rune.IsLetterOrDigit(rune))
            {
                continue;
            }

            var found = ScriptOf(rune.Value);
            if (found.Script == Script.EastAsian)
            {
                isEastAsian = true;
            }
            else if (first is null)
            {
                first = found;
            }
            else if (first != found)
            {
                return true;
            }
        }

        return isEastAsian && first is { Script: not Script.Latin };
    }

    /// <summary>The script of a letter. Those that have no names here are told apart by their blocks.</summary>
    private static (Script Script, int Block) ScriptOf(int code) => code switch
    {
        < 0x0250 or (>= 0x1E00 and < 0x1F00) or (>= 0x2C60 and < 0x2C80) or (>= 0xA720 and < 0xA800) => (Script.Latin, 0),
        (>= 0x1100 and < 0x1200) or (>= 0x3005 and < 0xA000) or (>= 0xAC00 and < 0xD800) or (>= 0xF900 and < 0xFB00) or (>= 0x20000 and < 0x32400) => (Script.EastAsian, 0),
        (>= 0x0370 and < 0x0400) or (>= 0x1F00 and < 0x2000) => (Script.Other, 0x0370),
        (>= 0x0400 and < 0x0530) or (>= 0x1C80 and < 0x1C90) or (>= 0xA640 and < 0xA6A0) => (Script.Other, 0x0400),
        (>= 0x0600 and < 0x0700) or (>= 0x0750 and < 0x0780) or (>= 0x08A0 and < 0x0900) => (Script.Other, 0x0600),
        _ => (Script.Other, code >> 7),
    };
}

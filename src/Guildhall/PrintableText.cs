using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Guildhall;

/// <summary>Texts of others on their way to eyes: what steers a terminal, turns a line around or cannot be seen is written out, as <c>\u{202E}</c>.</summary>
/// <remarks>
/// It is done where text leaves: the command line, log lines, the console's pages. Names of accounts, MSP ids, subjects of certificates and error texts of
/// nodes are kept and sent through the API as they are.
/// </remarks>
internal static partial class PrintableText
{
    /// <summary>Letters that are not seen, beside the characters whose category says so already.</summary>
    private static readonly (int First, int Last)[] Invisible =
    [
        (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x3164, 0x3164), (0xFDD0, 0xFDEF), (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0),
        (0xFFF0, 0xFFF8), (0xE0000, 0xE0FFF),
    ];

    /// <summary>One line: line breaks are written out too.</summary>
    public static string Of(string text) => Write(text, keepsLines: false, InBraces);

    /// <summary>Several lines, and what is indented in them.</summary>
    public static string Lines(string text) => Write(text, keepsLines: true, InBraces);

    /// <summary>JSON that says the same: what is not printable in its texts is escaped as JSON escapes.</summary>
    public static string InJson(string json) => Write(json, keepsLines: true, rune => string.Concat(rune.Select(unit => $"\\u{(int)unit:x4}")));

    /// <summary>The same for a line in UTF-8.</summary>
    public static byte[] InJson(ReadOnlySpan<byte> json) => Ascii.IsValid(json) ? json.ToArray() : Encoding.UTF8.GetBytes(InJson(Encoding.UTF8.GetString(json)));

    /// <summary>The text that <see cref="Of"/> or <see cref="Lines"/> was handed.</summary>
    public static string Read(string printed) => printed.Contains(@"\u{", StringComparison.Ordinal) ? Written().Replace(printed, ValueOf) : printed;

    /// <summary>Whether it is written out; a half of a pair is.</summary>
    public static bool IsHidden(int codePoint) => codePoint is < ' ' or (>= 0x7F)
        && (codePoint is < 0xA0 or (>= 0xD800 and <= 0xDFFF) || (codePoint & 0xFFFE) == 0xFFFE
            || CharUnicodeInfo.GetUnicodeCategory(codePoint) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            || Array.Exists(Invisible, range => codePoint >= range.First && codePoint <= range.Last));

    private static string Write(string text, bool keepsLines, Func<string, string> escape)
    {
        StringBuilder? written = null;
        for (var i = 0; i < text.Length;)
        {
            var length = char.IsSurrogatePair(text, i) ? 2 : 1;
            var codePoint = length == 2 ? char.ConvertToUtf32(text, i) : text[i];
            var isHidden = IsHidden(codePoint) && !(keepsLines && (codePoint is '\n' or '\t' || (codePoint == '\r' && i + 1 < text.Length && text[i + 1] == '\n')));
            if (isHidden)
            {
                (written ??= new StringBuilder(text, 0, i, text.Length + 16)).Append(escape(text.Substring(i, length)));
            }
            else
            {
                _ = written?.Append(text, i, length);
            }

            i += length;
        }

        return written?.ToString() ?? text;
    }

    private static string InBraces(string rune) => $@"\u{{{(rune.Length == 2 ? char.ConvertToUtf32(rune, 0) : rune[0]):X}}}";

    private static string ValueOf(Match match) =>
        int.Parse(match.Groups["code"].ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) is <= 0x10FFFF and var code && IsHidden(code)
            ? code > 0xFFFF ? char.ConvertFromUtf32(code) : ((char)code).ToString()
            : match.Value;

    [GeneratedRegex(@"\\u\{(?<code>[0-9A-F]{1,6})\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Written();
}

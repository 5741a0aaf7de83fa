using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Guildhall.Console;

/// <summary>The last thing that happens to a page: whatever of others steers or hides in it is written out; see <see cref="PrintableText"/>.</summary>
/// <remarks>
/// Encoding for HTML does not help: a browser turns a line around for <c>&amp;#x202E;</c> as well. The isolates that pages themselves put around names
/// are carried as characters that no text has (<see cref="First"/>, <see cref="Last"/>), and become what they are here.
/// </remarks>
internal static partial class PrintablePage
{
    private const char First = '\uFDD0';
    private const char Last = '\uFDD1';

    /// <summary>The name in a sentence, which it does not turn around though it is written from right to left.</summary>
    public static string Isolate(string name) => $"{First}{PrintableText.Of(name)}{Last}";

    /// <remarks>Pages are long, and nothing hides in most: those are not copied.</remarks>
    public static string Of(string html)
    {
        var plain = RefersToHidden(html) ? Reference().Replace(html, match => HiddenIn(match.ValueSpan) is { } code ? char.ConvertFromUtf32(code) : match.Value) : html;
        if (!plain.Contains(First))
        {
            return PrintableText.Lines(plain);
        }

        var (page, from) = (new StringBuilder(plain.Length), 0);
        foreach (Match isolated in Isolated().Matches(plain))
        {
            page.Append(PrintableText.Lines(plain[from..isolated.Index])).Append('\u2068').Append(PrintableText.Lines(isolated.Groups["name"].Value)).Append('\u2069');
            from = isolated.Index + isolated.Length;
        }

        return page.Append(PrintableText.Lines(plain[from..])).ToString();
    }

    private static bool RefersToHidden(string html)
    {
        foreach (var match in Reference().EnumerateMatches(html))
        {
            if (HiddenIn(html.AsSpan(match.Index, match.Length)) is not null)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The character that a reference stands for, where it is one that is written out.</summary>
    private static int? HiddenIn(ReadOnlySpan<char> reference)
    {
        var digits = reference[2..^1];
        var isHex = digits[0] is 'x' or 'X';
        return int.TryParse(isHex ? digits[1..] : digits, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            && code is <= 0x10FFFF and not ('\n' or '\r' or '\t' or (>= 0xD800 and <= 0xDFFF)) && PrintableText.IsHidden(code)
            ? code
            : null;
    }

    [GeneratedRegex("&#[xX]?[0-9a-fA-F]{1,7};", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Reference();

    [GeneratedRegex("\uFDD0(?<name>[^<>\uFDD0\uFDD1]*)\uFDD1", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Isolated();
}

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

    public static string Of(string html)
    {
        var plain = Reference().Replace(html, Plain);
        var (page, from) = (new StringBuilder(plain.Length), 0);
        foreach (Match isolated in Isolated().Matches(plain))
        {
            page.Append(PrintableText.Lines(plain[from..isolated.Index])).Append('\u2068').Append(PrintableText.Lines(isolated.Groups["name"].Value)).Append('\u2069');
            from = isolated.Index + isolated.Length;
        }

        return page.Append(PrintableText.Lines(plain[from..])).ToString();
    }

    private static string Plain(Match reference)
    {
        var (digits, style) = (reference.Groups["digits"].Value, reference.Groups["hex"].Success ? NumberStyles.AllowHexSpecifier : NumberStyles.None);
        return int.TryParse(digits, style, CultureInfo.InvariantCulture, out var code)
            && code is <= 0x10FFFF and not ('\n' or '\r' or '\t' or (>= 0xD800 and <= 0xDFFF)) && PrintableText.IsHidden(code)
            ? char.ConvertFromUtf32(code)
            : reference.Value;
    }

    [GeneratedRegex("&#(?<hex>[xX])?(?<digits>[0-9a-fA-F]{1,7});", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Reference();

    [GeneratedRegex("\uFDD0(?<name>[^<>\uFDD0\uFDD1]*)\uFDD1", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Isolated();
}

using System.Globalization;

namespace Guildhall.Console;

/// <summary>The console's texts. Pages are written in English; the file of another language says each of them in that language.</summary>
/// <remarks>The files are gettext's, which translators have editors for. A test holds them complete.</remarks>
internal sealed class Texts
{
    private const char FirstRightToLeft = '\u0590';

    private static readonly Texts English = new([]);
    private static readonly Lazy<Texts> Chinese = new(() => new Texts(Read("zh.po")));

    private readonly Dictionary<string, string> translations;

    private Texts(Dictionary<string, string> translations) => this.translations = translations;

    public static Texts In(Language language) => language == Language.Chinese ? Chinese.Value : English;

    /// <summary>The English text in this language; the English one where it has no translation.</summary>
    public string this[string english] => translations.GetValueOrDefault(english, english);

    /// <summary>The text with what is particular to this case in its places.</summary>
    public string Format(string english, params object[] values) =>
        string.Format(CultureInfo.InvariantCulture, this[english], [.. values.Select(Isolate)]);

    /// <summary>The messages of a gettext file, by the English ones.</summary>
    public static Dictionary<string, string> Read(string file)
    {
        using var reader = new StreamReader(typeof(Texts).Assembly.GetManifestResourceStream("console/" + file)!);
        var read = new Dictionary<string, string>();
        var english = "";
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith("msgid \"", StringComparison.Ordinal))
            {
                english = Unquote(line["msgid ".Length..]);
            }
            else if (line.StartsWith("msgstr \"", StringComparison.Ordinal) && english.Length > 0)
            {
                read.Add(english, Unquote(line["msgstr ".Length..]));
            }
        }

        return read;
    }

    private static string Unquote(string quoted) => quoted.Trim()[1..^1].Replace("\\\"", "\"").Replace("\\\\", "\\");

    /// <summary>A name that is written from right to left must not turn the sentence around it.</summary>
    private static object Isolate(object value) =>
        value is string text && text.Any(character => character >= FirstRightToLeft) ? PrintablePage.Isolate(text) : value;
}

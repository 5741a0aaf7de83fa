using System.Text;
using System.Text.Json.Nodes;
using Guildhall.Console;
using Guildhall.Logging;
using Guildhall.Networks;

namespace Guildhall.Tests;

/// <summary>What of others' texts steers a terminal, turns lines around or is not seen, on its way to eyes.</summary>
public sealed class PrintableTextTests
{
    [Theory]
    [InlineData("Org1MSP, 组织 שלום é 😀 \\u{zz}", "Org1MSP, 组织 שלום é 😀 \\u{zz}")]
    [InlineData("\e[2J\a\b\x7F\u009B31m", "\\u{1B}[2J\\u{7}\\u{8}\\u{7F}\\u{9B}31m")] // a terminal's
    [InlineData("a\r\nb\tc", "a\\u{D}\\u{A}b\\u{9}c")]
    [InlineData("\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069\u200E\u200F\u061C", "\\u{202A}\\u{202B}\\u{202C}\\u{202D}\\u{202E}\\u{2066}\\u{2067}\\u{2068}\\u{2069}\\u{200E}\\u{200F}\\u{61C}")]
    [InlineData("\u200B\u200C\u200D\u2060\u2061\u2062\u2063\u2064\uFEFF\u00AD\u180E", "\\u{200B}\\u{200C}\\u{200D}\\u{2060}\\u{2061}\\u{2062}\\u{2063}\\u{2064}\\u{FEFF}\\u{AD}\\u{180E}")]
    [InlineData("\U000E0001\U000E0041\U000E007F\uFE0F\U000E0100", "\\u{E0001}\\u{E0041}\\u{E007F}\\u{FE0F}\\u{E0100}")] // tags and variation selectors
    [InlineData("\u2028\u2029\u034F\u115F\u3164\uFFA0", "\\u{2028}\\u{2029}\\u{34F}\\u{115F}\\u{3164}\\u{FFA0}")]
    [InlineData("\uFDD0\uFDD1\uFFFE\uFFFF\U0001FFFE", "\\u{FDD0}\\u{FDD1}\\u{FFFE}\\u{FFFF}\\u{1FFFE}")]
    public void What_cannot_be_seen_is_written_out(string text, string printed)
    {
        Assert.Equal(printed, PrintableText.Of(text));
        Assert.Equal(text, PrintableText.Read(printed));
        Assert.Equal(text, (string)JsonNode.Parse(PrintableText.InJson(new JsonObject { ["text"] = text }.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })))!["text"]!);
    }

    [Fact]
    public void Half_a_pair_is_written_out() => Assert.Equal("a\\u{D83D}b\\u{DE00}", PrintableText.Of("a" + '\uD83D' + "b" + '\uDE00'));

    [Fact]
    public void Lines_stay_lines() => Assert.Equal("a\n\tb\r\n\\u{D}c", PrintableText.Lines("a\n\tb\r\n\rc"));

    [Theory]
    [InlineData("<p>\u202Ea</p>&#x202E;&#8238;&#xE0041;&#173;", "<p>\\u{202E}a</p>\\u{202E}\\u{202E}\\u{E0041}\\u{AD}")]
    [InlineData("&amp;#x202E; &#x3C; &#xA;\n", "&amp;#x202E; &#x3C; &#xA;\n")]
    [InlineData("\uFDD0שלום\uFDD1 \uFDD0", "\u2068שלום\u2069 \\u{FDD0}")]
    [InlineData("\uFDD0<b>\uFDD1\u2068x\u2069", "\\u{FDD0}<b>\\u{FDD1}\\u{2068}x\\u{2069}")]
    public void In_a_page_it_is_written_out_as_a_reference_too(string html, string page) => Assert.Equal(page, PrintablePage.Of(html));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_node_says_stays_one_harmless_line_of_the_log(bool isJson)
    {
        using var written = new MemoryStream();
        using (var log = new LineLog(written, isJson ? new JsonLines() : new PlainLines(), TimeProvider.System))
        using (var factory = LoggerFactory.Create(logging => logging.AddProvider(log)))
        {
            new NodeFailures(TimeProvider.System, factory.CreateLogger<NodeFailures>()).Tell("mill\u200B", "evil.example.com:7050", "no \e[2J\u202Eleader\r\n12:00:00 info all is well");
        }

        await written.FlushAsync();
        var line = Assert.Single(Encoding.UTF8.GetString(written.ToArray()).TrimEnd('\n').Split('\n'));
        Assert.DoesNotContain(line, character => PrintableText.IsHidden(character));
        Assert.Contains(isJson ? """no \u001B[2J\u202eleader\r\n12:00:00 info all is well""" : @"A node of mill\u{200B} at evil.example.com:7050 could not be asked: no \u{1B}[2J\u{202E}leader\u{D}\u{A}12:00:00", line, StringComparison.Ordinal);
    }
}

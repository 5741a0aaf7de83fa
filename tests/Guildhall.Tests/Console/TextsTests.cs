using System.Text.RegularExpressions;
using Guildhall.Console;
using Guildhall.Console.Shared;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Operations;

namespace Guildhall.Tests.Console;

public sealed partial class TextsTests
{
    private static readonly Dictionary<string, string> Chinese = Texts.Read("zh.po");

    [Fact]
    public void Every_text_that_pages_write_out_has_its_chinese() => Assert.Empty(Written().Except(Chinese.Keys).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_state_has_its_chinese() => Assert.Empty(
        Enum.GetValues<MembershipState>().Select(state => Look.Of(state).Name)
            .Concat(Enum.GetValues<OperationStatus>().Select(status => Look.Of(status).Name))
            .Concat(Enum.GetValues<SignatureState>().Select(state => Look.Of(state).Name)).Concat(Enum.GetValues<CheckOutcome>().Select(outcome => Look.Of(outcome).Name)).Except(Chinese.Keys));

    [Fact]
    public void The_chinese_has_the_places_of_the_english() => Assert.Empty(
        from text in Chinese
        where Places(text.Key) != Places(text.Value)
        select $"{text.Key}: {text.Value}");

    [Fact]
    public void Nothing_is_translated_that_nobody_says()
    {
        var sources = string.Concat(Repository.Files("src/Guildhall", ".cs", ".razor").Select(Repository.Read));

        var said = Chinese.Keys.Where(text =>
            sources.Contains($"\"{text.Replace("\"", "\\\"")}\"", StringComparison.Ordinal) || Enum.GetNames<Guildhall.Services.Edition>().Contains(text));
        Assert.Empty(Chinese.Keys.Except(said));
    }

    private static HashSet<string> Written() =>
    [
        .. from path in Repository.Files("src/Guildhall/Console", ".cs", ".razor").Concat(Repository.Files("src/Guildhall/Demo", ".cs", ".razor"))
           from match in Text().Matches(Repository.Read(path))
           select match.Groups["text"].Value.Replace("\\\"", "\""),
    ];

    private static string Places(string text) => string.Concat(Place().Matches(text).Select(match => match.Value).Distinct().Order(StringComparer.Ordinal));

    [GeneratedRegex("""\bT\("(?<text>([^"\\]|\\.)*)["]""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Text();

    [GeneratedRegex(@"\{\d\}", RegexOptions.None, 1000)]
    private static partial Regex Place();
}

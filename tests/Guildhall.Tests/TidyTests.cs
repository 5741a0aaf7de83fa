using System.Text.RegularExpressions;

namespace Guildhall.Tests;

/// <summary>What the compiler cannot see: which way the dependencies point, how long files are, and what documents promise.</summary>
public sealed partial class TidyTests
{
    private const int MaxLines = 400;

    /// <summary>What the files of a folder may name of Guildhall beside their own namespace.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Memberships"] = ["Services"],
        ["Services"] = ["Memberships"],
        ["Operations"] = ["Services"],
        ["Destinations"] = [],
        ["Programs"] = [],
        ["Sealing"] = ["Programs"],
        ["Networks"] = ["Memberships", "Destinations", "Fabric", "Programs", "Sealing"],
        ["Outbox"] = ["Memberships", "Services", "Operations", "Storage", "Identity", "Networks", "Fabric"],
        ["Storage"] = ["Memberships", "Services", "Operations", "Outbox", "Identity", "Networks", "Fabric", "Sealing"],
        ["Identity"] = ["Memberships", "Storage"],
        [""] = ["Memberships", "Services", "Operations", "Outbox", "Storage", "Identity", "Networks", "Fabric", "Sealing"],
        ["Api"] = ["Memberships", "Services", "Operations", "Outbox", "Storage", "Identity", "Networks", "Fabric", "Hosting"],
        ["Console"] = ["Memberships", "Services", "Operations", "Storage", "Identity", "Networks", "Fabric", "Api", "Hosting"],
    };

    private static readonly string[] Pure = ["Memberships", "Services", "Operations"];

    /// <summary>What pure code has no business with, though it is in System.</summary>
    private static readonly Regex Impure = new(
        @"\bSystem\.(IO|Net|Data|Diagnostics(?!\.CodeAnalysis))\b|\bMicrosoft\.|\bNpgsql\b|\b(File|Console|Environment|HttpClient|DbConnection)\.",
        RegexOptions.ExplicitCapture,
        TimeSpan.FromSeconds(1));

    public static TheoryData<string> Documents => [.. Repository.Files(".", ".md")];

    public static TheoryData<string> Folders => [.. Allowed.Keys];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Dependencies_point_one_way(string folder)
    {
        var strangers =
            from path in SourcesOf(folder)
            let code = WithoutComments(Repository.Read(path))
            from named in GuildhallName().Matches(code).Select(match => match.Groups["folder"].Value).Distinct()
            where named != folder && !Allowed[folder].Contains(named)
            select $"{path} uses Guildhall.{named}";

        Assert.Empty(strangers);
    }

    [Fact]
    public void The_Fabric_library_knows_nothing_of_Guildhall() => Assert.Empty(
        from path in Repository.Files("src/Guildhall.Fabric", ".cs", ".csproj")
        let match = GuildhallPart().Match(WithoutComments(Repository.Read(path)))
        where match.Success
        select $"{path} uses {match.Value}");

    [Fact]
    public void Pure_code_does_no_input_or_output() => Assert.Empty(
        from folder in Pure
        from path in SourcesOf(folder)
        let match = Impure.Match(WithoutComments(Repository.Read(path)))
        where match.Success
        select $"{path} uses {match.Value}");

    [Fact]
    public void No_source_file_is_longer_than_a_reader_can_hold() => Assert.Empty(
        from path in Repository.Files("src", ".cs").Concat(Repository.Files("tests", ".cs")).Concat(Repository.Files("benchmarks", ".cs"))
        let lines = Repository.Read(path).Count(c => c == '\n')
        where lines > MaxLines
        select $"{path} has {lines} lines, at most {MaxLines} are allowed");

    [Fact]
    public void A_file_holds_the_type_it_is_named_for() => Assert.Empty(
        from path in Repository.Files("src", ".cs")
        let types = TopLevelType().Matches(Repository.Read(path)).Select(match => match.Groups["name"].Value).ToArray()
        let name = Path.GetFileName(path).Split('.')[0] // a part of a type adds what part it is
        where types.Length == 1 && types[0] != name
        select $"{path} holds {types[0]}");

    [Fact]
    public void No_file_names_a_place_on_the_machine_it_was_written_on() => Assert.Empty(
        from path in Texts()
        let match = MachinePath().Match(Repository.Read(path))
        where match.Success
        select $"{path} names {match.Value}");

    [Fact]
    public void No_line_ends_in_a_space() => Assert.Empty(
        from path in Texts()
        from line in Repository.Read(path).Split('\n').Index()
        where line.Item.EndsWith(' ') || line.Item.EndsWith('\t')
        select $"{path}:{line.Index + 1}");

    [Theory]
    [MemberData(nameof(Documents))]
    public void A_document_has_one_title(string path) => Assert.Single(
        Headings(Repository.Read(path)), heading => heading.StartsWith("# ", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Documents))]
    public void A_documents_links_lead_somewhere(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        var dead =
            from match in Link().Matches(WithoutFences(Repository.Read(path)))
            let target = match.Groups["target"].Value
            where !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal)
            where !LeadsSomewhere(path, folder, target)
            select target;

        Assert.Empty(dead);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Code_that_a_document_quotes_is_in_the_file_it_names(string path) => Assert.Empty(
        from match in Quotation().Matches(Repository.Read(path))
        let file = match.Groups["file"].Value
        let lines = match.Groups["code"].Value.Split('\n')
        let code = string.Join('\n', lines.Select(line => Dedent(line, match.Groups["indent"].Length)))
        where !File.Exists(Path.Combine(Repository.Root, file)) || !Repository.Read(file).Contains(code, StringComparison.Ordinal)
        select $"{file} does not say\n{code}");

    [Theory]
    [MemberData(nameof(Documents))]
    public void A_test_that_a_document_names_is_one(string path) => Assert.Empty(
        from match in NamedTest().Matches(Repository.Read(path))
        where !IsTest(match.Groups["class"].Value, match.Groups["test"].Value)
        select $"{path} names {match.Value}");

    [Fact]
    public void Whatever_is_said_to_stop_an_attacker_is_shown_by_a_test()
    {
        var rows = ClaimRows(Repository.Read("docs/security.md")).ToList();

        Assert.NotEmpty(rows);
        Assert.Empty(
            from row in rows
            from shown in row.Trim('|').Split('|')[^1].Split("<br>")
            where NamedTest().Match(shown).Value != shown.Trim()
            select row);
    }

    private static IEnumerable<string> SourcesOf(string folder) =>
        folder.Length == 0
            ? Repository.Files("src/Guildhall", ".cs").Where(path => path.Count(c => c == '/') == 2 && !path.EndsWith("Program.cs", StringComparison.Ordinal))
            : Repository.Files($"src/Guildhall/{folder}", ".cs");

    private static IEnumerable<string> Texts() => Repository.Files(".", ".cs", ".md", ".json", ".sql", ".csproj", ".props", ".css", ".razor", ".sh");

    private static bool LeadsSomewhere(string path, string folder, string target)
    {
        var (file, anchor) = (target.Split('#')[0], target.Split('#').ElementAtOrDefault(1));
        var found = file.Length == 0 ? path : Path.Combine(folder, file);
        return Path.Exists(Path.Combine(Repository.Root, found))
            && (anchor is null || Headings(Repository.Read(found)).Select(AnchorOf).Contains(anchor));
    }

    private static IEnumerable<string> Headings(string text) => WithoutFences(text).Split('\n').Where(line => line.StartsWith('#'));

    private static string AnchorOf(string heading) => string.Concat(
        heading.TrimStart('#').Trim().ToLowerInvariant().Select(c => c == ' ' ? "-" : char.IsLetterOrDigit(c) || c is '-' or '_' ? c.ToString() : ""));

    /// <summary>The rows of tables whose last column says which tests show what is claimed.</summary>
    private static IEnumerable<string> ClaimRows(string text)
    {
        var isOfClaims = false;
        foreach (var line in text.Split('\n'))
        {
            var begins = line.EndsWith("| shown by |", StringComparison.Ordinal);
            isOfClaims = begins || (isOfClaims && line.StartsWith('|'));
            if (isOfClaims && !begins && !line.StartsWith("|---", StringComparison.Ordinal))
            {
                yield return line;
            }
        }
    }

    private static bool IsTest(string type, string name) => typeof(TidyTests).Assembly.GetTypes().Any(
        one => one.Name == type && !one.IsAbstract && one.GetMethod(name)?.IsDefined(typeof(FactAttribute), inherit: true) == true);

    private static string WithoutFences(string text) => Fence().Replace(text, "");

    private static string WithoutComments(string code) => Comment().Replace(code, "");

    private static string Dedent(string line, int by) => line.Length >= by && string.IsNullOrWhiteSpace(line[..by]) ? line[by..] : line;

    [GeneratedRegex(@"\bGuildhall\.(?<folder>Memberships|Destinations|Services|Operations|Networks|Fabric|Outbox|Storage|Identity|Api|Hosting|Cli|Console|Demo|Logging)\b", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex GuildhallName();

    [GeneratedRegex(@"\busing Guildhall\.(?!Fabric\b)\w+|\bGuildhall\.(?!Fabric\b|Tests\b|Benchmarks\b)\w+|ProjectReference", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex GuildhallPart();

    [GeneratedRegex(@"^(public|internal) [a-z ]*\b(class|record struct|record|struct|interface|enum) (?<name>\w+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TopLevelType();

    [GeneratedRegex(@"(?<![\w.])(/root|/home|/srv|/wor[k])/", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();

    [GeneratedRegex(@"^(?<indent> *)```\w+ file=(?<file>\S+)\n(?<code>.*?)\n *```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Quotation();

    [GeneratedRegex(@"`(?<class>[A-Z]\w*Tests)\.(?<test>\w+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NamedTest();

    [GeneratedRegex(@"^ *```.*?^ *```$", RegexOptions.Multiline | RegexOptions.Singleline, 1000)]
    private static partial Regex Fence();

    [GeneratedRegex(@"//[^\n]*", RegexOptions.None, 1000)]
    private static partial Regex Comment();
}

using Microsoft.Net.Http.Headers;

namespace Guildhall.Console;

/// <summary>A language of the console.</summary>
/// <param name="Tag">As browsers name it.</param>
/// <param name="Name">In itself.</param>
internal sealed record Language(string Tag, string Name)
{
    public static readonly Language English = new("en", "English");
    public static readonly Language Chinese = new("zh", "中文");

    public static IReadOnlyList<Language> All { get; } = [English, Chinese];

    public static Language? Find(string? tag) => All.FirstOrDefault(language => language.Tag == tag);

    /// <summary>The one that was chosen, or else the one that the browser's user likes best.</summary>
    public static Language Of(HttpRequest request) =>
        Find(Cookies.Language.Read(request)) ?? Preferred(request) ?? English;

    private static Language? Preferred(HttpRequest request) =>
        StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptLanguage, out var wanted)
            ? wanted.OrderByDescending(one => one.Quality ?? 1).Select(one => All.FirstOrDefault(language => IsA(one.Value, language))).FirstOrDefault(one => one is not null)
            : null;

    private static bool IsA(Microsoft.Extensions.Primitives.StringSegment tag, Language language) =>
        tag.Equals(language.Tag, StringComparison.OrdinalIgnoreCase) || tag.StartsWith(language.Tag + "-", StringComparison.OrdinalIgnoreCase);
}

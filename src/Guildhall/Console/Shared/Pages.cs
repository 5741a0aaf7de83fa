using System.Globalization;
using Guildhall.Storage;
using Microsoft.AspNetCore.WebUtilities;

namespace Guildhall.Console.Shared;

/// <summary>Where in a long list a page stands.</summary>
/// <param name="Here">The page's address, with all that was asked for.</param>
/// <param name="Number">From 1.</param>
/// <param name="Count">Rows on all pages.</param>
public sealed record Pages(string Here, int Number, int Limit, Counted Count)
{
    public const int Rows = 50;

    private const int MostPages = Reach.Rows / Rows;

    public int Skip => (Number - 1) * Limit;

    internal static int NumberOf(ConsoleRequest request) =>
        int.TryParse(request.Query("page"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? Math.Clamp(number, 1, MostPages) : 1;

    internal static int SkipOf(ConsoleRequest request) => (NumberOf(request) - 1) * Rows;

    internal static Pages Of(ConsoleRequest request, Counted count) => new(request.Here, NumberOf(request), Rows, count);

    public string To(int number) => With("page", number == 1 ? null : number.ToString(CultureInfo.InvariantCulture));

    /// <summary>The same page with one parameter changed, or left out.</summary>
    public string With(string name, string? value)
    {
        var parts = Here.Split('?', 2);
        var query = QueryHelpers.ParseQuery(parts.ElementAtOrDefault(1)).ToDictionary(pair => pair.Key, pair => (string?)pair.Value.ToString());
        query.Remove("page");
        query[name] = value;
        return QueryHelpers.AddQueryString(parts[0], query.Where(pair => !string.IsNullOrEmpty(pair.Value)));
    }
}

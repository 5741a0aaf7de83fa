using Guildhall.Api.Wire;
using Guildhall.Memberships;
using Guildhall.Storage;

namespace Guildhall.Api;

/// <summary>Reads the request's query parameters into valid values, or remembers the first refusal. Unknown parameters are ignored.</summary>
internal sealed class Query(IQueryCollection query)
{
    /// <summary>The most rows of one page.</summary>
    public const int MaxPage = 1000;

    public Refusal? Refusal { get; private set; }

    public static ValueTask<Query?> BindAsync(HttpContext context) => new(Of(context));

    public static Query Of(HttpContext context)
    {
        var query = new Query(context.Request.Query);
        if (IdempotencyKey.WhyNot(context) is { } reason)
        {
            query.Refuse(reason);
        }

        return query;
    }

    /// <summary>The value, or null when it is absent or empty.</summary>
    public string? Text(string name, int maxLength = Names.MaxNameLength)
    {
        var value = query[name].ToString();
        if (value.Length > maxLength)
        {
            Refuse($"{name} has {value.Length} characters, at most {maxLength} are allowed");
        }
        else if (value.AsSpan().ContainsAnyInRange('\0', '\x1f') || value.Contains('\x7f'))
        {
            Refuse($"{name} holds a control character");
        }

        return value.Length == 0 ? null : value;
    }

    public int? Number(string name, int min, int max)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (int.TryParse(text, out var number) && number >= min && number <= max)
        {
            return number;
        }

        Refuse($"{name} must be a whole number from {min} to {max}, not {Memberships.Refusal.Quote(text)}");
        return null;
    }

    /// <summary>False when it is absent.</summary>
    public bool Flag(string name)
    {
        switch (Text(name))
        {
            case null or "false":
                return false;
            case "true":
                return true;
            case { } other:
                Refuse($"{name} must be true or false, not {Memberships.Refusal.Quote(other)}");
                return false;
        }
    }

    /// <summary>A word out of a list, or null when it is absent.</summary>
    public string? Choice(string name, params IEnumerable<string> words)
    {
        var text = Text(name);
        if (text is not null && !words.Contains(text))
        {
            Refuse($"{name} must be one of {string.Join(", ", words)}, not {Memberships.Refusal.Quote(text)}");
        }

        return text;
    }

    /// <summary>The optional filters and the page of a list of memberships.</summary>
    public MembershipPage ReadMembershipPage()
    {
        var status = Choice("status", Enum.GetValues<MembershipState>().Select(state => state.ToWire()));
        var filter = new MembershipFilter(status is null ? null : Names.StateFromWire(status), Text("channel_name"), Text("invitor_bcs_id", Names.MaxIdLength));
        return new MembershipPage(filter, Text("marker"), Number("limit", 1, MaxPage));
    }

    private void Refuse(string reason) => Refusal ??= Memberships.Refusal.ParameterInvalid.Because(reason);
}

/// <summary>A page of a list of memberships.</summary>
/// <param name="After">Behind which it begins; null for the beginning.</param>
/// <param name="Limit">The most rows; null for all.</param>
internal sealed record MembershipPage(MembershipFilter Filter, string? After, int? Limit);

/// <summary>A page of a list: it is read with one row more than shown, which tells whether there is a next one.</summary>
internal sealed record Page<TFilter>(TFilter Filter, int? Limit)
{
    /// <summary>What to show, and where the next page begins when the caller asked for pages.</summary>
    public List<T> Cut<T>(List<T> found, Func<T, string> markerOf, out PageInfo? page)
    {
        var shown = Limit is { } limit && found.Count > limit ? found.GetRange(0, limit) : found;
        page = Limit is null ? null : new PageInfo(shown.Count < found.Count ? markerOf(shown[^1]) : null, shown.Count);
        return shown;
    }
}

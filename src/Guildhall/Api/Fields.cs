using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using Guildhall.Memberships;
using Guildhall.Services;

namespace Guildhall.Api;

/// <summary>
/// Reads the request's JSON object into valid values, or remembers the first refusal in rank.
/// A field that is wrong reads as an empty value; whoever reads looks at <see cref="Refusal"/> when all are read.
/// </summary>
/// <remarks>Unknown fields are ignored, as the reference's Go backend does. Not safe for concurrent use.</remarks>
internal sealed class Fields
{
    private const int MaxDepth = 32;
    private static readonly SearchValues<char> Controls = SearchValues.Create([.. Enumerable.Range(0, ' ').Select(code => (char)code), '\x7f']);
    private static readonly SearchValues<char> ControlsButLines = SearchValues.Create([.. Enumerable.Range(0, ' ').Select(code => (char)code).Except("\t\n\r"), '\x7f']);

    private readonly Fields? parent;
    private readonly JsonElement json;
    private readonly string path;
    private readonly Limits limits;
    private Refusal? refusal;

    private Fields(JsonElement json, string path, Limits limits, Fields? parent) =>
        (this.json, this.path, this.limits, this.parent) = (json, path, limits, parent);

    /// <summary>Why the body cannot be taken; null when every field read so far is valid.</summary>
    public Refusal? Refusal => parent is null ? refusal : parent.Refusal;

    /// <summary>Reads the body of the request; the endpoint's parameter of this type is filled by it.</summary>
    public static async ValueTask<Fields?> BindAsync(HttpContext context)
    {
        var inForce = context.RequestServices.GetRequiredService<Limits>();
        var body = await RequestBody.ReadJsonAsync(context);
        var fields = body.IsRefused(out var refusal, out var bytes) ? Refused(refusal, inForce) : Parse(bytes, inForce);
        if (IdempotencyKey.WhyNot(context) is { } reason)
        {
            fields.Refuse(Memberships.Refusal.ParameterInvalid.Because(reason));
        }

        return fields;
    }

    internal static Fields Parse(ReadOnlyMemory<byte> bytes, Limits limits)
    {
        try
        {
            // The document is not returned to the pool: its values live as long as the request.
            var root = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = MaxDepth }).RootElement;
            return root.ValueKind != JsonValueKind.Object ? Refused(NotAnObject(root), limits)
                : JsonNames.AreBroken(bytes.Span, MaxDepth) ? Refused(Memberships.Refusal.BodyMalformed.Because("the name of a field holds half of a surrogate pair"), limits)
                : new Fields(root, "", limits, parent: null);
        }
        catch (JsonException exception)
        {
            var place = exception.LineNumber is { } line ? $" at line {line + 1}, byte {exception.BytePositionInLine + 1}" : "";
            return Refused(
                Memberships.Refusal.BodyMalformed.Because(bytes.Length == 0 ? "it is empty; a JSON object is needed" : $"it is not JSON{place}"), limits);
        }

        static Refusal NotAnObject(JsonElement root) =>
            Memberships.Refusal.BodyMalformed.Because($"a JSON object is needed, this is {root.ValueKind.ToWords()}");
    }

    /// <summary>A mandatory opaque id of 1 to 64 characters.</summary>
    public string Id(string name) => Text(name, Names.MaxIdLength) ?? Missing(name);

    /// <summary>A mandatory name of 1 to 64 characters, under either key.</summary>
    public string Name(string name, string? alias = null)
    {
        var key = alias is not null && !Has(name) && Has(alias) ? alias : name;
        return Text(key, Names.MaxNameLength) ?? Missing(name);
    }

    /// <summary>A text of at most so many characters, or null when it is absent, null or empty.</summary>
    public string? OptionalText(string name, int maxLength = Names.MaxNameLength) => Text(name, maxLength);

    /// <summary>A text of several lines, such as a file's, or null when it is absent, null or empty.</summary>
    public string? OptionalDocument(string name, int maxLength) => TextOf(Find(name), name, maxLength, mayHaveLines: true);

    /// <summary>A mandatory text of several lines.</summary>
    public string Document(string name, int maxLength) => OptionalDocument(name, maxLength) ?? Missing(name);

    /// <summary>A mandatory word out of a list.</summary>
    public string Choice(string name, params ReadOnlySpan<string> words) => OptionalChoice(name, words) ?? Missing(name);

    /// <summary>A word out of a list, or null when it is absent, null or empty.</summary>
    public string? OptionalChoice(string name, params ReadOnlySpan<string> words)
    {
        if (Text(name, Names.MaxNameLength) is not { } text)
        {
            return null;
        }

        if (!words.Contains(text))
        {
            Refuse(Memberships.Refusal.ParameterInvalid.Because(
                $"{path}{name} must be one of {string.Join(", ", words!)}, not {Memberships.Refusal.Quote(text)}"));
        }

        return text;
    }

    public bool Flag(string name)
    {
        if (!Has(name))
        {
            Missing(name);
        }

        return OptionalFlag(name) ?? false;
    }

    public bool? OptionalFlag(string name)
    {
        switch (Find(name).ValueKind)
        {
            case JsonValueKind.Undefined or JsonValueKind.Null:
                return null;
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            default:
                Mistyped(name, "true or false");
                return null;
        }
    }

    /// <summary>A mandatory whole number within the bounds.</summary>
    public int Number(string name, int min, int max)
    {
        if (OptionalNumber(name, min, max) is { } number)
        {
            return number;
        }

        Missing(name);
        return min;
    }

    /// <summary>A whole number within the bounds, or null when it is absent or null.</summary>
    public int? OptionalNumber(string name, int min, int max)
    {
        var value = Find(name);
        if (value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out var number))
        {
            Mistyped(name, "a whole number");
            return min;
        }

        if (number < min || number > max)
        {
            Refuse(Memberships.Refusal.ParameterInvalid.Because($"{path}{name} must be from {min} to {max}, not {number}"));
        }

        return number;
    }

    /// <summary>A mandatory object, read by the function.</summary>
    public T Object<T>(string name, Func<Fields, T> read)
    {
        if (!Has(name))
        {
            Missing(name);
        }

        return OptionalObject(name, read) ?? read(Child(default, name));
    }

    /// <summary>An object read by the function, or the default when it is absent or null.</summary>
    public T? OptionalObject<T>(string name, Func<Fields, T> read)
    {
        var value = Find(name);
        if (value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            return default;
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            Mistyped(name, "an object");
            return default;
        }

        return read(Child(value, name));
    }

    /// <summary>A mandatory list with at least one object, each read by the function.</summary>
    /// <param name="max">The most items; null for <see cref="Limits.ItemsPerList"/>.</param>
    public ImmutableArray<T> List<T>(string name, Func<Fields, T> read, int? max = null)
    {
        if (!Has(name))
        {
            Missing(name);
            return [];
        }

        RefuseEmpty(name);
        return OptionalList(name, read, max);
    }

    /// <summary>A list of objects, each read by the function; empty when it is absent or null.</summary>
    public ImmutableArray<T> OptionalList<T>(string name, Func<Fields, T> read, int? max = null)
    {
        var (items, most) = (Items(name), max ?? limits.ItemsPerList);
        if (items.Length > most)
        {
            Refuse(Memberships.Refusal.ParameterInvalid.Because($"{path}{name} has {items.Length} items, at most {most} are allowed in one call"));
            return [];
        }

        var values = ImmutableArray.CreateBuilder<T>(items.Length);
        for (var i = 0; i < items.Length; i++)
        {
            if (items[i].ValueKind == JsonValueKind.Object)
            {
                values.Add(read(Child(items[i], $"{name}[{i}]")));
            }
            else
            {
                Mistyped($"{name}[{i}]", "an object", items[i].ValueKind);
            }
        }

        return values.DrainToImmutable();
    }

    /// <summary>A mandatory list with at least one name.</summary>
    public ImmutableArray<string> NameList(string name)
    {
        var items = Items(name);
        if (items.IsEmpty && !Has(name))
        {
            Missing(name);
        }

        RefuseEmpty(name);
        if (items.Length > limits.ItemsPerList)
        {
            Refuse(Memberships.Refusal.ParameterInvalid.Because($"{path}{name} has {items.Length} items, at most {limits.ItemsPerList} are allowed in one call"));
            return [];
        }

        return [.. items.Select((item, i) => TextOf(item, $"{name}[{i}]", Names.MaxNameLength) ?? Missing($"{name}[{i}]"))];
    }

    /// <summary>The members of a mandatory object whose keys are data, such as a map from organization to number of peers.</summary>
    public ImmutableArray<(string Key, T Value)> Map<T>(string name, Func<Fields, string, T> read)
    {
        if (!Has(name))
        {
            Missing(name);
            return [];
        }

        return OptionalObject(name, map =>
        {
            var members = map.json.EnumerateObject().Select(member => member.Name).Distinct(StringComparer.Ordinal).ToArray();
            if (members.Length == 0 || members.Length > limits.ItemsPerList)
            {
                Refuse(members.Length == 0
                    ? Memberships.Refusal.ParameterMissing.Because($"{path}{name} must have at least one member")
                    : Memberships.Refusal.ParameterInvalid.Because($"{path}{name} has {members.Length} members, at most {limits.ItemsPerList} are allowed in one call"));
                return [];
            }

            return members.Select(key => (key, read(map, key))).ToImmutableArray();
        });
    }

    /// <summary>A mandatory id that can only be one: the caller's own.</summary>
    /// <param name="what">Says whose id it has to be.</param>
    public void MustBe(string name, string id, string what)
    {
        if (Id(name) is { Length: > 0 } given && given != id)
        {
            Refuse(Memberships.Refusal.ParameterInvalid.Because($"{path}{name} must be {what}"));
        }
    }

    /// <summary>Refuses a list that names something twice.</summary>
    public void RefuseRepeats(string name, IEnumerable<string> values)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        if (values.FirstOrDefault(value => value.Length > 0 && !seen.Add(value)) is { } repeated)
        {
            Refuse(Memberships.Refusal.ParameterInvalid.Because($"{path}{name} names {Memberships.Refusal.Quote(repeated)} more than once"));
        }
    }

    /// <summary>Remembers the refusal, unless one of a lower rank is remembered already.</summary>
    public void Refuse(Refusal why)
    {
        if (parent is not null)
        {
            parent.Refuse(why);
        }
        else if (refusal is null || why.Rank < refusal.Rank)
        {
            refusal = why;
        }
    }

    /// <summary>The field's place in the body, for messages of rules that this class does not know.</summary>
    public string PathOf(string name) => path + name;

    private static Fields Refused(Refusal why, Limits limits) => new(default, "", limits, parent: null) { refusal = why };

    private Fields Child(JsonElement element, string name) => new(element, $"{path}{name}.", limits, this);

    private JsonElement Find(string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) ? value : default;

    private bool Has(string name) => Find(name).ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);

    private string Missing(string name)
    {
        // Inside an object that is itself missing, the object's own refusal says enough.
        if (json.ValueKind == JsonValueKind.Object)
        {
            Refuse(Memberships.Refusal.ParameterMissing.Because($"{path}{name} is required"));
        }

        return "";
    }

    private void Mistyped(string name, string wanted, JsonValueKind? found = null) => Refuse(Memberships.Refusal.ParameterInvalid.Because(
        $"{path}{name} must be {wanted}, not {(found ?? Find(name).ValueKind).ToWords()}"));

    private void RefuseEmpty(string name)
    {
        if (Find(name) is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() == 0)
        {
            Refuse(Memberships.Refusal.ParameterMissing.Because($"{path}{name} must have at least one item"));
        }
    }

    private ImmutableArray<JsonElement> Items(string name)
    {
        var value = Find(name);
        if (value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            Mistyped(name, "a list");
            return [];
        }

        return [.. value.EnumerateArray()];
    }

    private string? Text(string name, int maxLength) => TextOf(Find(name), name, maxLength);

    private string? TextOf(JsonElement value, string name, int maxLength, bool mayHaveLines = false)
    {
        if (value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            Mistyped(name, "a string", value.ValueKind);
            return "";
        }

        string text;
        try
        {
            text = value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            Refuse(Memberships.Refusal.BodyMalformed.Because($"{path}{name} holds half of a surrogate pair"));
            return "";
        }

        if (text.Length > maxLength)
        {
            Refuse(Memberships.Refusal.ParameterInvalid.Because($"{path}{name} has {text.Length} characters, at most {maxLength} are allowed"));
        }
        else if (text.AsSpan().ContainsAny(mayHaveLines ? ControlsButLines : Controls))
        {
            Refuse(Memberships.Refusal.ParameterInvalid.Because($"{path}{name} holds a control character"));
        }

        return text.Length == 0 ? null : text;
    }
}

using System.Globalization;
using Google.Protobuf.Reflection;

namespace Guildhall.Fabric;

/// <summary>Whether the bytes of a message say the same to whoever reads them, and nothing beside what this library reads of them.</summary>
/// <remarks>
/// Readers of protobuf differ: this one drops fields that it does not know inside maps and takes the last of a field that is written twice, and Go's,
/// by which Fabric's nodes go, keeps the first and merges the second. Whoever is shown what one reader saw would sign what the other sees.
/// </remarks>
internal static class ExactWire
{
    private const int MaxDepth = 100; // where the reader of messages stops by itself
    private const int MaxNumber = 63; // of a field that is known: all that this library's messages have are below it

    /// <summary>What is wrong with them, to stand behind "because it has"; null when nothing is.</summary>
    public static string? WhyNot(MessageDescriptor type, ReadOnlySpan<byte> bytes, int depth = 0)
    {
        var (seen, keys) = (0UL, (HashSet<(int Field, string Key)>?)null);
        while (!bytes.IsEmpty)
        {
            if (!WireBudget.TryReadNumber(ref bytes, out var tag) || !TryReadContent(ref bytes, (int)(tag & 7), out var content))
            {
                return $"a {type.Name} that is cut off";
            }

            var number = tag >> 3;
            if (number > MaxNumber || type.FindFieldByNumber((int)number) is not { } field || (int)(tag & 7) != FormOf(field))
            {
                return string.Create(CultureInfo.InvariantCulture, $"a field {number} in a {type.Name} that is unknown here");
            }

            if (!field.IsRepeated && !field.IsMap && (seen & OnlyOneOf(field)) != 0)
            {
                return $"the field {field.Name} in a {type.Name} more than once";
            }

            seen |= 1UL << field.FieldNumber;
            if (field.IsMap && !(keys ??= []).Add((field.FieldNumber, KeyOf(field, content))))
            {
                return $"the same name twice among the {field.Name} of a {type.Name}";
            }

            if (field.FieldType == FieldType.Message && (depth < MaxDepth ? WhyNot(field.MessageType, content, depth + 1) : "messages that are nested too deep") is { } why)
            {
                return why;
            }
        }

        return null;
    }

    /// <summary>The fields of which a message has one: itself, or those that it is an alternative of.</summary>
    private static ulong OnlyOneOf(FieldDescriptor field) =>
        field.ContainingOneof is { } choice ? choice.Fields.Aggregate(0UL, (all, one) => all | (1UL << one.FieldNumber)) : 1UL << field.FieldNumber;

    /// <summary>The name of a map's entry. What is wrong with the entry is found when it is looked at itself.</summary>
    private static string KeyOf(FieldDescriptor field, ReadOnlySpan<byte> entry)
    {
        while (!entry.IsEmpty && WireBudget.TryReadNumber(ref entry, out var tag) && TryReadContent(ref entry, (int)(tag & 7), out var content))
        {
            if (tag >> 3 == 1 && field.MessageType.FindFieldByNumber(1).FieldType == FieldType.String)
            {
                return System.Text.Encoding.UTF8.GetString(content);
            }
        }

        return "";
    }

    private static int FormOf(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message or FieldType.String or FieldType.Bytes => 2,
        FieldType.Fixed64 or FieldType.SFixed64 or FieldType.Double => 1,
        FieldType.Fixed32 or FieldType.SFixed32 or FieldType.Float => 5,
        _ => 0,
    };

    private static bool TryReadContent(ref ReadOnlySpan<byte> bytes, int form, out ReadOnlySpan<byte> content)
    {
        content = default;
        var length = (ulong)(form switch { 1 => sizeof(ulong), 5 => sizeof(uint), _ => 0 });
        if (form is 0 or 2 && !WireBudget.TryReadNumber(ref bytes, out length))
        {
            return false;
        }

        length = form == 0 ? 0 : length;
        if (form is not (0 or 1 or 2 or 5) || length > (ulong)bytes.Length)
        {
            return false;
        }

        content = bytes[..(int)length];
        bytes = bytes[(int)length..];
        return true;
    }
}

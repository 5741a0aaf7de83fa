using Guildhall.Tests.Hosting;

namespace Guildhall.Tests.Fuzzing;

/// <summary>A binary form of fields in fields, each with its length: changed so that the lengths stay right, what is changed is read, and not refused at once.</summary>
internal abstract class Tlv
{
    public static readonly Tlv Protobuf = new ProtobufTlv();
    public static readonly Tlv Der = new DerTlv();

    private static readonly int[] Times = [2, 10, 60, 150, 1000, 20_000, 200_000];

    public byte[] Change(byte[] input, Dice dice, int depth = 0)
    {
        if (TryRead(input) is not { Count: > 0 } fields)
        {
            return Changed(input, dice);
        }

        var at = dice.Throw(0, fields.Count);
        if (fields[at].Content is { } content && dice.Throw(0, 4) > 0 && depth < 20)
        {
            fields[at] = fields[at] with { Content = Change(content, dice, depth + 1) };
            return Write(fields);
        }

        switch (dice.Throw(0, 7))
        {
            case 0:
                fields.RemoveAt(at);
                break;
            case 1:
                fields.InsertRange(at, Enumerable.Repeat(fields[at], Math.Min(Mutator.Pick(Times, dice), Mutator.MaxLength / (Write([fields[at]]).Length + 1))));
                break;
            case 2:
                fields[at] = fields[at] with { Tag = (ulong)dice.Throw(0, 256) };
                break;
            case 3:
                fields.Insert(dice.Throw(0, fields.Count), fields[at]);
                break;
            case 4:
                fields[at] = Nested(fields[at], Mutator.Pick(Times, dice));
                break;
            case 5:
                fields.AddRange(Strange(dice, Mutator.Pick(Times, dice)));
                break;
            default:
                fields[at] = fields[at] with { Content = fields[at].Content is { } old ? Changed(old, dice) : null, Number = (ulong)dice.Throw(0, int.MaxValue) };
                break;
        }

        return Write(fields);
    }

    protected abstract List<Field>? TryRead(ReadOnlySpan<byte> input);

    protected abstract byte[] Write(IReadOnlyList<Field> fields);

    /// <summary>Fields that no schema knows.</summary>
    protected abstract IEnumerable<Field> Strange(Dice dice, int count);

    private static byte[] Changed(byte[] content, Dice dice) => dice.Throw(0, 4) switch
    {
        0 => [],
        1 => Mutator.Repeated([(byte)dice.Throw(0, 256)], Mutator.Pick(Times, dice)),
        2 when content.Length > 0 => [.. content.AsSpan(0, content.Length - 1), (byte)dice.Throw(0, 256)],
        _ => [.. content, .. content],
    };

    private Field Nested(Field field, int times)
    {
        for (var i = 0; i < Math.Min(times, 1000) && field.Content is { Length: < Mutator.MaxLength / 2 }; i++)
        {
            field = field with { Content = Write([field]) };
        }

        return field;
    }

    /// <param name="Tag">With what says how the content is written.</param>
    /// <param name="Content">Null for a plain number.</param>
    protected readonly record struct Field(ulong Tag, ulong Number, byte[]? Content);
}

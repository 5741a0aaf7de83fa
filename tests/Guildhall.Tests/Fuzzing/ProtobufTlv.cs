using Guildhall.Tests.Hosting;

namespace Guildhall.Tests.Fuzzing;

/// <summary>Protobuf's wire format.</summary>
internal sealed class ProtobufTlv : Tlv
{
    protected override List<Field>? TryRead(ReadOnlySpan<byte> input)
    {
        var fields = new List<Field>();
        while (!input.IsEmpty)
        {
            if (TryReadNumber(ref input) is not { } tag || tag >> 3 == 0)
            {
                return null;
            }

            var length = (tag & 7) switch { 0 => 0, 1 => 8, 2 => -1, 5 => 4, _ => -2 };
            var number = length is 0 or -1 ? TryReadNumber(ref input) : (ulong)length;
            if (length == -2 || number is not { } size)
            {
                return null;
            }

            if (length == 0)
            {
                fields.Add(new Field(tag, size, null));
                continue;
            }

            if (size > (ulong)input.Length)
            {
                return null;
            }

            fields.Add(new Field(tag, 0, input[..(int)size].ToArray()));
            input = input[(int)size..];
        }

        return fields;
    }

    protected override byte[] Write(IReadOnlyList<Field> fields)
    {
        using var bytes = new MemoryStream();
        foreach (var field in fields)
        {
            WriteNumber(bytes, field.Tag);
            if (field.Content is null)
            {
                WriteNumber(bytes, field.Number);
            }
            else
            {
                if ((field.Tag & 7) == 2)
                {
                    WriteNumber(bytes, (ulong)field.Content.Length);
                }

                bytes.Write(field.Content);
            }
        }

        return bytes.ToArray();
    }

    protected override IEnumerable<Field> Strange(Dice dice, int count)
    {
        var first = (ulong)dice.Throw(16, 2000);
        return Enumerable.Range(0, count).Select(i => new Field((first + (ulong)i) << 3, 0, null)).ToList();
    }

    private static ulong? TryReadNumber(ref ReadOnlySpan<byte> input)
    {
        ulong number = 0;
        for (var i = 0; i < Math.Min(10, input.Length); i++)
        {
            number |= (ulong)(input[i] & 0x7f) << (7 * i);
            if (input[i] < 0x80)
            {
                input = input[(i + 1)..];
                return number;
            }
        }

        return null;
    }

    private static void WriteNumber(MemoryStream bytes, ulong number)
    {
        for (; number >= 0x80; number >>= 7)
        {
            bytes.WriteByte((byte)(number | 0x80));
        }

        bytes.WriteByte((byte)number);
    }
}

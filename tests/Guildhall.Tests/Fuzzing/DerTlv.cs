using Guildhall.Tests.Hosting;

namespace Guildhall.Tests.Fuzzing;

/// <summary>DER, in which certificates and revocation lists are written.</summary>
internal sealed class DerTlv : Tlv
{
    protected override List<Field>? TryRead(ReadOnlySpan<byte> input)
    {
        var fields = new List<Field>();
        while (!input.IsEmpty)
        {
            if (input.Length < 2)
            {
                return null;
            }

            var (tag, length, head) = (input[0], (int)input[1], 2);
            if (length > 0x80 && length <= 0x83 && input.Length >= 2 + (length & 0x7f))
            {
                head += length & 0x7f;
                length = 0;
                foreach (var part in input[2..head])
                {
                    length = (length << 8) | part;
                }
            }
            else if (length >= 0x80)
            {
                return null;
            }

            if (length > input.Length - head)
            {
                return null;
            }

            fields.Add(new Field(tag, 0, input.Slice(head, length).ToArray()));
            input = input[(head + length)..];
        }

        return fields;
    }

    protected override byte[] Write(IReadOnlyList<Field> fields)
    {
        using var bytes = new MemoryStream();
        foreach (var (tag, _, content) in fields)
        {
            var length = content?.Length ?? 0;
            bytes.WriteByte((byte)tag);
            bytes.Write(length switch
            {
                < 0x80 => [(byte)length],
                < 0x100 => [0x81, (byte)length],
                < 0x10000 => [0x82, (byte)(length >> 8), (byte)length],
                _ => [0x83, (byte)(length >> 16), (byte)(length >> 8), (byte)length],
            });
            bytes.Write(content);
        }

        return bytes.ToArray();
    }

    protected override IEnumerable<Field> Strange(Dice dice, int count)
    {
        var tag = (ulong)dice.Throw(0, 256);
        return Enumerable.Range(0, count).Select(i => new Field(tag, 0, [(byte)i])).ToList();
    }
}

using Google.Protobuf.Reflection;

namespace Guildhall.Fabric;

/// <summary>Counts what a message is made of before it is made.</summary>
/// <remarks>
/// Two bytes can be an object of hundreds, so that the length of a message says little about the memory that it takes: 1 MB of empty groups of a
/// configuration is 80 MB of them. A channel of a thousand organizations has some twenty thousand elements.
/// </remarks>
internal static class WireBudget
{
    public const int MaxElements = 50_000;
    private const int MaxDepth = 100; // where the reader of messages stops by itself

    /// <summary>Whether the message has too many elements. What is malformed is left to the reader of messages to complain about.</summary>
    public static bool IsExceeded(MessageDescriptor type, ReadOnlySpan<byte> bytes)
    {
        var left = MaxElements;
        Count(type, bytes, ref left, depth: 0);
        return left < 0;
    }

    private static void Count(MessageDescriptor type, ReadOnlySpan<byte> bytes, ref int left, int depth)
    {
        while (!bytes.IsEmpty && left >= 0 && TryReadNumber(ref bytes, out var tag))
        {
            left--;
            ulong length;
            switch (tag & 7)
            {
                case 0:
                    length = 0;
                    if (!TryReadNumber(ref bytes, out _))
                    {
                        return;
                    }

                    break;
                case 1:
                    length = sizeof(ulong);
                    break;
                case 2 when TryReadNumber(ref bytes, out length):
                    break;
                case 5:
                    length = sizeof(uint);
                    break;
                default:
                    return;
            }

            length = Math.Min(length, (ulong)bytes.Length); // what is cut off is made too, up to where it ends
            if ((tag & 7) == 2 && depth < MaxDepth && type.FindFieldByNumber((int)(tag >> 3)) is { FieldType: FieldType.Message } field)
            {
                Count(field.MessageType, bytes[..(int)length], ref left, depth + 1);
            }

            bytes = bytes[(int)length..];
        }
    }

    /// <summary>Takes a number of seven bits a byte (varint) off the front; false where the bytes end within it, or it is longer than one can be.</summary>
    internal static bool TryReadNumber(ref ReadOnlySpan<byte> bytes, out ulong number)
    {
        number = 0;
        for (var i = 0; i < bytes.Length && i < 10; i++)
        {
            number |= (ulong)(bytes[i] & 0x7f) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}

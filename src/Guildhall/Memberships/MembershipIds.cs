using System.Security.Cryptography;

namespace Guildhall.Memberships;

/// <summary>Makes ids of memberships: UUIDs of version 7 that rise strictly, also within a millisecond. Safe for concurrent use.</summary>
public sealed class MembershipIds
{
    private const int CounterBits = 12;

    private long last;

    /// <summary>An id above every id made here before, however the clock is set.</summary>
    public string Next(DateTimeOffset now)
    {
        long before, next;
        do
        {
            before = Interlocked.Read(ref last);
            next = Math.Max(before + 1, now.ToUnixTimeMilliseconds() << CounterBits);
        }
        while (Interlocked.CompareExchange(ref last, next, before) != before);

        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes[8..]);
        var (milliseconds, counter) = (next >> CounterBits, (int)(next & ((1 << CounterBits) - 1)));
        for (var i = 0; i < 6; i++)
        {
            bytes[i] = (byte)(milliseconds >> (40 - (8 * i)));
        }

        bytes[6] = (byte)(0x70 | (counter >> 8));
        bytes[7] = (byte)counter;
        bytes[8] = (byte)(0x80 | (bytes[8] & 0x3f));
        return new Guid(bytes, bigEndian: true).ToString();
    }
}

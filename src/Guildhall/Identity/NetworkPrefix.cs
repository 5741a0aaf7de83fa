using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Guildhall.Identity;

/// <summary>The network that a limit per address counts for: one IPv4 address, or the network that an IPv6 host has to itself.</summary>
/// <remarks>
/// An IPv6 host chooses among the 2^64 addresses of its /64, and its provider may have given it all of a /48. An IPv4 address that is
/// written as an IPv6 one, by a socket for both or by a translator, is the IPv4 address.
/// </remarks>
[StructLayout(LayoutKind.Auto)]
public readonly record struct NetworkPrefix
{
    private const int HostBits = 64;
    private const int SiteBits = 48;
    private const int MaxBits = 128;

    /// <summary>64:ff9b::/96, as a translator in front of IPv6 servers writes IPv4 addresses (RFC 6052).</summary>
    private static readonly UInt128 Translated = new(0x0064_ff9b_0000_0000, 0);

    /// <summary>::ffff:0:0/96, as a socket for both writes them.</summary>
    private static readonly UInt128 Mapped = new(0, 0x0000_ffff_0000_0000);

    private readonly UInt128 bits;
    private readonly byte length;

    private NetworkPrefix(UInt128 bits, int length) => (this.bits, this.length) = (bits, (byte)length);

    /// <summary>The network of a host. A caller without an address, as over a pipe, is of the one nameless network.</summary>
    public static NetworkPrefix Of(IPAddress? address)
    {
        if (address is null)
        {
            return default;
        }

        Span<byte> bytes = stackalloc byte[16];
        if (!address.TryWriteBytes(bytes, out var count))
        {
            return default;
        }

        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return OfIPv4(BinaryPrimitives.ReadUInt32BigEndian(bytes[..count]));
        }

        var all = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        var first96 = all & ~(UInt128)uint.MaxValue;
        return first96 == Mapped || first96 == Translated ? OfIPv4((uint)all) : new NetworkPrefix(all, MaxBits).Cut(HostBits);
    }

    /// <summary>What one customer of a provider has: the /48 around an IPv6 network; an IPv4 address alone.</summary>
    public NetworkPrefix Site => IsIPv4 ? this : Cut(SiteBits);

    private bool IsIPv4 => length == MaxBits;

    /// <summary>The network as it is written in a configuration: 192.0.2.1/32, 2001:db8:0:1::/64.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, bits);
        return length == 0 ? "-" : IsIPv4 ? $"{new IPAddress(bytes[12..])}/32" : $"{new IPAddress(bytes)}/{length}";
    }

    private static NetworkPrefix OfIPv4(uint address) => new(Mapped | address, MaxBits);

    private NetworkPrefix Cut(int to) => length <= to ? this : new(bits & (UInt128.MaxValue << (MaxBits - to)), to);
}

using System.Net;
using System.Net.Sockets;

namespace Guildhall.Destinations;

/// <summary>What kind of place an address is, as far as it matters who may have this server connect to it.</summary>
public enum AddressKind
{
    Public,

    /// <summary>Of networks that are nobody's in particular: 10/8, 172.16/12, 192.168/16, fc00::/7.</summary>
    Private,

    /// <summary>Behind a provider's translation, and in some overlay networks: 100.64/10.</summary>
    Shared,
    Loopback,
    LinkLocal,

    /// <summary>Where clouds hand credentials to whoever asks from the machine.</summary>
    Metadata,

    /// <summary>No server has it: unspecified, multicast, broadcast, documentation, reserved.</summary>
    Reserved,
}

/// <summary>Tells the kind of an address, also of one that is written inside of another.</summary>
internal static class AddressKinds
{
    private static readonly (string Network, AddressKind Kind)[] Table =
    [
        ("169.254.169.254/32", AddressKind.Metadata), // nearly every cloud
        ("169.254.170.0/24", AddressKind.Metadata), // credentials of containers and pods
        ("100.100.100.200/32", AddressKind.Metadata),
        ("192.0.0.192/32", AddressKind.Metadata),
        ("168.63.129.16/32", AddressKind.Metadata),
        ("fd00:ec2::/32", AddressKind.Metadata),
        ("fd20:ce::254/128", AddressKind.Metadata),
        ("0.0.0.0/8", AddressKind.Reserved),
        ("10.0.0.0/8", AddressKind.Private),
        ("100.64.0.0/10", AddressKind.Shared),
        ("127.0.0.0/8", AddressKind.Loopback),
        ("169.254.0.0/16", AddressKind.LinkLocal),
        ("172.16.0.0/12", AddressKind.Private),
        ("192.0.0.0/24", AddressKind.Reserved),
        ("192.0.2.0/24", AddressKind.Reserved),
        ("192.88.99.0/24", AddressKind.Reserved),
        ("192.168.0.0/16", AddressKind.Private),
        ("198.18.0.0/15", AddressKind.Reserved),
        ("198.51.100.0/24", AddressKind.Reserved),
        ("203.0.113.0/24", AddressKind.Reserved),
        ("224.0.0.0/3", AddressKind.Reserved), // multicast, the rest, and broadcast
        ("0.0.0.0/0", AddressKind.Public),
        ("::1/128", AddressKind.Loopback),
        ("fc00::/7", AddressKind.Private),
        ("fe80::/10", AddressKind.LinkLocal),
        ("2001:db8::/32", AddressKind.Reserved),
        ("2001::/23", AddressKind.Reserved),
        ("3fff::/20", AddressKind.Reserved),
        ("2000::/3", AddressKind.Public),
        ("::/0", AddressKind.Reserved),
    ];

    private static readonly (IPNetwork Network, AddressKind Kind)[] Known = [.. Table.Select(row => (IPNetwork.Parse(row.Network), row.Kind))];

    /// <summary>Addresses of version 6 that carry one of version 4, to which a translator or a tunnel leads; and at which byte.</summary>
    private static readonly (IPNetwork Network, int At)[] Carriers =
    [
        (IPNetwork.Parse("::ffff:0:0:0/96"), 12), // translated
        (IPNetwork.Parse("::/96"), 12), // compatible
        (IPNetwork.Parse("64:ff9b::/96"), 12), // NAT64
        (IPNetwork.Parse("2002::/16"), 2), // 6to4
    ];

    /// <summary>The address that is meant: what another one carries, or itself.</summary>
    public static IPAddress Meant(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || IPAddress.IPv6Loopback.Equals(address) || IPAddress.IPv6Any.Equals(address))
        {
            return address;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        var bytes = address.GetAddressBytes();
        foreach (var (network, at) in Carriers)
        {
            if (network.Contains(address))
            {
                return new IPAddress(bytes.AsSpan(at, 4));
            }
        }

        // ISATAP has it behind 0:5efe or 200:5efe, in whatever network.
        return (bytes[8] & 0xfd, bytes[9], bytes[10], bytes[11]) == (0, 0, 0x5e, 0xfe) ? new IPAddress(bytes.AsSpan(12, 4)) : address;
    }

    public static AddressKind Of(IPAddress address)
    {
        var meant = Meant(address);
        return Known.First(row => row.Network.BaseAddress.AddressFamily == meant.AddressFamily && row.Network.Contains(meant)).Kind;
    }
}

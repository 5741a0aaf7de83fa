using System.Collections.Immutable;
using System.Net;

namespace Guildhall.Destinations;

/// <summary>To which addresses a tenant may have this server connect.</summary>
/// <param name="Setting">Where the operator says so; named to whoever is refused.</param>
/// <param name="Kinds">Every address of these kinds.</param>
/// <param name="Networks">And every address in these.</param>
public sealed record DestinationPolicy(string Setting, ImmutableHashSet<AddressKind> Kinds, ImmutableArray<IPNetwork> Networks)
{
    /// <summary>Below it, services listen that anybody expects there; none of them is an orderer, a peer or a webhook, but for the port of HTTPS.</summary>
    private const int FirstPort = 1024;

    private const int Https = 443;

    /// <summary>The kinds that a setting can name.</summary>
    public static readonly ImmutableSortedDictionary<string, AddressKind> Names = new Dictionary<string, AddressKind>
    {
        ["public"] = AddressKind.Public,
        ["private"] = AddressKind.Private,
        ["shared"] = AddressKind.Shared,
        ["loopback"] = AddressKind.Loopback,
        ["link-local"] = AddressKind.LinkLocal,
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>Nodes of Fabric networks, where the operator says nothing else.</summary>
    public static DestinationPolicy Nodes { get; } = new("fabric.destinations", [AddressKind.Public, AddressKind.Private], []);

    /// <summary>Why the address is not connected to, in words that tell neither it nor what is there; null when it is.</summary>
    public string? WhyNot(IPAddress address, int port)
    {
        var (kind, meant) = (AddressKinds.Of(address), AddressKinds.Meant(address));
        var isNamed = Networks.Any(network => network.Contains(address) || network.Contains(meant));
        if (!isNamed && !Kinds.Contains(kind))
        {
            return $"is {Words(kind)}, to which this Guildhall does not connect; its operator can open such addresses with {Setting}";
        }

        return port is >= FirstPort or Https ? null : $"has port {port}, to which this Guildhall does not connect: use {Https}, or one from {FirstPort} on";
    }

    private static string Words(AddressKind kind) => kind switch
    {
        AddressKind.Public => "a public address",
        AddressKind.Private => "an address in a private network",
        AddressKind.Shared => "an address in the shared network 100.64.0.0/10",
        AddressKind.Loopback => "a loopback address",
        AddressKind.LinkLocal => "a link-local address",
        AddressKind.Metadata => "an address at which clouds keep credentials",
        _ => "a reserved address",
    };
}

using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using YamlDotNet.RepresentationModel;

namespace Guildhall.Fabric;

/// <summary>A connection profile, the file in which Fabric's users describe a network to programs: JSON or YAML.</summary>
/// <remarks>Of it organizations, orderers, peers and channels are read. What programs are to do with it (timeouts, wallets) is passed over.</remarks>
public sealed record ConnectionProfile(
    string Name,
    string? ClientOrganization,
    ImmutableArray<ProfileOrganization> Organizations,
    ImmutableArray<ProfileNode> Orderers,
    ImmutableArray<ProfileNode> Peers,
    ImmutableArray<ProfileChannel> Channels)
{
    /// <summary>The most orderers and peers together: each is connected to.</summary>
    public const int MaxNodes = 100;

    /// <summary>The most organizations, and the most channels.</summary>
    public const int MaxNames = 500;

    /// <summary>The most authorities of one node's TLS certificate: root and intermediates, the old and the new ones while they change.</summary>
    public const int MaxAuthorities = 20;

    private const int MaxCertificates = 100; // that are read before they are counted

    /// <param name="readFile">Reads a certificate that the profile names by path; null where paths are not to be followed, as with a profile that a caller sent.</param>
    /// <exception cref="FormatException">It is no connection profile; the message says what is wrong with it, and where.</exception>
    public static ConnectionProfile Parse(string text, Func<string, string>? readFile = null)
    {
        var root = YamlText.Read(text, "The connection profile");
        Bound(root, MaxNames, "organizations");
        Bound(root, MaxNames, "channels");
        Bound(root, MaxNodes, "orderers", "peers");
        var profile = new ConnectionProfile(
            root.Text("name") ?? "",
            root.Map("client")?.Text("organization"),
            [.. root.Entries("organizations").Select(Organization)],
            [.. root.Entries("orderers").Select(entry => Node("orderers", entry, readFile))],
            [.. root.Entries("peers").Select(entry => Node("peers", entry, readFile))],
            [.. root.Entries("channels").Select(Channel)]);
        return profile.Organizations.IsEmpty ? throw new FormatException("The connection profile names no organization: add \"organizations\" with an mspid each.") : profile;
    }

    /// <summary>The peers of an organization, by its MSP id.</summary>
    public ImmutableArray<ProfileNode> PeersOf(string mspId) =>
        [.. Organizations.Where(one => one.MspId == mspId).SelectMany(one => one.Peers).Distinct().SelectMany(name => Peers.Where(peer => peer.Name == name))];

    /// <summary>Counted before any of them is read.</summary>
    private static void Bound(YamlMappingNode root, int most, params string[] sections)
    {
        if (sections.Sum(section => root.Entries(section).Count()) is var count && count > most)
        {
            throw new FormatException($"The connection profile names {count} {string.Join(" and ", sections)}; at most {most} are read.");
        }
    }

    private static ProfileOrganization Organization((string Name, YamlNode Value) entry)
    {
        var map = Map("organizations", entry);
        return map.Text("mspid") is { Length: > 0 } id
            ? new ProfileOrganization(entry.Name, id, Names(map, "peers"))
            : throw new FormatException($"The connection profile's organizations.{entry.Name} has no mspid.");
    }

    private static ProfileChannel Channel((string Name, YamlNode Value) entry)
    {
        var map = Map("channels", entry);
        return new ProfileChannel(entry.Name, Names(map, "orderers"), [.. map.Entries("peers").Select(peer => peer.Name)]);
    }

    private static ProfileNode Node(string section, (string Name, YamlNode Value) entry, Func<string, string>? readFile)
    {
        var (map, at) = (Map(section, entry), $"{section}.{entry.Name}");
        var url = map.Text("url") ?? throw new FormatException($"The connection profile's {at} has no url.");
        var options = map.Map("grpcOptions");
        var name = options?.Text("ssl-target-name-override") ?? options?.Text("hostnameOverride");
        if (name is { Length: > 0 } && Uri.CheckHostName(name) == UriHostNameType.Unknown)
        {
            throw new FormatException($"The connection profile's {at}.grpcOptions expects a name that no server can have.");
        }

        try
        {
            return new ProfileNode(entry.Name, NodeEndpoint.Parse(url) with { ServerName = name is "" ? null : name, TlsAuthorities = Authorities(map, at, readFile) });
        }
        catch (FormatException problem) when (problem.InnerException is null && problem.Message.StartsWith('"'))
        {
            throw new FormatException($"The connection profile's {at}.url: {problem.Message}", problem);
        }
    }

    private static ImmutableArray<X509Certificate2> Authorities(YamlMappingNode map, string at, Func<string, string>? readFile)
    {
        if (map.Map("tlsCACerts") is not { } certificates)
        {
            return [];
        }

        var text = string.Join('\n', certificates.List("pem").OfType<YamlScalarNode>().Select(pem => pem.Value).Prepend(certificates.Text("pem")));
        if (string.IsNullOrWhiteSpace(text) && certificates.Text("path") is { Length: > 0 } path)
        {
            text = readFile is null
                ? throw new FormatException($"The connection profile's {at}.tlsCACerts names the file {path}, which is not at hand here: put its text into tlsCACerts.pem.")
                : readFile(path);
        }

        try
        {
            var found = CertificateReader.ReadAll(text, MaxCertificates);
            return found.Count > MaxAuthorities
                ? throw new FormatException($"The connection profile's {at}.tlsCACerts holds {found.Count} certificates; at most {MaxAuthorities} are read.")
                : found.Count > 0 ? [.. found] : throw new FormatException($"The connection profile's {at}.tlsCACerts holds no certificate in PEM.");
        }
        catch (CryptographicException problem)
        {
            throw new FormatException($"The connection profile's {at}.tlsCACerts holds a certificate that cannot be read: {problem.Message}", problem);
        }
    }

    private static ImmutableArray<string> Names(YamlMappingNode map, string key) => [.. map.List(key).OfType<YamlScalarNode>().Select(name => name.Value ?? "")];

    private static YamlMappingNode Map(string section, (string Name, YamlNode Value) entry) =>
        entry.Value as YamlMappingNode ?? throw new FormatException($"The connection profile's {section}.{entry.Name} is not an object.");
}

/// <param name="Peers">The names of its peers.</param>
public sealed record ProfileOrganization(string Name, string MspId, ImmutableArray<string> Peers);

/// <summary>An orderer or a peer.</summary>
public sealed record ProfileNode(string Name, NodeEndpoint Endpoint);

public sealed record ProfileChannel(string Name, ImmutableArray<string> Orderers, ImmutableArray<string> Peers);

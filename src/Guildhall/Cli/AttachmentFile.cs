using System.Collections.Immutable;
using Guildhall.Networks;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Guildhall.Cli;

/// <summary>Reads the file that says where an attachment's parts are: YAML or JSON, its paths from its own folder.</summary>
internal sealed class AttachmentFile
{
    public const string Example = """
        profile: connection.yaml
        organizations:
          organization:                  # as the service calls it
            msp_id: Org1MSP
            msp: org1/msp                # the folder with cacerts, tlscacerts and config.yaml
            administrator:               # leave it out when its administrators sign for themselves
              certificate: org1/admin/signcerts/cert.pem
              key: org1/admin/keystore/key.pem   # or key_name, as the signing program calls it
            client:                      # leave it out to read and submit as the administrator
              certificate: org1/client/signcerts/cert.pem
              key: org1/client/keystore/key.pem
              tls:                       # leave it out unless orderers and peers ask for a client certificate
                certificate: org1/client/tls/client.crt
                key: org1/client/tls/client.key
        """;

    private static readonly string[] MspFolders = ["cacerts", "intermediatecerts", "admincerts", "crls", "tlscacerts", "tlsintermediatecerts"];

    private readonly string folder;

    private AttachmentFile(string folder) => this.folder = folder;

    /// <exception cref="OperatorException">The file, or one that it names, cannot be read or understood.</exception>
    public static AttachmentRequest Read(string path)
    {
        var file = new AttachmentFile(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var root = Parse(path);
        Known(root, "", "profile", "organizations");
        var profile = file.PathOf(root, "", "profile");
        var organizations = Child(root, "organizations") as YamlMappingNode ?? throw Wrong("organizations is missing: name each organization of the service under it.");
        return new AttachmentRequest(Text(profile), [.. organizations.Children.Select(entry => file.ReadOrganization($"{entry.Key}", entry.Value))])
        {
            ReadFile = named => Text(Found(named, Path.GetDirectoryName(profile)!)),
        };
    }

    private OrganizationFiles ReadOrganization(string name, YamlNode node)
    {
        var at = $"organizations.{name}.";
        var map = Map(node, at);
        Known(map, at, "msp_id", "msp", "administrator", "client");
        return new OrganizationFiles(name, Word(map, at, "msp_id"), ReadMsp(PathOf(map, at, "msp")), ReadIdentity(map, at, "administrator"), ReadIdentity(map, at, "client"));
    }

    private GivenIdentity? ReadIdentity(YamlMappingNode organization, string above, string role)
    {
        if (Child(organization, role) is not { } node)
        {
            return null;
        }

        var at = $"{above}{role}.";
        var map = Map(node, at);
        Known(map, at, "certificate", "key", "key_name", "tls");
        var keyName = Child(map, "key_name") is null ? null : Word(map, at, "key_name");
        if ((keyName is null) == (Child(map, "key") is null))
        {
            throw Wrong($"{at}key or {at}key_name is needed, and not both.");
        }

        if (keyName is not null && !GivenIdentity.IsKeyName(keyName))
        {
            throw Wrong($"{at}key_name {GivenIdentity.KeyNameRule}.");
        }

        return new GivenIdentity(Text(PathOf(map, at, "certificate")), keyName is null ? Text(PathOf(map, at, "key")) : null, keyName) { Tls = ReadTls(map, $"{at}tls.") };
    }

    private GivenTlsCertificate? ReadTls(YamlMappingNode identity, string at)
    {
        if (Child(identity, "tls") is not { } node)
        {
            return null;
        }

        var map = Map(node, at);
        Known(map, at, "certificate", "key");
        return new GivenTlsCertificate(Text(PathOf(map, at, "certificate")), Text(PathOf(map, at, "key")));
    }

    /// <remarks>Of the folder nothing else is read: neither its keys nor its own certificates are anybody's business here.</remarks>
    private static ImmutableArray<(string Path, string Text)> ReadMsp(string msp)
    {
        if (!Directory.Exists(msp))
        {
            throw Wrong($"There is no MSP folder {msp}.");
        }

        var files = MspFolders.Select(name => Path.Combine(msp, name)).Where(Directory.Exists).SelectMany(Directory.EnumerateFiles).Order(StringComparer.Ordinal)
            .Select(file => ($"{Path.GetFileName(Path.GetDirectoryName(file))}/{Path.GetFileName(file)}", Text(file)));
        var configuration = Path.Combine(msp, "config.yaml");
        return [.. files, .. File.Exists(configuration) ? [("config.yaml", Text(configuration))] : Array.Empty<(string, string)>()];
    }

    private static YamlMappingNode Parse(string path)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(Text(path)));
            return stream.Documents.Count == 1 && stream.Documents[0].RootNode is YamlMappingNode map ? map : throw Wrong($"{path} is no attachment file. It looks like this:\n{Example}");
        }
        catch (YamlException problem)
        {
            throw Wrong($"{path} is neither YAML nor JSON: line {problem.Start.Line}, column {problem.Start.Column}: {problem.Message}");
        }
    }

    private static void Known(YamlMappingNode map, string at, params string[] keys)
    {
        if (map.Children.Keys.Select(key => $"{key}").FirstOrDefault(key => !keys.Contains(key)) is { } unknown)
        {
            throw Wrong($"{at}{unknown} is not known there; {string.Join(", ", keys)} are.");
        }
    }

    private static YamlNode? Child(YamlMappingNode map, string key) => map.Children.TryGetValue(new YamlScalarNode(key), out var child) ? child : null;

    private static YamlMappingNode Map(YamlNode node, string at) => node as YamlMappingNode ?? throw Wrong($"{at.TrimEnd('.')} must be a mapping, as in\n{Example}");

    private static string Word(YamlMappingNode map, string at, string key) =>
        (Child(map, key) as YamlScalarNode)?.Value is { Length: > 0 } word ? word : throw Wrong($"{at}{key} is missing.");

    private string PathOf(YamlMappingNode map, string at, string key) => Path.Combine(folder, Word(map, at, key));

    /// <summary>A path in a connection profile: from its folder, or from where the command runs, as different tools have it.</summary>
    private static string Found(string named, string folder) => Path.Combine(folder, named) is var beside && File.Exists(beside) ? beside : Path.GetFullPath(named);

    private static string Text(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw Wrong($"{path} cannot be read: {problem.Message}");
        }
    }

    private static OperatorException Wrong(string message) => new(message);
}

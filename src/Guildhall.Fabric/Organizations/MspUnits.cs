using Google.Protobuf;
using Guildhall.Fabric.Messages;
using YamlDotNet.RepresentationModel;

namespace Guildhall.Fabric;

/// <summary>An MSP folder's config.yaml: the organizational units that tell roles apart, and those that members must bear.</summary>
internal static class MspUnits
{
    public static void Read(FabricMSPConfig msp, string yaml, IReadOnlyDictionary<string, byte[]> files)
    {
        var root = YamlText.Read(yaml, "config.yaml");
        foreach (var entry in root.List("OrganizationalUnitIdentifiers").OfType<YamlMappingNode>())
        {
            msp.OrganizationalUnitIdentifiers.Add(Unit(entry, files));
        }

        if (root.Map("NodeOUs") is not { } nodes)
        {
            return;
        }

        msp.FabricNodeOus = new FabricNodeOUs
        {
            Enable = nodes.Text("Enable") is "true" or "True" or "TRUE",
            ClientOuIdentifier = UnitOf(nodes, "ClientOUIdentifier", files),
            PeerOuIdentifier = UnitOf(nodes, "PeerOUIdentifier", files),
            AdminOuIdentifier = UnitOf(nodes, "AdminOUIdentifier", files),
            OrdererOuIdentifier = UnitOf(nodes, "OrdererOUIdentifier", files),
        };
        if (!msp.FabricNodeOus.Enable)
        {
            msp.FabricNodeOus = null; // as Fabric's own tools do
        }
    }

    private static FabricOUIdentifier? UnitOf(YamlMappingNode nodes, string name, IReadOnlyDictionary<string, byte[]> files) =>
        nodes.Map(name) is { } entry ? Unit(entry, files) : null;

    private static FabricOUIdentifier Unit(YamlMappingNode entry, IReadOnlyDictionary<string, byte[]> files) => new()
    {
        OrganizationalUnitIdentifier = entry.Text("OrganizationalUnitIdentifier") ?? "",
        Certificate = entry.Text("Certificate") is { Length: > 0 } path ? Named(path, files) : ByteString.Empty,
    };

    private static ByteString Named(string path, IReadOnlyDictionary<string, byte[]> files) =>
        files.TryGetValue(path, out var content)
            ? MspFiles.Certificate(path, content)
            : throw new FormatException($"config.yaml names the certificate {path}, which the MSP folder does not hold.");
}

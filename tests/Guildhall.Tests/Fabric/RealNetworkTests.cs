using System.Text.Json.Nodes;
using Google.Protobuf;
using Guildhall.Fabric;
using Guildhall.Tests.Hosting;
using ConfigUpdate = Guildhall.Fabric.Messages.ConfigUpdate;

namespace Guildhall.Tests.Fabric;

/// <summary>One at a time: each starts programs that take the machine.</summary>
[Collection(nameof(RealNetworkTests))]
public sealed class RealNetworkTests : FabricNetworkCases
{
    private protected override async Task<FabricNetwork> StartAsync(NetworkPlan plan) => await RealNetwork.StartAsync(plan);

    /// <remarks>With GUILDHALL_RENEW=1 it also keeps what it saw, for <see cref="RecordedTests"/>.</remarks>
    [Fact]
    public async Task Our_difference_is_the_one_that_Fabrics_own_tool_computes()
    {
        await using var network = await RealNetwork.StartAsync(new NetworkPlan("Org1MSP", "Org2MSP"));
        Assert.SkipUnless(File.Exists(Path.Combine(RealNetwork.Programs!, "configtxlator")), "The folder of Fabric's programs holds no configtxlator.");
        using var orderers = network.Connect();
        var org3 = new TestOrganization("Org3MSP");
        var add = new ChannelChange { Add = [org3.Joining] };
        var remove = new ChannelChange { Remove = ["Org2MSP"] };
        var anchors = new ChannelChange { AnchorPeers = new ChannelChange().AnchorPeers.Add("Org1MSP", [new AnchorPeer("peer0.org1", 7051)]) };

        var current = await ReadAsync(network, orderers);
        foreach (var (name, change) in new[] { ("add", add), ("remove", remove), ("anchors", anchors) })
        {
            var theirs = await ToolsUpdateAsync(current, change);
            Assert.Equal(ConfigUpdate.Parser.ParseFrom(theirs), PreparedUpdate.For(current, change)!.Message);
            Recording.Keep($"{name}.update", theirs);
        }

        Recording.Keep("two-organizations.block", await orderers.ReadBlockAsync(FabricNetwork.Channel, current.Block!.Value, network.Org1.Admin, default));
        Recording.Keep("org3.msp", org3.Msp.ToBytes());
    }

    [Fact]
    public async Task An_organization_is_shown_as_Fabrics_own_tool_shows_it()
    {
        await using var network = await RealNetwork.StartAsync(new NetworkPlan("Org1MSP", "Org2MSP"));
        using var orderers = network.Connect();
        var current = await ReadAsync(network, orderers);
        using var folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(folder.File("config"), current.ToBytes());
        await RealNetwork.RunAsync("configtxlator", folder.Path, new Dictionary<string, string>(), "proto_decode", "--type", "common.Config", "--input", "config", "--output", "config.json");
        var theirs = JsonNode.Parse(await File.ReadAllTextAsync(folder.File("config.json")))!["channel_group"]!["groups"]!["Application"]!["groups"]!["Org2MSP"]!;

        var ours = Assert.Single(ElementDifference.Of(current, new ChannelChange { Remove = ["Org2MSP"] })).Before!;

        Assert.Equal(Sorted(WithoutEmpties(theirs)).ToJsonString(), Sorted(WithoutEmpties(ours)).ToJsonString());
    }

    /// <summary>The tool shows what is empty as null in 2.5, and in 3 as an empty text.</summary>
    private static JsonNode WithoutEmpties(JsonNode node)
    {
        foreach (var name in (node as JsonObject)?.Where(member => member.Value is null || (member.Value is JsonValue text && text.ToJsonString() == "\"\"")).Select(member => member.Key).ToArray() ?? [])
        {
            node.AsObject().Remove(name);
        }

        foreach (var below in node is JsonObject members ? members.Select(member => member.Value) : node as IEnumerable<JsonNode?> ?? [])
        {
            WithoutEmpties(below!);
        }

        return node;
    }

    private static JsonNode Sorted(JsonNode node) => node switch
    {
        JsonObject members => new JsonObject(members.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => KeyValuePair.Create(one.Key, (JsonNode?)Sorted(one.Value!)))),
        JsonArray items => new JsonArray([.. items.Select(item => Sorted(item!))]),
        _ => node.DeepClone(),
    };

    private static async Task<byte[]> ToolsUpdateAsync(ChannelConfiguration current, ChannelChange change)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(folder.File("before"), current.ToBytes());
        await File.WriteAllBytesAsync(folder.File("after"), change.ApplyTo(current).ToByteArray());
        await RealNetwork.RunAsync(
            "configtxlator",
            folder.Path,
            new Dictionary<string, string>(),
            "compute_update",
            "--channel_id",
            current.Channel,
            "--original",
            "before",
            "--updated",
            "after",
            "--output",
            "update");
        return await File.ReadAllBytesAsync(folder.File("update"));
    }
}

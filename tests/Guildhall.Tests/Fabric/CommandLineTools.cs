using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Guildhall.Fabric;
using Guildhall.Tests.Hosting;

namespace Guildhall.Tests.Fabric;

/// <summary>A change of a channel as Fabric's documentation has people make it: with peer and configtxlator, a file from one to the next.</summary>
/// <param name="note">Is told how long the commands of each step took. Editing the file in between is not counted.</param>
internal sealed class CommandLineTools(FabricNetwork network, Action<string, TimeSpan> note) : IDisposable
{
    private const string Channel = FabricNetwork.Channel;
    private readonly TemporaryFolder folder = new();
    private string step = "";

    /// <summary>Makes the change in the first organization's name; the others sign as well.</summary>
    public async Task ChangeAsync(Action<JsonObject> editOrganizations, params TestOrganization[] signers)
    {
        File.WriteAllText(folder.File("core.yaml"), RealNetworkFiles.Peer);
        File.WriteAllText(folder.File("tls.pem"), network.OrdererOrganization.TlsAuthority.Pem);
        step = "ReadChannel";
        await PeerAsync(signers[0], "channel", "fetch", "config", "block.pb", "-c", Channel);
        await TranslateAsync("proto_decode", "--type", "common.Block", "--input", "block.pb", "--output", "block.json");

        var config = JsonNode.Parse(File.ReadAllText(folder.File("block.json")))!["data"]!["data"]![0]!["payload"]!["data"]!["config"]!;
        File.WriteAllText(folder.File("before.json"), config.ToJsonString());
        editOrganizations(config["channel_group"]!["groups"]!["Application"]!["groups"]!.AsObject());
        File.WriteAllText(folder.File("after.json"), config.ToJsonString());

        step = "Preparation";
        await TranslateAsync("proto_encode", "--type", "common.Config", "--input", "before.json", "--output", "before.pb");
        await TranslateAsync("proto_encode", "--type", "common.Config", "--input", "after.json", "--output", "after.pb");
        await TranslateAsync("compute_update", "--channel_id", Channel, "--original", "before.pb", "--updated", "after.pb", "--output", "update.pb");
        await TranslateAsync("proto_decode", "--type", "common.ConfigUpdate", "--input", "update.pb", "--output", "update.json");
        File.WriteAllText(folder.File("envelope.json"), JsonSerializer.Serialize(new
        {
            payload = new { header = new { channel_header = new { channel_id = Channel, type = 2 } }, data = new { config_update = JsonNode.Parse(File.ReadAllText(folder.File("update.json"))) } },
        }));
        await TranslateAsync("proto_encode", "--type", "common.Envelope", "--input", "envelope.json", "--output", "envelope.pb");

        step = "Signatures";
        foreach (var signer in signers.Skip(1))
        {
            await PeerAsync(signer, "channel", "signconfigtx", "-f", "envelope.pb");
        }

        step = "UpdateChannel"; // signs for the first organization as well
        await PeerAsync(signers[0], "channel", "update", "-f", "envelope.pb", "-c", Channel);
        step = "Confirmation";
        do
        {
            await PeerAsync(signers[0], "channel", "fetch", "config", "made.pb", "-c", Channel); // the update's answer does not wait for its block
        }
        while (SequenceIn("made.pb") == SequenceIn("block.pb"));
    }

    /// <summary>Joins a peer to the channel.</summary>
    public async Task JoinAsync(TestOrganization organization, NodeEndpoint peer)
    {
        step = "Peers";
        File.WriteAllText(folder.File("peer-tls.pem"), organization.TlsAuthority.Pem);
        await PeerAsync(organization, "channel", "fetch", "0", "first.pb", "-c", Channel);
        await RunAsync("peer", SettingsOf(organization, peer), "channel", "join", "-b", "first.pb");
    }

    /// <summary>The organization as configtxlator shows it.</summary>
    public static JsonNode Show(ChannelConfiguration with, string mspId) =>
        ElementDifference.Of(with, new ChannelChange { Remove = [mspId] })[0].Before!.DeepClone();

    public void Dispose() => folder.Dispose();

    private ulong SequenceIn(string block) => ChannelConfiguration.FromBlock(File.ReadAllBytes(folder.File(block))).Sequence;

    private Task PeerAsync(TestOrganization organization, params string[] arguments)
    {
        string[] toOrderer = ["-o", network.Orderer.Address.Authority, "--tls", "--cafile", folder.File("tls.pem")];
        return RunAsync("peer", SettingsOf(organization, null), [.. arguments, .. arguments[1] == "signconfigtx" ? [] : toOrderer]);
    }

    private Task TranslateAsync(params string[] arguments) => RunAsync("configtxlator", [], arguments);

    private async Task RunAsync(string tool, Dictionary<string, string> settings, params string[] arguments)
    {
        var begun = Stopwatch.GetTimestamp();
        await RealNetwork.RunAsync(tool, folder.Path, settings, arguments);
        note(step, Stopwatch.GetElapsedTime(begun));
    }

    private Dictionary<string, string> SettingsOf(TestOrganization organization, NodeEndpoint? peer)
    {
        var msp = folder.File(organization.MspId);
        if (!Directory.Exists(msp))
        {
            organization.WriteMsp(msp, organization.Authority.Issue($"tools.{organization.MspId}", "admin"));
        }

        return new Dictionary<string, string>
        {
            ["FABRIC_CFG_PATH"] = folder.Path,
            ["CORE_PEER_LOCALMSPID"] = organization.MspId,
            ["CORE_PEER_MSPCONFIGPATH"] = msp,
            ["CORE_PEER_TLS_ENABLED"] = "true",
            ["CORE_PEER_TLS_ROOTCERT_FILE"] = folder.File(peer is null ? "tls.pem" : "peer-tls.pem"),
            ["CORE_PEER_ADDRESS"] = peer?.Address.Authority ?? "",
        };
    }
}

using System.Net;
using System.Net.Sockets;
using Guildhall.Fabric;
using Guildhall.Tests.Hosting;

namespace Guildhall.Tests.Fabric;

/// <summary>A network of Fabric's own programs on loopback, from the folder that GUILDHALL_FABRIC_BIN names.</summary>
internal sealed class RealNetwork : FabricNetwork
{
    private const string Variable = "GUILDHALL_FABRIC_BIN";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder folder = new();
    private readonly List<FabricProcess> processes = [];
    private readonly int ordererPort = FreePort();
    private readonly int adminPort = FreePort();
    private readonly TestCertificate ordererTls;
    private FabricProcess? orderer;

    private RealNetwork(NetworkPlan plan)
        : base(plan) => ordererTls = OrdererOrganization.TlsAuthority.Issue("orderer.example.com", forTls: true);

    protected override Uri OrdererAddress => new($"https://127.0.0.1:{ordererPort}");

    /// <summary>The folder of Fabric's programs, or null where the machine has none.</summary>
    public static string? Programs => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named
        ? Path.GetFullPath(Directory.Exists(Path.Combine(named, "bin")) ? Path.Combine(named, "bin") : named, Repository.Root)
        : null;

    public static async Task<RealNetwork> StartAsync(NetworkPlan plan)
    {
        Assert.SkipWhen(Programs is null, $"{Variable} names no folder of Fabric's programs, so no real network was started.");
        var network = new RealNetwork(plan);
        try
        {
            await network.CreateChannelAsync();
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }

        return network;
    }

    public override async Task<NodeEndpoint> StartPeerAsync(TestOrganization organization)
    {
        var (port, chaincodePort, name) = (FreePort(), FreePort(), $"peer{processes.Count}.{organization.MspId}");
        var home = Path.Combine(folder.Path, name);
        organization.WriteMsp(Path.Combine(home, "msp"), organization.Authority.Issue(name, "peer"));
        var tls = organization.TlsAuthority.Issue(name, forTls: true);
        WriteTls(home, tls, [.. Members.Append(OrdererOrganization).Append(organization).Distinct()]);
        File.WriteAllText(Path.Combine(home, "core.yaml"), RealNetworkFiles.Peer);
        var settings = new Dictionary<string, string>
        {
            ["FABRIC_CFG_PATH"] = home,
            ["CORE_PEER_ID"] = name,
            ["CORE_PEER_LOCALMSPID"] = organization.MspId,
            ["CORE_PEER_LISTENADDRESS"] = $"127.0.0.1:{port}",
            ["CORE_PEER_ADDRESS"] = $"127.0.0.1:{port}",
            ["CORE_PEER_CHAINCODELISTENADDRESS"] = $"127.0.0.1:{chaincodePort}",
            ["CORE_PEER_GOSSIP_BOOTSTRAP"] = $"127.0.0.1:{port}",
            ["CORE_PEER_TLS_CLIENTAUTHREQUIRED"] = Plan.MutualTls ? "true" : "false",
            ["CORE_PEER_FILESYSTEMPATH"] = Path.Combine(home, "data"),
            ["CORE_LEDGER_SNAPSHOTS_ROOTDIR"] = Path.Combine(home, "snapshots"),
        };
        processes.Add(await FabricProcess.StartAsync(Program("peer"), ["node", "start"], home, settings, "Started peer with ID", StartLimit));
        return Reached(new Uri($"https://127.0.0.1:{port}"), organization);
    }

    public override async Task StopOrdererAsync()
    {
        if (orderer is { } running)
        {
            orderer = null;
            await running.DisposeAsync();
        }
    }

    public override async Task RestartOrdererAsync()
    {
        await StopOrdererAsync();
        await StartOrdererAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await StopOrdererAsync();
        foreach (var process in processes)
        {
            await process.DisposeAsync();
        }

        folder.Dispose();
    }

    /// <summary>Runs one of Fabric's own tools to its end.</summary>
    public static async Task<string> RunAsync(string tool, string home, IReadOnlyDictionary<string, string> settings, params string[] arguments)
    {
        using var process = FabricProcess.Create(Program(tool), arguments, home, settings);
        process.Start();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{tool} {string.Join(' ', arguments)} failed:\n{await output}{await errors}");
        return await output;
    }

    private static string Program(string name) => Path.Combine(Programs!, name);

    private async Task CreateChannelAsync()
    {
        var home = Path.Combine(folder.Path, "genesis");
        Directory.CreateDirectory(home);
        foreach (var organization in Members.Append(OrdererOrganization))
        {
            organization.WriteMsp(Path.Combine(home, organization.MspId));
        }

        File.WriteAllText(Path.Combine(home, "orderer-tls.pem"), ordererTls.Pem);
        File.WriteAllText(Path.Combine(home, "configtx.yaml"), RealNetworkFiles.Channel(Plan, OrdererOrganization.MspId, ordererPort));
        await RunAsync("configtxgen", home, new Dictionary<string, string> { ["FABRIC_CFG_PATH"] = home }, "-profile", "Channel", "-channelID", Channel, "-outputBlock", "genesis.block");
        await StartOrdererAsync();
        await JoinOrdererAsync(File.ReadAllBytes(Path.Combine(home, "genesis.block")));
    }

    private async Task StartOrdererAsync()
    {
        var home = Path.Combine(folder.Path, "orderer");
        if (!Directory.Exists(home))
        {
            OrdererOrganization.WriteMsp(Path.Combine(home, "msp"), OrdererOrganization.Authority.Issue("orderer.example.com", "orderer"));
            WriteTls(home, ordererTls, [.. Members.Append(OrdererOrganization)]);
            File.WriteAllText(Path.Combine(home, "orderer.yaml"), RealNetworkFiles.Orderer);
        }

        var settings = new Dictionary<string, string>
        {
            ["FABRIC_CFG_PATH"] = home,
            ["ORDERER_GENERAL_LISTENPORT"] = $"{ordererPort}",
            ["ORDERER_GENERAL_LOCALMSPID"] = OrdererOrganization.MspId,
            ["ORDERER_GENERAL_TLS_CLIENTAUTHREQUIRED"] = Plan.MutualTls ? "true" : "false",
            ["ORDERER_ADMIN_LISTENADDRESS"] = $"127.0.0.1:{adminPort}",
            ["ORDERER_FILELEDGER_LOCATION"] = Path.Combine(home, "ledger"),
            ["ORDERER_CONSENSUS_WALDIR"] = Path.Combine(home, "wal"),
            ["ORDERER_CONSENSUS_SNAPDIR"] = Path.Combine(home, "snap"),
        };
        orderer = await FabricProcess.StartAsync(Program("orderer"), [], home, settings, "Beginning to serve requests", StartLimit);
    }

    /// <summary>What osnadmin channel join does, over the orderer's administration port.</summary>
    private async Task JoinOrdererAsync(byte[] block)
    {
        using var client = new HttpClient();
        using var form = new MultipartFormDataContent { { new ByteArrayContent(block), "config-block", "config.block" } };
        using var answer = await client.PostAsync(new Uri($"http://127.0.0.1:{adminPort}/participation/v1/channels"), form);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static void WriteTls(string home, TestCertificate own, TestOrganization[] trusted)
    {
        var tls = Path.Combine(home, "tls");
        Directory.CreateDirectory(tls);
        File.WriteAllText(Path.Combine(tls, "cert.pem"), own.Pem);
        File.WriteAllText(Path.Combine(tls, "key.pem"), own.KeyPem);
        File.WriteAllText(Path.Combine(tls, "authorities.pem"), string.Concat(trusted.Select(one => one.TlsAuthority.Pem)));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

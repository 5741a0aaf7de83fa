using Google.Protobuf;
using Guildhall.Fabric;
using Guildhall.Fabric.Messages;
using Kind = Guildhall.Fabric.Messages.Policy.Types.Kind;
using Quantifier = Guildhall.Fabric.Messages.ImplicitMetaPolicy.Types.Rule;

namespace Guildhall.Tests.Fabric;

/// <summary>A network in this process that keeps Fabric's rules, for where Fabric's programs are not at hand.</summary>
internal sealed class StandInNetwork : FabricNetwork
{
    private readonly List<StandInServer> others = [];
    private readonly TestCertificate ordererTls;
    private StandInServer? server;
    private int port;

    private StandInNetwork(NetworkPlan plan)
        : base(plan)
    {
        ordererTls = OrdererOrganization.TlsAuthority.Issue("orderer.example.com", forTls: true);
        Ledger = new StandInChannel(StandInChannel.BlockOf(0, ByteString.Empty, Channel, new ConfigEnvelope { Config = new Config { ChannelGroup = FirstConfiguration() } }), OrdererOrganization.Signer("orderer", "orderer"));
        Service = new StandInOrderer(Ledger, TimeProvider.System, plan.MutualTls);
    }

    public StandInChannel Ledger { get; }

    public StandInOrderer Service { get; }

    protected override Uri OrdererAddress => new($"https://127.0.0.1:{port}");

    public static async Task<StandInNetwork> StartAsync(NetworkPlan plan)
    {
        var network = new StandInNetwork(plan);
        await network.RestartOrdererAsync();
        return network;
    }

    public override async Task<NodeEndpoint> StartPeerAsync(TestOrganization organization)
    {
        var peer = new StandInPeer(organization, Ledger, Service, TimeProvider.System);
        others.Add(await StandInServer.StartAsync(0, organization.TlsAuthority.Issue("peer.example.com", forTls: true), Plan.MutualTls ? shown => IsOfChannel(shown) || StandInServer.IsIssuedBy(shown, [organization.TlsAuthority.Pem]) : null, peer.Calls));
        return Reached(new Uri($"https://127.0.0.1:{others[^1].Port}"), organization);
    }

    /// <summary>Starts another orderer of the channel, with troubles of its own.</summary>
    public async Task<(StandInOrderer Orderer, NodeEndpoint Endpoint)> StartOrdererAsync()
    {
        var orderer = new StandInOrderer(Ledger, TimeProvider.System, Plan.MutualTls);
        others.Add(await StandInServer.StartAsync(0, ordererTls, Plan.MutualTls ? IsOfChannel : null, orderer.Calls));
        return (orderer, Reached(new Uri($"https://127.0.0.1:{others[^1].Port}"), OrdererOrganization));
    }

    public override async Task StopOrdererAsync()
    {
        if (server is { } running)
        {
            server = null;
            await running.DisposeAsync();
        }
    }

    public override async Task RestartOrdererAsync()
    {
        await StopOrdererAsync();
        server = await StandInServer.StartAsync(port, ordererTls, Plan.MutualTls ? IsOfChannel : null, Service.Calls);
        port = server.Port;
    }

    public override async ValueTask DisposeAsync()
    {
        await StopOrdererAsync();
        foreach (var other in others)
        {
            await other.DisposeAsync();
        }
    }

    /// <summary>Like Fabric's, its nodes take the TLS certificates of whoever is on the channel.</summary>
    private bool IsOfChannel(System.Security.Cryptography.X509Certificates.X509Certificate2 shown) =>
        StandInServer.IsIssuedBy(shown, Ledger.Current.Organizations.SelectMany(one => one.Msp.TlsRootCertificates));

    private ConfigGroup FirstConfiguration()
    {
        var application = Policies(new ConfigGroup { ModPolicy = "Admins" }, Plan.AdminsRule);
        foreach (var member in Members)
        {
            application.Groups[member.MspId] = member.Joining.ToGroup();
        }

        var orderer = Policies(new ConfigGroup { ModPolicy = "Admins" }, "MAJORITY Admins");
        orderer.Policies["BlockValidation"] = Implicit("Writers", Quantifier.Any);
        orderer.Groups[OrdererOrganization.MspId] = OrderingGroupOf(OrdererOrganization);
        var root = Policies(new ConfigGroup { ModPolicy = "Admins" }, "MAJORITY Admins");
        (root.Groups["Application"], root.Groups["Orderer"]) = (application, orderer);
        root.Values["OrdererAddresses"] = new ConfigValue { ModPolicy = "Admins", Value = new OrdererAddresses { Addresses = { "127.0.0.1:7050" } }.ToByteString() };
        return root;
    }

    /// <summary>An organization that runs orderers: they write blocks themselves, so that any member of it is a writer.</summary>
    public static ConfigGroup OrderingGroupOf(TestOrganization organization)
    {
        var group = organization.Joining.ToGroup();
        group.Policies["Writers"].Policy.Value = SignatureRules.Parse($"OR('{organization.MspId}.member')").ToByteString();
        return group;
    }

    private static ConfigGroup Policies(ConfigGroup group, string admins)
    {
        group.Policies["Readers"] = Implicit("Readers", Quantifier.Any);
        group.Policies["Writers"] = Implicit("Writers", Quantifier.Any);
        group.Policies["Admins"] = admins.EndsWith(" Admins", StringComparison.Ordinal)
            ? Implicit("Admins", Enum.Parse<Quantifier>(admins.Split(' ')[0], ignoreCase: true))
            : new ConfigPolicy { ModPolicy = "Admins", Policy = new Policy { Type = Kind.Signature, Value = SignatureRules.Parse(admins).ToByteString() } };
        return group;
    }

    private static ConfigPolicy Implicit(string name, Quantifier rule) => new()
    {
        ModPolicy = "Admins",
        Policy = new Policy { Type = Kind.ImplicitMeta, Value = new ImplicitMetaPolicy { SubPolicy = name, Rule = rule }.ToByteString() },
    };
}

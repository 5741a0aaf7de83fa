using Guildhall.Fabric;

namespace Guildhall.Tests.Fabric;

/// <summary>A network of one channel, one orderer and the peers that a test starts: a real one, or the stand-in.</summary>
internal abstract class FabricNetwork : IAsyncDisposable
{
    public const string Channel = "trade";

    protected FabricNetwork(NetworkPlan plan)
    {
        Plan = plan;
        Members = [.. plan.Members.Select(name => new TestOrganization(name))];
    }

    public NetworkPlan Plan { get; }

    public TestOrganization OrdererOrganization { get; } = new("OrdererMSP");

    /// <summary>The organizations that the channel begins with.</summary>
    public TestOrganization[] Members { get; }

    public TestOrganization Org1 => Members[0];

    /// <summary>Of the orderer, with what mutual TLS needs where the plan wants it.</summary>
    public NodeEndpoint Orderer => Reached(OrdererAddress, OrdererOrganization);

    protected abstract Uri OrdererAddress { get; }

    /// <summary>Starts a peer of the organization, in no channel yet.</summary>
    public abstract Task<NodeEndpoint> StartPeerAsync(TestOrganization organization);

    public abstract Task StopOrdererAsync();

    public abstract Task RestartOrdererAsync();

    public abstract ValueTask DisposeAsync();

    public OrderingService Connect(FabricOptions? options = null, TimeProvider? clock = null) => new([Orderer], options, clock);

    /// <summary>A change that an organization's own administrator can make.</summary>
    public static ChannelChange AnchorOf(TestOrganization organization, int port = 7051) =>
        new() { AnchorPeers = new ChannelChange().AnchorPeers.Add(organization.MspId, [new AnchorPeer("peer.example.com", port)]) };

    /// <summary>Changes the channel as administrators do with tools of their own.</summary>
    public async Task ChangeAsync(ChannelChange change, params TestOrganization[] signers)
    {
        using var orderers = Connect();
        var current = await orderers.ReadConfigurationAsync(Channel, signers[0].Admin, default);
        var update = PreparedUpdate.For(current, change)!;
        var signatures = await Task.WhenAll(signers.Select(signer => UpdateSignature.CreateAsync(update, signer.Admin, default)));
        await orderers.SubmitAsync(update, signatures, signers[0].Admin, default);
        Assert.NotNull(await orderers.ConfirmAsync(update, current, signers[0].Admin, default));
    }

    protected NodeEndpoint Reached(Uri address, TestOrganization owner) => new(address)
    {
        TlsAuthorities = [System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(owner.TlsAuthority.Pem)],
        ClientCertificate = Plan.MutualTls ? Org1.TlsAuthority.Issue("client", forTls: true).ToX509() : null,
    };
}

/// <param name="Members">The MSP ids that the channel begins with.</param>
internal sealed record NetworkPlan(params string[] Members)
{
    public bool MutualTls { get; init; }

    /// <summary>The application's Admins policy as configtxgen writes rules: "MAJORITY Admins", or a signature rule.</summary>
    public string AdminsRule { get; init; } = "MAJORITY Admins";
}

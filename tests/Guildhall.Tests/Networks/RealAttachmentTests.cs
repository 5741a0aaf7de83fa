using Guildhall.Fabric;
using Guildhall.Networks;
using Guildhall.Sealing;
using Guildhall.Tests.Fabric;

namespace Guildhall.Tests.Networks;

/// <summary>Services are attached to a real network; skipped where Fabric's programs are not at hand.</summary>
public sealed class RealAttachmentTests
{
    private static readonly NetworkSettings Settings = Consortium.Lab;
    private static readonly DataKey Seal = DataKey.New("account", 1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_network_is_looked_at_before_a_service_is_attached_to_it(bool mutualTls)
    {
        await using var network = await RealNetwork.StartAsync(new NetworkPlan("Org1MSP") { MutualTls = mutualTls });
        var (org1, stranger) = (network.Org1, new TestOrganization("Org1MSP"));
        var peer = await network.StartPeerAsync(org1);
        using (var asking = new Peer(peer))
        {
            using var orderers = network.Connect();
            await asking.JoinAsync(await orderers.ReadBlockAsync(FabricNetwork.Channel, 0, org1.Admin, default), org1.Admin, default);
        }

        var admin = AttachmentBodies.Given(org1.Authority.Issue("admin2", "admin"));
        if (mutualTls)
        {
            var withoutTls = await InspectAsync(network, peer, AttachmentBodies.Files(org1, admin), [FabricNetwork.Channel]);
            Assert.Contains(withoutTls.Report.Failures, check => check.Part == CheckedPart.Orderer);
            Assert.Contains(withoutTls.Report.Failures, check => check.Part == CheckedPart.Peer);
            var tls = org1.TlsAuthority.Issue("client", forTls: true);
            admin = admin with { Tls = new GivenTlsCertificate(tls.Pem, tls.KeyPem) };
        }

        var good = await InspectAsync(network, peer, AttachmentBodies.Files(org1, admin), [FabricNetwork.Channel]);
        Assert.Equal("", string.Join('\n', good.Report.Failures));
        Assert.Contains(good.Report.Checks, check => check.Words.EndsWith("over TLS, and is in channel trade.", StringComparison.Ordinal));
        Assert.Contains(good.Report.Checks, check => (check.Part, check.Words) == (CheckedPart.Channel, "has Org1MSP, at sequence 0."));

        // What is attached is of use: the channel can be read with nothing else.
        var signers = Settings.CreateSigners(new StoreKeys(TestKeys.File, null, null));
        var attachment = good.Attachment! with { Organizations = [.. good.Attachment!.Organizations.Select(one => one with { Administrator = WithKey(one.Administrator), Client = WithKey(one.Client) })] };
        var dialled = signers.Dial(attachment);
        using (var orderers = new OrderingService(dialled.Orderers.Select(node => node.Endpoint)))
        {
            Assert.Equal("trade", (await orderers.ReadConfigurationAsync(FabricNetwork.Channel, signers.Of(attachment.Client!), default)).Channel);
        }

        var unknown = await InspectAsync(network, peer, AttachmentBodies.Files(org1, admin), ["market"]);
        Assert.Contains(unknown.Report.Failures, check => (check.Part, check.Subject) == (CheckedPart.Channel, "market") && check.Words.Contains("does not have channel market", StringComparison.Ordinal));

        var foreign = AttachmentBodies.Given(stranger.Authority.Issue("admin", "admin")) with { Tls = admin.Tls };
        var impostor = await InspectAsync(network, peer, AttachmentBodies.Files(stranger, foreign), [FabricNetwork.Channel]);
        Assert.Contains(impostor.Report.Failures, check => check.Part == CheckedPart.Peer && check.Words.StartsWith("does not let Org1MSP ask", StringComparison.Ordinal));
        Assert.Contains(impostor.Report.Failures, check => check.Part == CheckedPart.Channel && check.Words.StartsWith("cannot be read by Org1MSP", StringComparison.Ordinal));

        var distrusted = await InspectAsync(network, peer with { TlsAuthorities = [.. network.Orderer.TlsAuthorities] }, AttachmentBodies.Files(org1, admin), [FabricNetwork.Channel]);
        Assert.Contains(distrusted.Report.Failures, check => check.Part == CheckedPart.Peer && check.Words.Contains("none of the authorities given", StringComparison.Ordinal));

        var nobody = await InspectAsync(network, peer with { Address = new Uri("https://127.0.0.1:1024") }, AttachmentBodies.Files(org1, admin), [FabricNetwork.Channel]);
        Assert.Contains(nobody.Report.Failures, check => check.Part == CheckedPart.Peer && check.Words == "127.0.0.1:1024 did not answer as an orderer or peer does.");

        var detached = await InspectAsync(network, peer, AttachmentBodies.Files(org1), []);
        Assert.Contains(detached.Report.Checks, check => check.Part == CheckedPart.Peer && (mutualTls || check.Words.EndsWith("as no identity of Org1MSP is held here.", StringComparison.Ordinal)));
    }

    /// <summary>As the store reads it.</summary>
    private static HeldIdentity? WithKey(HeldIdentity? identity)
    {
        var wrapped = Seal.Wrap(TestKeys.Key);
        return identity is null ? null : identity with { DataKey = wrapped, Tls = identity.Tls is null ? null : identity.Tls with { DataKey = wrapped } };
    }

    /// <param name="channels">Of the inviter's service; none for an invitee's.</param>
    private static async Task<Inspected> InspectAsync(FabricNetwork network, NodeEndpoint peer, OrganizationFiles organization, string[] channels)
    {
        var inspected = await new AttachmentInspection(Settings, new Nodes(Settings), TimeProvider.System).RunAsync(
            new AttachedService("id", "harbor", "harbor-trade", channels.Length == 0, ["organization"], [.. channels.Select(name => (name, (System.Collections.Immutable.ImmutableArray<string>)["organization"]))]),
            new AttachmentRequest(AttachmentBodies.Profile(network.Org1, [network.Orderer], peer), [organization]),
            progress: null,
            new UnlimitedLooks(new LookLimits(), TimeProvider.System),
            Seal,
            CancellationToken.None);
        Assert.False(inspected.IsRefused(out _, out var found));
        return found;
    }
}

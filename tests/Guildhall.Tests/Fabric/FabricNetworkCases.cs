using System.Security.Cryptography;
using Guildhall.Fabric;

namespace Guildhall.Tests.Fabric;

/// <summary>What must hold on every network; run on the stand-in, and on a real one where Fabric's programs are at hand.</summary>
public abstract class FabricNetworkCases
{
    private protected static readonly FabricOptions Brisk = FabricOptions.Default with { CommitPatience = TimeSpan.FromSeconds(3) };

    private protected abstract Task<FabricNetwork> StartAsync(NetworkPlan plan);

    [Fact]
    public async Task An_organization_is_added_and_its_peer_joins()
    {
        await using var network = await StartAsync(new NetworkPlan("Org1MSP"));
        using var orderers = network.Connect();
        var org2 = new TestOrganization("Org2MSP");

        var before = await ReadAsync(network, orderers);
        var after = await ChangeAsync(network, orderers, new ChannelChange { Add = [org2.Joining] }, network.Org1);

        Assert.Equal(["Org1MSP", "Org2MSP"], after.Organizations.Select(one => one.MspId));
        Assert.Equal(before.Sequence + 1, after.Sequence);
        Assert.Equal(["Admins", "Endorsement", "Readers", "Writers"], after.Find("Org2MSP")!.Policies);

        var block = await orderers.ReadBlockAsync(FabricNetwork.Channel, 0, org2.Admin, default);
        using var peer = new Peer(await network.StartPeerAsync(org2));
        Assert.Empty(await peer.ListChannelsAsync(org2.Admin, default));
        await peer.JoinAsync(block, org2.Admin, default);
        await peer.JoinAsync(block, org2.Admin, default); // twice does no harm
        Assert.Equal([FabricNetwork.Channel], await peer.ListChannelsAsync(org2.Admin, default));
    }

    [Fact]
    public async Task A_majority_adds_a_third_and_removes_it_without_its_consent()
    {
        await using var network = await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP"));
        using var orderers = network.Connect();
        var org3 = new TestOrganization("Org3MSP");

        var current = await ReadAsync(network, orderers);
        var update = PreparedUpdate.For(current, new ChannelChange { Add = [org3.Joining] })!;
        Assert.Equal("Org1MSP and Org2MSP", SignaturePlan.For(update, current).After([]).Words);

        await ChangeAsync(network, orderers, new ChannelChange { Add = [org3.Joining] }, network.Members);
        var after = await ChangeAsync(network, orderers, new ChannelChange { Remove = ["Org3MSP"] }, network.Members);

        Assert.Null(after.Find("Org3MSP"));
        await FailsAsync(FabricErrorKind.NotPermitted, () => orderers.ReadConfigurationAsync(FabricNetwork.Channel, org3.Admin, default));
    }

    [Fact]
    public async Task Two_join_and_two_leave_in_one_update_each()
    {
        await using var network = await StartAsync(new NetworkPlan("Org1MSP"));
        using var orderers = network.Connect();
        TestOrganization[] both = [new("Org2MSP"), new("Org3.example-com")];

        var joined = await ChangeAsync(network, orderers, new ChannelChange { Add = [.. both.Select(one => one.Joining)] }, network.Org1);
        Assert.Equal(3, joined.Organizations.Length);
        var left = await ChangeAsync(network, orderers, new ChannelChange { Remove = [.. both.Select(one => one.MspId)] }, [network.Org1, both[0]]);
        Assert.Equal(["Org1MSP"], left.Organizations.Select(one => one.MspId));
    }

    [Fact]
    public async Task Anchor_peers_are_set_by_the_organization_alone()
    {
        await using var network = await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP"));
        using var orderers = network.Connect();
        var anchors = new ChannelChange().AnchorPeers.Add("Org1MSP", [new AnchorPeer("peer0.org1", 7051)]);

        var after = await ChangeAsync(network, orderers, new ChannelChange { AnchorPeers = anchors }, network.Org1);

        Assert.Equal("peer0.org1:7051", Assert.Single(after.Find("Org1MSP")!.AnchorPeers).ToString());
        Assert.Null(PreparedUpdate.For(after, new ChannelChange { AnchorPeers = anchors })); // it is so already
    }

    [Fact]
    public async Task Too_few_signatures_are_told_with_the_count()
    {
        await using var network = await StartAsync(new NetworkPlan("Org1MSP", "Org2MSP"));
        using var orderers = network.Connect();

        var problem = await FailsAsync(
            FabricErrorKind.MissingSignatures, () => ChangeAsync(network, orderers, new ChannelChange { Add = [new TestOrganization("Org3MSP").Joining] }, network.Org1, network.Org1));

        Assert.Contains("1 sub-policies were satisfied, but this policy requires 2 of the 'Admins' sub-policies to be satisfied", problem.FabricText);
        Assert.Contains("policy for [Group]  /Channel/Application not satisfied", problem.FabricText);
    }

    [Fact]
    public async Task A_nested_signature_policy_is_explained_and_enforced()
    {
        var plan = new NetworkPlan("Org1MSP", "Org2MSP", "Org3MSP") { AdminsRule = "OR('Org1MSP.admin', AND('Org2MSP.admin', 'Org3MSP.admin'))" };
        await using var network = await StartAsync(plan);
        using var orderers = network.Connect();
        var change = new ChannelChange { Add = [new TestOrganization("Org4MSP").Joining] };
        var current = await ReadAsync(network, orderers);
        var signers = SignaturePlan.For(PreparedUpdate.For(current, change)!, current);

        Assert.Equal("any one of Org1MSP, (Org2MSP and Org3MSP)", signers.After([]).Words);
        Assert.Equal("any one of Org1MSP, Org3MSP", signers.After([current.Msp("Org2MSP")!.Check(network.Members[1].Admin.Identity, TimeProvider.System.GetUtcNow()).Signer!]).Words);
        await FailsAsync(FabricErrorKind.MissingSignatures, () => ChangeAsync(network, orderers, change, network.Members[1]));
        await ChangeAsync(network, orderers, change, network.Members[1], network.Members[2]);
    }

    [Fact]
    public async Task An_update_made_before_another_changed_the_channel_is_a_version_conflict()
    {
        await using var network = await StartAsync(new NetworkPlan("Org1MSP"));
        using var orderers = network.Connect();
        var current = await ReadAsync(network, orderers);
        var late = PreparedUpdate.For(current, new ChannelChange { Add = [new TestOrganization("Org3MSP").Joining] })!;
        await ChangeAsync(network, orderers, new ChannelChange { Add = [new TestOrganization("Org2MSP").Joining] }, network.Org1);

        var problem = await FailsAsync(FabricErrorKind.VersionConflict, () => SubmitAsync(orderers, late, network.Org1, network.Org1));

        Assert.Contains("proposed update requires that key [Group]  /Channel/Application be at version 0, but it is currently at version 1", problem.FabricText);
    }

    [Fact]
    public async Task Of_two_updates_at_once_one_takes_effect_and_the_other_is_known_to_be_lost()
    {
        await using var network = await StartAsync(new NetworkPlan("Org1MSP"));
        using var orderers = network.Connect(Brisk);
        var current = await ReadAsync(network, orderers);
        PreparedUpdate[] updates = [AddOf("Org2MSP"), AddOf("Org3MSP")];

        var made = await Task.WhenAll(updates.Select(async update =>
        {
            try
            {
                await SubmitAsync(orderers, update, network.Org1, network.Org1);
            }
            catch (FabricException conflict) when (conflict.Kind == FabricErrorKind.VersionConflict)
            {
                return null;
            }

            return await orderers.ConfirmAsync(update, current, network.Org1.Admin, default);
        }));

        var winner = Assert.Single(made, one => one is not null)!;
        Assert.Equal(winner.Organizations.Select(one => one.Name), (await ReadAsync(network, orderers)).Organizations.Select(one => one.Name));

        PreparedUpdate AddOf(string name) => PreparedUpdate.For(current, new ChannelChange { Add = [new TestOrganization(name).Joining] })!;
    }

    [Fact]
    public async Task A_stranger_may_neither_read_nor_submit()
    {
        await using var network = await StartAsync(new NetworkPlan("Org1MSP"));
        using var orderers = network.Connect();
        var stranger = new TestOrganization("Org9MSP");
        var current = await ReadAsync(network, orderers);
        var update = PreparedUpdate.For(current, new ChannelChange { Add = [stranger.Joining] })!;

        await FailsAsync(FabricErrorKind.NotPermitted, () => orderers.ReadConfigurationAsync(FabricNetwork.Channel, stranger.Admin, default));
        var problem = await FailsAsync(FabricErrorKind.NotPermitted, () => SubmitAsync(orderers, update, stranger, network.Org1));
        Assert.Contains("requires 1 of the 'Writers' sub-policies", problem.FabricText);
    }

    [Fact]
    public async Task A_certificate_that_has_expired_is_refused_as_such()
    {
        await using var network = await StartAsync(new NetworkPlan("Org1MSP"));
        using var orderers = network.Connect();
        using var expired = network.Org1.Signer("late", "admin", TimeProvider.System.GetUtcNow().AddMinutes(-5));
        var update = PreparedUpdate.For(await ReadAsync(network, orderers), new ChannelChange { Add = [new TestOrganization("Org2MSP").Joining] })!;
        var signature = await UpdateSignature.CreateAsync(update, network.Org1.Admin, default);

        await FailsAsync(FabricErrorKind.ExpiredIdentity, () => orderers.SubmitAsync(update, [signature], expired, default));
    }

    [Fact]
    public async Task A_name_that_Fabric_does_not_take_is_an_invalid_update()
    {
        await using var network = await StartAsync(new NetworkPlan("Org1MSP"));
        using var orderers = network.Connect();
        var bad = new TestOrganization("Bad_Name");

        var problem = await FailsAsync(FabricErrorKind.InvalidUpdate, () => ChangeAsync(network, orderers, new ChannelChange { Add = [bad.Joining] }, network.Org1));

        Assert.Contains("config ID 'Bad_Name' contains illegal characters", problem.FabricText);
        var finding = Assert.Single(Guards.Check(await ReadAsync(network, orderers), new ChannelChange { Add = [bad.Joining] }, TimeProvider.System.GetUtcNow()));
        Assert.Equal(FindingKind.NameRefused, finding.Kind);
    }

    [Fact]
    public async Task A_channel_that_is_not_there_is_unknown()
    {
        await using var network = await StartAsync(new NetworkPlan("Org1MSP"));
        using var orderers = network.Connect();
        using var peer = new Peer(await network.StartPeerAsync(network.Org1));

        await FailsAsync(FabricErrorKind.UnknownChannel, () => orderers.ReadConfigurationAsync("nowhere", network.Org1.Admin, default));
        await FailsAsync(FabricErrorKind.UnknownChannel, () => peer.ReadConfigurationAsync(FabricNetwork.Channel, network.Org1.Admin, default));
    }

    [Fact]
    public async Task Only_an_administrator_brings_a_peer_into_a_channel()
    {
        await using var network = await StartAsync(new NetworkPlan("Org1MSP"));
        using var orderers = network.Connect();
        using var peer = new Peer(await network.StartPeerAsync(network.Org1));
        using var user = network.Org1.Signer("user", "client");
        var block = await orderers.ReadBlockAsync(FabricNetwork.Channel, 0, user, default);

        await FailsAsync(FabricErrorKind.NotPermitted, () => peer.JoinAsync(block, user, default));

        await peer.JoinAsync(block, network.Org1.Admin, default);
        Assert.Equal(["Org1MSP"], (await peer.ReadConfigurationAsync(FabricNetwork.Channel, user, default)).Organizations.Select(one => one.MspId));
    }

    [Fact]
    public async Task A_clock_twenty_minutes_off_is_named_as_the_cause()
    {
        await using var network = await StartAsync(new NetworkPlan("Org1MSP"));
        var clock = new FakeClock();
        clock.Advance(TimeProvider.System.GetUtcNow().AddMinutes(20) - clock.GetUtcNow());
        using var orderers = network.Connect(clock: clock);

        var problem = await FailsAsync(FabricErrorKind.ClockSkew, () => orderers.ReadConfigurationAsync(FabricNetwork.Channel, network.Org1.Admin, default));

        Assert.Contains("clock is more than 15 minutes off", problem.Message);
    }

    [Fact]
    public async Task Mutual_TLS_carries_reads_updates_and_joins()
    {
        await using var network = await StartAsync(new NetworkPlan("Org1MSP") { MutualTls = true });
        using var orderers = network.Connect();
        await ChangeAsync(network, orderers, new ChannelChange { Add = [new TestOrganization("Org2MSP").Joining] }, network.Org1);
        using var peer = new Peer(await network.StartPeerAsync(network.Org1));
        await peer.JoinAsync(await orderers.ReadBlockAsync(FabricNetwork.Channel, 0, network.Org1.Admin, default), network.Org1.Admin, default);

        using var bare = new OrderingService([network.Orderer with { ClientCertificate = null }], Brisk with { Patience = TimeSpan.Zero });
        var problem = await Assert.ThrowsAsync<FabricException>(() => bare.ReadConfigurationAsync(FabricNetwork.Channel, network.Org1.Admin, default));
        Assert.True(problem.Kind is FabricErrorKind.Unreachable or FabricErrorKind.TlsRefused, problem.ToString());
    }

    [Fact]
    public async Task A_server_of_another_authority_or_name_is_not_talked_to()
    {
        await using var network = await StartAsync(new NetworkPlan("Org1MSP"));
        using var foreign = new OrderingService([network.Orderer with { TlsAuthorities = [System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(network.Org1.TlsAuthority.Pem)] }]);
        using var misnamed = new OrderingService([network.Orderer with { ServerName = "other.example.com" }]);
        using var named = new OrderingService([network.Orderer with { ServerName = "orderer.example.com" }]);

        Assert.Contains("none of the authorities", (await FailsAsync(FabricErrorKind.TlsRefused, () => ReadAsync(network, foreign))).Message);
        Assert.Contains("is not for other.example.com", (await FailsAsync(FabricErrorKind.TlsRefused, () => ReadAsync(network, misnamed))).Message);
        Assert.NotNull(await ReadAsync(network, named));
    }

    [Fact]
    public async Task An_orderer_that_is_down_is_waited_for_and_goes_on_where_it_was()
    {
        await using var network = await StartAsync(new NetworkPlan("Org1MSP"));
        ChannelConfiguration current;
        using (var before = network.Connect())
        {
            current = await ReadAsync(network, before);
        }

        var update = PreparedUpdate.For(current, new ChannelChange { Add = [new TestOrganization("Org2MSP").Joining] })!;
        await network.StopOrdererAsync();
        using var orderers = network.Connect();
        using (var hasty = network.Connect(Brisk with { Patience = TimeSpan.Zero }))
        {
            await FailsAsync(FabricErrorKind.Unreachable, () => SubmitAsync(hasty, update, network.Org1, network.Org1));
        }

        var submitting = SubmitAsync(orderers, update, network.Org1, network.Org1);
        await network.RestartOrdererAsync();
        await submitting;
        Assert.NotNull(await orderers.ConfirmAsync(update, current, network.Org1.Admin, default)); // before it stops again: a 200 alone would not last

        await network.RestartOrdererAsync();
        using var later = network.Connect();
        Assert.Equal(["Org1MSP", "Org2MSP"], (await ReadAsync(network, later)).Organizations.Select(one => one.MspId));
    }

    [Fact]
    public async Task A_high_S_signature_is_refused_by_Fabric_without_a_reason_and_by_us_with_one()
    {
        await using var network = await StartAsync(new NetworkPlan("Org1MSP"));
        using var orderers = network.Connect();
        var current = await ReadAsync(network, orderers);
        var update = PreparedUpdate.For(current, new ChannelChange { Add = [new TestOrganization("Org2MSP").Joining] })!;
        var good = await UpdateSignature.CreateAsync(update, network.Org1.Admin, default);
        var high = HighS.Of(good);

        Assert.Equal(SignatureProblem.HighS, high.Check(update, current, TimeProvider.System.GetUtcNow()).Problem);
        await FailsAsync(FabricErrorKind.MissingSignatures, () => orderers.SubmitAsync(update, [high], network.Org1.Admin, default));
        await orderers.SubmitAsync(update, [good], network.Org1.Admin, default);
    }

    [Theory]
    [InlineData("nistP384")]
    [InlineData("nistP521")]
    public async Task An_administrators_key_may_be_of_any_curve_that_Fabric_takes(string curve)
    {
        await using var network = await StartAsync(new NetworkPlan("Org1MSP"));
        using var orderers = network.Connect();
        var current = await ReadAsync(network, orderers);
        var update = PreparedUpdate.For(current, new ChannelChange { Add = [new TestOrganization("Org2MSP").Joining] })!;
        using var administrator = network.Org1.Signer("larger", "admin", curve: ECCurve.CreateFromFriendlyName(curve));
        var signature = await UpdateSignature.CreateAsync(update, administrator, default);

        Assert.Null(signature.Check(update, current, TimeProvider.System.GetUtcNow()).Words);
        await orderers.SubmitAsync(update, [signature], administrator, default);
    }

    [Fact]
    public async Task A_block_names_the_one_before_by_its_hash_and_is_signed_as_the_configuration_before_asks_for()
    {
        await using var network = await StartAsync(new NetworkPlan("Org1MSP"));
        using var orderers = network.Connect();
        var first = await ReadAsync(network, orderers);
        var changed = await ChangeAsync(network, orderers, FabricNetwork.AnchorOf(network.Org1), network.Org1);
        var block = Guildhall.Fabric.Messages.Block.Parser.ParseFrom(await orderers.ReadBlockAsync(FabricNetwork.Channel, changed.Block!.Value, network.Org1.Admin, default));

        var before = await orderers.ReadReferenceAsync(FabricNetwork.Channel, null, network.Org1.Admin, default);
        Assert.Equal((0ul, before.Hash), (before.Number, Convert.ToHexStringLower(block.Header.PreviousHash.Span)));
        Assert.Equal(changed.Sequence, (await orderers.ReadConfigurationAsync(FabricNetwork.Channel, network.Org1.Admin, first, default)).Sequence);
        Assert.Null(BlockSignatures.WhyNotSigned(block, first, FabricStep.ReadConfiguration));
        block.Metadata.Metadata[0] = Google.Protobuf.ByteString.Empty;
        Assert.NotNull(BlockSignatures.WhyNotSigned(block, first, FabricStep.ReadConfiguration));
    }

    private protected static Task<ChannelConfiguration> ReadAsync(FabricNetwork network, OrderingService orderers) =>
        orderers.ReadConfigurationAsync(FabricNetwork.Channel, network.Org1.Admin, default);

    private protected static async Task SubmitAsync(OrderingService orderers, PreparedUpdate update, TestOrganization submitter, params TestOrganization[] signers)
    {
        var signatures = await Task.WhenAll(signers.Select(one => UpdateSignature.CreateAsync(update, one.Admin, default)));
        await orderers.SubmitAsync(update, signatures, submitter.Admin, default);
    }

    private protected static async Task<ChannelConfiguration> ChangeAsync(FabricNetwork network, OrderingService orderers, ChannelChange change, params TestOrganization[] signers)
    {
        var before = await ReadAsync(network, orderers);
        var update = PreparedUpdate.For(before, change)!;
        await SubmitAsync(orderers, update, signers[0], signers);
        return (await orderers.ConfirmAsync(update, before, signers[0].Admin, default))!;
    }

    private protected static async Task<FabricException> FailsAsync(FabricErrorKind kind, Func<Task> act)
    {
        var problem = await Assert.ThrowsAsync<FabricException>(act);
        Assert.True(problem.Kind == kind, problem.ToString());
        return problem;
    }
}

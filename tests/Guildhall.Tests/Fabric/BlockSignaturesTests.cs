using System.Security.Cryptography;
using Google.Protobuf;
using Guildhall.Fabric;
using Guildhall.Fabric.Messages;
using Kind = Guildhall.Fabric.Messages.Policy.Types.Kind;

namespace Guildhall.Tests.Fabric;

/// <summary>A configuration is believed when those have signed its block whom the configuration before it names.</summary>
public sealed class BlockSignaturesTests
{
    private const string Channel = FabricNetwork.Channel;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_ordering_service_that_changed_hands_is_believed_when_the_old_one_signed_that(bool didTheOldOneSign)
    {
        await using var network = await StandInNetwork.StartAsync(new NetworkPlan("Org1MSP"));
        using var orderers = network.Connect();
        var known = await orderers.ReadConfigurationAsync(Channel, network.Org1.Admin, default);
        var next = new TestOrganization("NextOrdererMSP");
        var (old, young) = (network.OrdererOrganization.Signer("old", "orderer"), next.Signer("young", "orderer"));
        var handed = known.Config.Clone();
        handed.ChannelGroup.Groups["Orderer"].Groups.Clear();
        handed.ChannelGroup.Groups["Orderer"].Groups[next.MspId] = StandInNetwork.OrderingGroupOf(next);
        handed.Sequence = 1;
        Append(network, handed, didTheOldOneSign ? old : young);
        handed.Sequence = 2;
        Append(network, handed, young);
        handed.Sequence = 3;
        Append(network, handed, young);

        if (didTheOldOneSign)
        {
            Assert.Equal(3ul, (await orderers.ReadConfigurationAsync(Channel, network.Org1.Admin, known, default)).Sequence);
        }
        else
        {
            var problem = await Assert.ThrowsAsync<FabricException>(() => orderers.ReadConfigurationAsync(Channel, network.Org1.Admin, known, default));
            Assert.Equal(FabricErrorKind.Untrusted, problem.Kind);
        }
    }

    [Fact]
    public async Task An_older_configuration_than_was_seen_does_not_count()
    {
        await using var network = await StandInNetwork.StartAsync(new NetworkPlan("Org1MSP"));
        using var orderers = network.Connect();
        var first = await orderers.ReadConfigurationAsync(Channel, network.Org1.Admin, default);
        var later = ChannelConfiguration.FromBytes(Channel, first.ToBytes(), 7);
        var problem = await Assert.ThrowsAsync<FabricException>(() => orderers.ReadConfigurationAsync(Channel, network.Org1.Admin, later, default));
        Assert.Equal((FabricErrorKind.Behind, "1 of 1 orderers of channel trade is behind: it shows configuration 0, and 0 was seen."), (problem.Kind, problem.Message));
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(2, false)]
    public async Task Consenters_that_are_known_by_numbers_sign_by_them(int signatures, bool isBelieved)
    {
        await using var network = await StandInNetwork.StartAsync(new NetworkPlan("Org1MSP"));
        var consenters = Enumerable.Range(1, 4).Select(number => (Number: (uint)number, Signer: network.OrdererOrganization.Signer($"orderer{number}", "orderer"))).ToArray();
        var config = network.Ledger.Current.Config.Clone();
        var ordering = config.ChannelGroup.Groups["Orderer"];
        var mapping = new Orderers();
        mapping.ConsenterMapping.AddRange(consenters.Select(one => new Consenter { Id = one.Number, MspId = "OrdererMSP", Identity = ByteString.CopyFromUtf8(one.Signer.Identity.CertificatePem) }));
        ordering.Values["Orderers"] = new ConfigValue { Value = mapping.ToByteString() };
        var rule = new SignaturePolicy { NOutOf = new SignaturePolicy.Types.NOutOf { N = 3 } };
        rule.NOutOf.Rules.AddRange(consenters.Select((_, i) => new SignaturePolicy { SignedBy = i }));
        var policy = new SignaturePolicyEnvelope { Rule = rule };
        policy.Identities.AddRange(consenters.Select(one => new MSPPrincipal
        {
            PrincipalClassification = MSPPrincipal.Types.Classification.Identity,
            Principal = one.Signer.Identity.ToBytes(),
        }));
        ordering.Policies["BlockValidation"].Policy = new Policy { Type = Kind.Signature, Value = policy.ToByteString() };
        var known = ChannelConfiguration.FromBytes(Channel, config.ToByteArray(), 0);
        var block = StandInChannel.BlockOf(1, ByteString.Empty, Channel, new ConfigEnvelope { Config = config });
        var metadata = Metadata.Parser.ParseFrom(block.Metadata.Metadata[0]);
        foreach (var (number, signer) in consenters.Take(signatures).Append(consenters[0]))
        {
            var header = new IdentifierHeader { Identifier = number, Nonce = ByteString.CopyFromUtf8("nonce") }.ToByteString();
            byte[] signed = [.. metadata.Value.Span, .. header.Span, .. Blocks.HeaderBytes(block.Header)];
            metadata.Signatures.Add(new MetadataSignature { IdentifierHeader = header, Signature = await Envelopes.SignAsync(signer, signed, default) });
        }

        block.Metadata.Metadata[0] = metadata.ToByteString();
        Assert.Equal(isBelieved, BlockSignatures.WhyNotSigned(block, known, FabricStep.ReadConfiguration) is null);
        block.Header.PreviousHash = ByteString.CopyFromUtf8("another");
        Assert.NotNull(BlockSignatures.WhyNotSigned(block, known, FabricStep.ReadConfiguration));
    }

    [Fact]
    public void A_block_with_other_content_than_its_header_says_has_no_hash()
    {
        var block = Block.Parser.ParseFrom(Recording.Read("two-organizations.block"));
        var reference = Blocks.ReferenceOf(block, FabricStep.ReadConfiguration);
        Assert.Equal(0ul, reference.Number);
        block.Data.Data.Add(ByteString.CopyFromUtf8("more"));
        Assert.Throws<FabricException>(() => Blocks.ReferenceOf(block, FabricStep.ReadConfiguration));
    }

    private static void Append(StandInNetwork network, Config config, KeySigner signer)
    {
        var last = network.Ledger.Blocks[^1];
        network.Ledger.Append(StandInChannel.BlockOf(
            last.Header.Number + 1, ByteString.CopyFrom(SHA256.HashData(Blocks.HeaderBytes(last.Header))), Channel, new ConfigEnvelope { Config = config.Clone() }, signer));
    }
}

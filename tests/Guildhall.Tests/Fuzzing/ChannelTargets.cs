using System.Text.Json;
using Google.Protobuf;
using Guildhall.Api;
using Guildhall.Api.Wire;
using Guildhall.Fabric;
using Guildhall.Fabric.Messages;
using Guildhall.Networks;

namespace Guildhall.Tests.Fuzzing;

/// <summary>What orderers and peers answer, and what is carried between those who sign.</summary>
internal static class ChannelTargets
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Lazy<ChannelConfiguration> Channel = new(() => ChannelConfiguration.FromBytes("trade", FileTargets.Of("config", "trade")));
    private static readonly Lazy<PreparedUpdate> Update = new(() => PreparedUpdate.FromBytes(FileTargets.Of("update", "joining")));
    private static readonly string[] Json = ["\"channel\"", "\"update\"", "\"digest\"", "\"config\"", "\"words\"", "\"signature\"", "\\ud800", "null", "\uFEFF", "[", "{", "}"];

    public static readonly FuzzTarget[] All =
    [
        new("block", input => Use(ChannelConfiguration.FromBlock(input)), problem => problem is FabricException) { Structure = Tlv.Protobuf },
        new("signed-block", input => BlockSignatures.WhyNotSigned(Wire.Parse(Guildhall.Fabric.Messages.Block.Parser, input, FabricStep.ReadConfiguration), Channel.Value, FabricStep.ReadConfiguration), problem => problem is FabricException) { Structure = Tlv.Protobuf },
        new("config", input => Use(ChannelConfiguration.FromBytes("trade", input)), problem => problem is FabricException) { Structure = Tlv.Protobuf },
        new("policy", ReadPolicy, problem => problem is FabricException) { Structure = Tlv.Protobuf },
        new("update", input => Tell(PreparedUpdate.FromBytes(input)), problem => problem is FabricException) { Structure = Tlv.Protobuf },
        new("update-envelope", input => Tell(UpdateSignature.FromEnvelope(input).Update), problem => problem is FabricException) { Structure = Tlv.Protobuf },
        new("msp-definition", ReadMsp, problem => problem is FabricException) { Structure = Tlv.Protobuf },
        new("signature", input => _ = UpdateSignature.FromBytes(input).Check(Update.Value, Channel.Value, Now), problem => problem is FabricException) { Structure = Tlv.Protobuf },
        new("signature-file", input => _ = SignatureFile.Read(input).Signature.Check(Update.Value, Channel.Value, Now), problem => problem is FormatException) { Tokens = Json, Nestings = FuzzTargets.Brackets },
        new("possession-challenge", input => _ = PossessionFiles.Read(input), problem => problem is FormatException) { Tokens = Json, Nestings = FuzzTargets.Brackets },
        new("signature-request-file", ReadRequest, problem => problem is FormatException) { Tokens = Json, Nestings = FuzzTargets.Brackets },
    ];

    /// <summary>What a plan shows of a configuration.</summary>
    private static void Use(ChannelConfiguration current)
    {
        _ = current.OrdererAddresses;
        foreach (var organization in current.Organizations)
        {
            _ = organization.Msp.Check(new SigningIdentity(organization.MspId, organization.Msp.RootCertificates.FirstOrDefault("")), Now);
        }

        foreach (var leaving in current.Organizations.Take(2))
        {
            Show(current, new ChannelChange { Remove = [leaving.MspId] });
        }

        Show(current, new ChannelChange { Add = [.. Channel.Value.Organizations.Select(one => new OrganizationDefinition(one.Msp, [new Guildhall.Fabric.AnchorPeer("a", 1)]))] });
    }

    private static void Show(ChannelConfiguration current, ChannelChange change)
    {
        foreach (var difference in ElementDifference.Of(current, change))
        {
            _ = JsonSerializer.SerializeToUtf8Bytes(new NetworkPlanDifference(difference.Element, difference.Before, difference.After), Answers.Json.NetworkPlanDifference);
        }

        if (PreparedUpdate.For(current, change) is { } update)
        {
            _ = update.Changes(current);
            Tell(update);
        }
    }

    private static void Tell(PreparedUpdate update) => _ = ChangeInWords.Of(update, null);

    /// <summary>The bytes as a rule by signatures, in a policy of an organization that is shown as it leaves.</summary>
    private static void ReadPolicy(byte[] input)
    {
        var config = Config.Parser.ParseFrom(Channel.Value.ToBytes());
        var policy = new Guildhall.Fabric.Messages.Policy { Type = Guildhall.Fabric.Messages.Policy.Types.Kind.Signature, Value = ByteString.CopyFrom(input) };
        config.ChannelGroup.Groups["Application"].Groups["Org2MSP"].Policies["Admins"].Policy = policy;
        Show(ChannelConfiguration.FromBytes("trade", config.ToByteArray()), new ChannelChange { Remove = ["Org2MSP"] });
    }

    private static void ReadMsp(byte[] input)
    {
        var msp = MspDefinition.FromBytes(input);
        _ = Guards.Check(msp, Now);
        _ = msp.Check(new SigningIdentity(msp.MspId, msp.AdminCertificates.FirstOrDefault("")), Now);
    }

    private static void ReadRequest(byte[] input)
    {
        var request = SignatureRequestFile.Read(input);
        try
        {
            Tell(request.Update);
            _ = request.Current?.OrdererAddresses;
        }
        catch (FabricException)
        {
            // What is in it is refused when it is looked at.
        }
    }
}

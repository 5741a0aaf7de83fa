using System.Text.Json;
using Google.Protobuf;
using Guildhall.Api;
using Guildhall.Api.Wire;
using Guildhall.Fabric;
using Guildhall.Fabric.Messages;
using Guildhall.Tests.Fuzzing;

namespace Guildhall.Tests.Fabric;

/// <summary>Messages of Fabric from nodes and administrators who mean harm: small ones that would be large, and deep ones.</summary>
public sealed class HostileMessagesTests
{
    private static readonly Dictionary<string, Func<byte[]>> Hostile = new(StringComparer.Ordinal)
    {
        ["a hundred thousand empty groups"] = () => Groups(100_000),
        ["a hundred thousand fields that nobody knows"] = () => [.. Enumerable.Range(1000, 100_000).SelectMany(Unknown)],
        ["groups in groups"] = () => Nested(30).ToByteArray(),
        ["more groups in groups than the reader takes"] = () => Nested(300).ToByteArray(),
    };

    public static TheoryData<string> HostileOnes => [.. Hostile.Keys];

    [Theory]
    [MemberData(nameof(HostileOnes))]
    public void A_message_that_would_do_harm_is_malformed(string what)
    {
        var group = Hostile[what]();
        var config = Wire(2, group);

        Assert.Equal(FabricErrorKind.Malformed, Assert.Throws<FabricException>(() => ChannelConfiguration.FromBytes("trade", config)).Kind);
        Assert.Equal(FabricErrorKind.Malformed, Assert.Throws<FabricException>(() => PreparedUpdate.FromBytes(Wire(3, group))).Kind);
    }

    [Fact]
    public void A_rule_that_is_too_deep_to_be_shown_is_shown_as_its_bytes()
    {
        var rule = new SignaturePolicy { SignedBy = 0 };
        for (var i = 0; i < 30; i++)
        {
            rule = new SignaturePolicy { NOutOf = new SignaturePolicy.Types.NOutOf { N = 1, Rules = { rule } } };
        }

        var config = Config.Parser.ParseFrom(FileTargets.Of("config", "trade"));
        config.ChannelGroup.Groups["Application"].Groups["Org2MSP"].Policies["Admins"].Policy.Value = new SignaturePolicyEnvelope { Rule = rule }.ToByteString();
        var channel = ChannelConfiguration.FromBytes("trade", config.ToByteArray());

        var leaving = Assert.Single(ElementDifference.Of(channel, new ChannelChange { Remove = ["Org2MSP"] }));

        Assert.Equal(rule.ToByteString().ToBase64(), (string?)leaving.Before!["policies"]!["Admins"]!["policy"]!["value"]!["rule"]);
        Assert.NotEmpty(JsonSerializer.SerializeToUtf8Bytes(new NetworkPlanDifference(leaving.Element, leaving.Before, leaving.After), Answers.Json.NetworkPlanDifference));
    }

    private static byte[] Groups(int count) => new ConfigGroup { Groups = { Enumerable.Range(0, count).ToDictionary(i => $"{i}", _ => new ConfigGroup()) } }.ToByteArray();

    private static ConfigGroup Nested(int depth)
    {
        var group = new ConfigGroup();
        for (var i = 0; i < depth; i++)
        {
            group = new ConfigGroup { Groups = { ["a"] = group } };
        }

        return group;
    }

    private static IEnumerable<byte> Unknown(int number)
    {
        for (var tag = (uint)number << 3; ; tag >>= 7)
        {
            yield return (byte)(tag < 0x80 ? tag : tag | 0x80);
            if (tag < 0x80)
            {
                break;
            }
        }

        yield return 0;
    }

    /// <summary>A field with these bytes; 2 of a configuration and 3 of an update are the root of its groups.</summary>
    private static byte[] Wire(int field, byte[] content)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
        {
            output.WriteTag(field, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(content));
        }

        return bytes.ToArray();
    }
}

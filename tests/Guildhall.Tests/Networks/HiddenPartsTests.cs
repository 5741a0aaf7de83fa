using Google.Protobuf;
using Guildhall.Cli;
using Guildhall.Fabric;
using Guildhall.Fabric.Messages;
using Guildhall.Tests.Fabric;
using Guildhall.Tests.Hosting;
using Kind = Guildhall.Fabric.Messages.Policy.Types.Kind;

namespace Guildhall.Tests.Networks;

/// <summary>Updates with parts that nobody who signs them would be shown, be it that readers of protobuf differ about them: they are not taken up.</summary>
public sealed class HiddenPartsTests
{
    private static readonly byte[] Strange = [0x9A, 0x03, 0x01, 0x58]; // field 51: "X"

    private static readonly Dictionary<string, (Func<byte[]> Update, string Words)> Hidden = new(StringComparer.Ordinal)
    {
        ["a ConfigUpdate"] = (() => [.. Update(_ => { }), .. Strange], "a field 51 in a ConfigUpdate that is unknown here"),
        ["a ConfigUpdate, among the numbers that were given away"] = (() => [.. Update(_ => { }), 0x22, 0x01, 0x58], "a field 4 in a ConfigUpdate that is unknown here"),
        ["the read set"] = (() => [.. Update(_ => { }), .. Field(2, Strange)], "the field read_set in a ConfigUpdate more than once"),
        ["isolated data"] = (() => [.. Update(_ => { }), .. Field(5, [.. Field(1, "type"u8), .. Field(2, "X"u8)])], "isolated data, which is no part of a channel's configuration"),
        ["a ConfigGroup"] = (() => Update(group => group.Groups["Sub"] = With(new ConfigGroup(), Strange)), "a field 51 in a ConfigGroup that is unknown here"),
        ["a ConfigValue"] = (() => Update(group => group.Values["MSP"] = With(new ConfigValue(), Strange)), "a field 51 in a ConfigValue that is unknown here"),
        ["a ConfigPolicy"] = (() => Update(group => group.Policies["Admins"] = With(new ConfigPolicy(), Strange)), "a field 51 in a ConfigPolicy that is unknown here"),
        ["a Policy"] = (() => Update(group => group.Policies["Admins"].Policy = With(group.Policies["Admins"].Policy, Strange)), "a field 51 in a Policy that is unknown here"),
        ["an ImplicitMetaPolicy"] = (() => Update(group => group.Policies["Admins"].Policy = Rule(Kind.ImplicitMeta, With(new ImplicitMetaPolicy(), Strange))), "a field 51 in a ImplicitMetaPolicy that is unknown here"),
        ["a SignaturePolicyEnvelope"] = (() => Update(group => group.Policies["Admins"].Policy = Rule(Kind.Signature, With(new SignaturePolicyEnvelope(), Strange))), "a field 51 in a SignaturePolicyEnvelope that is unknown here"),
        ["a SignaturePolicy"] = (() => Update(group => group.Policies["Admins"].Policy = Rule(Kind.Signature, new SignaturePolicyEnvelope { Rule = With(new SignaturePolicy(), Strange) })), "a field 51 in a SignaturePolicy that is unknown here"),
        ["an NOutOf"] = (() => Update(group => group.Policies["Admins"].Policy = Rule(Kind.Signature, new SignaturePolicyEnvelope { Rule = new SignaturePolicy { NOutOf = With(new SignaturePolicy.Types.NOutOf(), Strange) } })), "a field 51 in a NOutOf that is unknown here"),
        ["two rules where one is"] = (() => Update(group => group.Policies["Admins"].Policy = Rule(Kind.Signature, [.. Field(2, [0x08, 0x00, .. Field(2, [0x08, 0x01])])])), "the field n_out_of in a SignaturePolicy more than once"),
        ["an MSPPrincipal"] = (() => Update(group => group.Policies["Admins"].Policy = Rule(Kind.Signature, new SignaturePolicyEnvelope { Identities = { With(new MSPPrincipal(), Strange) } })), "a field 51 in a MSPPrincipal that is unknown here"),
        ["an MSPRole"] = (() => Update(group => group.Policies["Admins"].Policy = Rule(Kind.Signature, new SignaturePolicyEnvelope { Identities = { new MSPPrincipal { Principal = ByteString.CopyFrom(Strange) } } })), "a field 51 in a MSPRole that is unknown here"),
        ["an MSPConfig"] = (() => Update(group => group.Values["MSP"].Value = ByteString.CopyFrom(Strange)), "a field 51 in a MSPConfig that is unknown here"),
        ["a FabricMSPConfig"] = (() => Msp(With(new FabricMSPConfig(), Strange)), "a field 51 in a FabricMSPConfig that is unknown here"),
        ["a signing identity, which is a key"] = (() => Msp(With(new FabricMSPConfig(), Field(6, "X"u8))), "a field 6 in a FabricMSPConfig that is unknown here"),
        ["a FabricOUIdentifier"] = (() => Msp(new FabricMSPConfig { OrganizationalUnitIdentifiers = { With(new FabricOUIdentifier(), Strange) } }), "a field 51 in a FabricOUIdentifier that is unknown here"),
        ["a FabricNodeOUs"] = (() => Msp(new FabricMSPConfig { FabricNodeOus = With(new FabricNodeOUs(), Strange) }), "a field 51 in a FabricNodeOUs that is unknown here"),
        ["a FabricCryptoConfig"] = (() => Msp(new FabricMSPConfig { CryptoConfig = With(new FabricCryptoConfig(), Strange) }), "a field 51 in a FabricCryptoConfig that is unknown here"),
        ["an AnchorPeers"] = (() => Update(group => group.Values["AnchorPeers"] = new ConfigValue { Value = With(new AnchorPeers(), Strange).ToByteString() }), "a field 51 in a AnchorPeers that is unknown here"),
        ["an AnchorPeer"] = (() => Update(group => group.Values["AnchorPeers"] = new ConfigValue { Value = new AnchorPeers { AnchorPeers_ = { With(new Guildhall.Fabric.Messages.AnchorPeer(), Strange) } }.ToByteString() }), "a field 51 in a AnchorPeer that is unknown here"),
        ["endpoints"] = (() => Update(group => group.Values["Endpoints"] = new ConfigValue { Value = With(new OrdererAddresses(), Strange).ToByteString() }), "a field 51 in a OrdererAddresses that is unknown here"),
        ["an entry of a map, where this reader drops it"] = (() => InGroup(Field(3, [.. Field(1, "ACLs"u8), .. Field(2, []), .. Strange])), "a field 51 in a ValuesEntry that is unknown here"),
        ["a second value in an entry, where Go's reader merges both"] = (() => InGroup(Field(3, [.. Field(1, "ACLs"u8), .. Field(2, Field(2, "X"u8)), .. Field(2, [])])), "the field value in a ValuesEntry more than once"),
        ["a second entry of a name"] = (() => InGroup([.. Field(3, [.. Field(1, "ACLs"u8), .. Field(2, Field(2, "X"u8))]), .. Field(3, [.. Field(1, "ACLs"u8), .. Field(2, [])])]), "the same name twice among the values of a ConfigGroup"),
        ["a second write set"] = (() => [.. Update(_ => { }), .. Field(3, [])], "the field write_set in a ConfigUpdate more than once"),
        ["another kind of field"] = (() => InGroup([0x2D, 0, 0, 0, 0]), "a field 5 in a ConfigGroup that is unknown here"),
        ["a name with a path in it"] = (() => Update(group => group.Groups["Sub/MSP"] = new ConfigGroup()), "names that Fabric does not take"),
        ["a policy's name with a sentence in it"] = (() => Update(group => group.ModPolicy = "Admins, as before. Whatever follows is only a note: Readers"), "names that Fabric does not take"),
    };

    public static TheoryData<string> HiddenOnes => [.. Hidden.Keys];

    [Theory]
    [MemberData(nameof(HiddenOnes))]
    public async Task What_hides_something_is_not_signed(string what)
    {
        var (update, words) = Hidden[what];
        var bytes = update();
        var refused = Assert.Throws<FabricException>(() => PreparedUpdate.FromBytes(bytes));
        Assert.StartsWith($"The update is not to be signed, because it has {words}", refused.Message, StringComparison.Ordinal);

        using var folder = new TemporaryFolder();
        var envelope = new Envelope { Payload = new Payload { Data = new ConfigUpdateEnvelope { ConfigUpdate = ByteString.CopyFrom(bytes) }.ToByteString() }.ToByteString() };
        var request = folder.File("request.pb");
        await File.WriteAllBytesAsync(request, envelope.ToByteArray());
        var certificate = new TestOrganization("Org2MSP").Authority.Issue("admin", "admin");
        string[] arguments = [request, "--cert", folder.Write("cert.pem", certificate.Pem), "--key", folder.Write("key.pem", certificate.KeyPem), "--msp-id", "Org2MSP", "--yes"];
        var told = await Assert.ThrowsAsync<OperatorException>(() => SignCommand.Create().Parse(arguments).InvokeAsync(new System.CommandLine.InvocationConfiguration { EnableDefaultExceptionHandler = false }));
        Assert.Contains(words, told.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path, "*.signature.json"));
    }

    [Fact]
    public void What_hides_nothing_is_taken_up()
    {
        var update = Update(_ => { });

        Assert.Equal(update, PreparedUpdate.FromBytes(update).Bytes);
    }

    [Fact]
    public async Task A_request_that_was_kept_from_before_is_refused_and_no_fault()
    {
        await using var service = await TestService.StartAsync();
        await AskedToSign.AskAsync(service);
        var hidden = Convert.ToBase64String([.. Update(_ => { }), .. Strange]);
        await service.Store.WriteAsync<Guildhall.Memberships.Done>(
            async transaction =>
            {
                await transaction.ChangeAllAsync("UPDATE enactments SET update_bytes = @update", [[("update", hidden)]], default);
                return new Guildhall.Memberships.Done();
            },
            default);

        foreach (var (status, body) in ((int, string)[])
        [
            await service.Inviter.GetAsync($"signature-requests/{AskedToSign.Id}"),
            await service.Inviter.PostAsync($"signature-requests/{AskedToSign.Id}/signature", $$"""{"signature":"{{AskedToSign.Signature}}"}"""),
        ])
        {
            Assert.Equal(400, status);
            Assert.StartsWith("""{"error_code":"BCS.4007043","error_msg":"The signature does not count: The update is not to be signed, because it has a field 51 in a ConfigUpdate that is unknown here.""", body, StringComparison.Ordinal);
        }
    }

    private static byte[] Update(Action<ConfigGroup> change)
    {
        var joining = new TestOrganization("Org3MSP").Joining.ToGroup();
        change(joining);
        return new ConfigUpdate
        {
            ChannelId = "trade",
            ReadSet = new ConfigGroup(),
            WriteSet = new ConfigGroup { Groups = { ["Application"] = new ConfigGroup { ModPolicy = "Admins", Groups = { ["Org3MSP"] = joining } } } },
        }.ToByteArray();
    }

    private static byte[] Msp(FabricMSPConfig msp) => Update(group => group.Values["MSP"].Value = new MSPConfig { Config = msp.ToByteString() }.ToByteString());

    /// <summary>An update that writes these bytes as the group of the whole channel.</summary>
    private static byte[] InGroup(byte[] group) => [.. Field(1, "trade"u8), .. Field(3, group)];

    private static T With<T>(T message, byte[] more)
        where T : IMessage<T> => (T)message.Descriptor.Parser.ParseFrom([.. message.ToByteArray(), .. more]);

    private static Guildhall.Fabric.Messages.Policy Rule(Kind kind, IMessage rule) => Rule(kind, rule.ToByteArray());

    private static Guildhall.Fabric.Messages.Policy Rule(Kind kind, byte[] rule) => new() { Type = kind, Value = ByteString.CopyFrom(rule) };

    private static byte[] Field(int number, ReadOnlySpan<byte> content)
    {
        Assert.InRange(content.Length, 0, 127);
        return [(byte)((number << 3) | 2), (byte)content.Length, .. content];
    }
}

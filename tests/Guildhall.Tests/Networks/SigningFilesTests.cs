using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Guildhall.Cli;
using Guildhall.Fabric;
using Guildhall.Fabric.Messages;
using Guildhall.Networks;
using Guildhall.Tests.Fabric;
using Guildhall.Tests.Hosting;

namespace Guildhall.Tests.Networks;

/// <summary>An administrator signs a change from a file: what it is told, and what it gets to carry back.</summary>
public sealed class SigningFilesTests : IDisposable
{
    private static readonly TestOrganization Org1 = new("Org1MSP");
    private static readonly TestOrganization Org2 = new("Org2MSP");
    private static readonly TestOrganization Org3 = new("Org3MSP");
    private static readonly ChannelConfiguration Channel = Of(Org1, Org2);
    private static readonly PreparedUpdate Joining = PreparedUpdate.For(Channel, new ChannelChange { Add = [Org3.Joining] })!;
    private static readonly PreparedUpdate Leaving = PreparedUpdate.For(Channel, new ChannelChange { Remove = ["Org2MSP"] })!;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_signature_is_made_that_counts()
    {
        var (code, output) = await SignAsync(new SignatureRequestFile(Joining, Channel, ["whatever"]) { ReadThrough = "harbor-trade" }.Write(), Org2.Authority.Issue("admin", "admin"));

        Assert.Equal((0, ""), (code, output.Contains("failed", StringComparison.Ordinal) ? output : ""));
        Assert.Contains("- Org3MSP joins, with the authority \"CN=ca.Org3MSP\"", output, StringComparison.Ordinal);
        Assert.Contains("- After it, the organizations of channel trade are exactly Org1MSP, Org2MSP, Org3MSP.\n", output, StringComparison.Ordinal);
        Assert.Contains("\nWhat is said of the present channel was read through the nodes of harbor-trade, as the request says.\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain("whatever", output, StringComparison.Ordinal);
        var signed = SignatureFile.Read(await File.ReadAllBytesAsync(folder.File("request.Org2MSP.signature.json")));
        Assert.Equal((Joining.Digest, "Org2MSP"), (signed.Digest, signed.MspId));
        Assert.NotNull(signed.Signature.Check(Joining, Channel, TimeProvider.System.GetUtcNow()).Signer);
    }

    [Fact]
    public void Who_leaves_is_told_by_name_where_the_configuration_is_at_hand()
    {
        Assert.Contains("Org2MSP leaves channel trade.", ChangeInWords.Of(Leaving, Channel));
        Assert.Contains("After it, the organizations of channel trade are exactly Org1MSP. Whoever is in the channel now and not among them leaves.", ChangeInWords.Of(Leaving, null));
    }

    [Fact]
    public void What_an_update_changes_on_the_side_is_told()
    {
        var message = ConfigUpdate.Parser.ParseFrom(Joining.Bytes.ToArray());
        message.WriteSet.Groups["Application"].Policies["Admins"] = new ConfigPolicy { Version = 1, ModPolicy = "Admins" };

        Assert.Contains("The policy /Channel/Application/Admins is written at version 1, and from now on changed by Admins.", ChangeInWords.Of(PreparedUpdate.FromBytes(Wire.Bytes(message).Span), null));
    }

    [Fact]
    public async Task A_file_of_fabrics_own_tools_is_signed_as_well()
    {
        var content = new ConfigUpdateEnvelope { ConfigUpdate = Google.Protobuf.ByteString.CopyFrom(Joining.Bytes.ToArray()) };
        var envelope = new Envelope { Payload = Wire.Bytes(new Payload { Data = Wire.Bytes(content) }) };

        var (code, _) = await SignAsync(Wire.Bytes(envelope).ToByteArray(), Org2.Authority.Issue("admin", "admin"));

        Assert.Equal(0, code);
        Assert.Equal(Joining.Digest, SignatureFile.Read(await File.ReadAllBytesAsync(folder.File("request.Org2MSP.signature.json"))).Digest);
    }

    [Fact]
    public async Task A_challenge_is_shown_and_signed_as_one_and_never_as_a_change()
    {
        var text = PossessionChallenge.Prefix + "This changes no channel.\naccount north-mill\n";
        var file = Encoding.UTF8.GetBytes(new JsonObject { ["organization"] = "organization", ["msp_id"] = "Org2MSP", ["challenge"] = text, ["until"] = "2026-12-02T09:00:00Z" }.ToJsonString());
        var certificate = Org2.Authority.Issue("admin", "admin");

        var (code, output) = await SignAsync(file, certificate);

        Assert.Equal(0, code);
        Assert.StartsWith("Guildhall proof of possession, version 1\nThis changes no channel.\naccount north-mill\n", output, StringComparison.Ordinal);
        var answer = JsonNode.Parse(await File.ReadAllBytesAsync(folder.File("request.Org2MSP.possession.json")))!;
        Assert.Equal(certificate.Pem, (string)answer["certificate"]!);
        var challenge = new PossessionChallenge("organization", "Org2MSP", text, TimeProvider.System.GetUtcNow());
        Assert.Null(challenge.WhyNot(Org2.Msp, certificate.Pem, Convert.FromBase64String((string)answer["signature"]!), TimeProvider.System.GetUtcNow()));

        // What is signed for a change begins with Fabric's signature header. No text that begins so is one.
        Assert.ThrowsAny<Google.Protobuf.InvalidProtocolBufferException>(() => SignatureHeader.Parser.ParseFrom(Encoding.UTF8.GetBytes(PossessionChallenge.Prefix)));
        foreach (var (changed, words) in (IEnumerable<(byte[], string)>)
        [
            (Changed(file, "challenge", "Sign this."), "Its challenge is none that this Guildhall knows, and is not signed."),
            (Changed(file, "msp_id", "Org1MSP"), "The challenge is for an administrator of Org1MSP, and --msp-id says Org2MSP."),
        ])
        {
            Assert.Contains(words, (await Assert.ThrowsAsync<OperatorException>(() => SignAsync(changed, certificate))).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_would_not_count_is_not_signed()
    {
        var request = new SignatureRequestFile(Joining, Channel, []).Write();
        var admin = Org2.Authority.Issue("admin", "admin");
        var now = TimeProvider.System.GetUtcNow();
        (byte[] Request, TestCertificate Certificate, string MspId, string Words)[] cases =
        [
            (request, admin with { KeyPem = Org2.Authority.Issue("other", "admin").KeyPem }, "Org2MSP", "The private key is not the one of the certificate that Org2MSP signs with."),
            (request, admin with { KeyPem = "none" }, "Org2MSP", "The private key cannot be read"),
            (request, Org2.Authority.Issue("admin", "admin", until: now.AddMinutes(-1)), "Org2MSP", "The certificate \"CN=admin, OU=admin\" is valid from"),
            (request, Org2.Authority.Issue("client", "client"), "Org2MSP", "The certificate is of Org2MSP and of no administrator there"),
            (request, Org1.Authority.Issue("admin", "admin"), "Org2MSP", "The certificate is not good for Org2MSP: "),
            (request, admin, "Org9MSP", "Org9MSP is not in channel trade; its organizations are Org1MSP, Org2MSP."),
            (Changed(request, "update", Convert.ToBase64String(Leaving.Bytes.ToArray())), admin, "Org2MSP", $"The request was changed: its update has the digest {Leaving.Digest}, and the file says {Joining.Digest}."),
            (Changed(request, "channel", "other"), admin, "Org2MSP", "The request was changed: its update is of channel trade, and the file says other."),
            (Changed(request, "update", "%"), admin, "Org2MSP", "The request's update is not in base64."),
            ("{"u8.ToArray(), admin, "Org2MSP", "The request is not JSON"),
            ("nonsense"u8.ToArray(), admin, "Org2MSP", "The request holds no update of a channel"),
        ];

        foreach (var (bytes, certificate, mspId, words) in cases)
        {
            var refused = await Assert.ThrowsAsync<OperatorException>(() => SignAsync(bytes, certificate, mspId));
            Assert.Contains(words, refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("PRIVATE", refused.Message, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.GetFiles(folder.Path, "*.signature.json"));
    }

    [Fact]
    public async Task Names_that_steer_a_terminal_or_turn_lines_around_are_written_out()
    {
        var joining = Org3.Joining.ToGroup();
        var msp = Org3.Msp.Message.Clone();
        msp.Name = "Org3\u202EMSP\n- It changes nothing.";
        msp.RootCerts[0] = Google.Protobuf.ByteString.CopyFromUtf8(TestAuthority.Create("ca\e[2J\u200B").Pem);
        joining.Values["MSP"].Value = Wire.Bytes(new MSPConfig { Config = Wire.Bytes(msp) });
        var message = ConfigUpdate.Parser.ParseFrom(Joining.Bytes.ToArray());
        (message.ChannelId, message.WriteSet.Groups["Application"].Groups["Org3MSP"]) = ("trade\e]0;x\a", joining);
        var update = PreparedUpdate.FromBytes(Wire.Bytes(message).Span);
        var request = new SignatureRequestFile(update, null, ChangeInWords.Of(update, null)).Write();

        var (code, output) = await SignAsync(request, Org2.Authority.Issue("admin", "admin"));
        Assert.Equal(0, code);
        Assert.StartsWith(@"Channel trade\u{1B}]0;x\u{7}, update ", output, StringComparison.Ordinal);
        Assert.Contains("""- Org3MSP ("Org3\u{202E}MSP\u{A}- It changes nothing.") joins, with the authority "CN=ca\u{1B}[2J\u{200B}" (MSP digest""", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\n- It changes nothing", output, StringComparison.Ordinal);
        Assert.DoesNotContain(output + Encoding.UTF8.GetString(request), character => character != '\n' && PrintableText.IsHidden(character));

        var certificate = Org2.Authority.Issue("admin", "admin");
        await using var printed = new StringWriter();
        await using var complaints = new StringWriter();
        string[] arguments = ["sign", folder.File("request.json"), "--cert", folder.Write("cert.pem", certificate.Pem), "--key", folder.Write("key.pem", "none"), "--msp-id", "Org2\e[2JMSP", "--yes", "--what\u202E"];
        Assert.Equal(1, await new RootCommand { SignCommand.Create() }.RunAsync(arguments, printed, complaints));
        Assert.Equal(1, await new RootCommand { SignCommand.Create() }.RunAsync([.. arguments[..^1], "--output", "x\e[2J"], printed, complaints));
        await File.WriteAllBytesAsync(folder.File("request.json"), Changed(request, "channel", "\u202Eother"));
        Assert.Equal(1, await new RootCommand { SignCommand.Create() }.RunAsync(arguments[..^1], printed, complaints));
        Assert.Contains(@"the file says \u{202E}other", complaints.ToString(), StringComparison.Ordinal);
        Assert.Contains(@"--what\u{202E}", complaints.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(printed.ToString() + complaints, character => character != '\n' && PrintableText.IsHidden(character));
    }

    private async Task<(int Code, string Output)> SignAsync(byte[] request, TestCertificate certificate, string mspId = "Org2MSP")
    {
        await File.WriteAllBytesAsync(folder.File("request.json"), request);
        await using var output = new StringWriter { NewLine = "\n" };
        string[] arguments = [folder.File("request.json"), "--cert", folder.Write("cert.pem", certificate.Pem), "--key", folder.Write("key.pem", certificate.KeyPem), "--msp-id", mspId, "--yes"];
        var code = await SignCommand.Create().Parse(arguments).InvokeAsync(new InvocationConfiguration { Output = output, EnableDefaultExceptionHandler = false });
        return (code, output.ToString());
    }

    private static byte[] Changed(byte[] request, string field, string value)
    {
        var json = JsonNode.Parse(request)!;
        json[field] = value;
        return Encoding.UTF8.GetBytes(json.ToJsonString());
    }

    /// <summary>A channel of these organizations, with the policies that channels usually have.</summary>
    private static ChannelConfiguration Of(params TestOrganization[] organizations)
    {
        var application = new ConfigGroup { ModPolicy = "Admins" };
        foreach (var organization in organizations)
        {
            application.Groups[organization.MspId] = organization.Joining.ToGroup();
        }

        var majority = Wire.Bytes(new ImplicitMetaPolicy { SubPolicy = "Admins", Rule = ImplicitMetaPolicy.Types.Rule.Majority });
        application.Policies["Admins"] = new ConfigPolicy { ModPolicy = "Admins", Policy = new Guildhall.Fabric.Messages.Policy { Type = Guildhall.Fabric.Messages.Policy.Types.Kind.ImplicitMeta, Value = majority } };
        var root = new ConfigGroup { ModPolicy = "Admins", Groups = { ["Application"] = application } };
        return ChannelConfiguration.FromBytes("trade", Wire.Bytes(new Config { ChannelGroup = root }).Span);
    }
}

using System.Security.Cryptography;
using Google.Protobuf;
using Guildhall.Fabric;
using Guildhall.Fabric.Messages;
using Guildhall.Networks;
using Guildhall.Tests.Fabric;
using Kind = Guildhall.Fabric.Messages.Policy.Types.Kind;
using Role = Guildhall.Fabric.Messages.MSPRole.Types.Role;

namespace Guildhall.Tests.Networks;

/// <summary>Updates that somebody made by hand, to have them signed by others: whoever signs is shown all of each, line by line.</summary>
public sealed class ShownUpdatesTests
{
    private const string Org3 = "/Channel/Application/Org3MSP";
    private static readonly TestOrganization Joining = new("Org3MSP");
    private static readonly ChannelConfiguration Current = ChannelConfiguration.FromBytes("trade", new Config { ChannelGroup = Present() }.ToByteArray());
    private static readonly string Root = Fingerprint(Joining.Authority.Pem);
    private static readonly string TlsRoot = Fingerprint(Joining.TlsAuthority.Pem);

    private static readonly string[] Joins =
    [
        $"Org3MSP joins, with the authority \"CN=ca.Org3MSP\" (MSP digest {Digest(new MSPConfig { Config = Joining.Msp.Message.ToByteString() })}).",
        "After it, the organizations of channel trade are exactly Org1MSP, Org2MSP, Org3MSP.",
        "The group /Channel/Application is written at version 2, and changed by Admins as before.",
        "The group /Channel/Application then has exactly the values Capabilities, the policies Admins, Readers and the groups Org1MSP, Org2MSP, Org3MSP.",
        $"The group {Org3} is new, and changed by Admins.",
        $"The value {Org3}/MSP is new, and changed by Admins.",
        $"{Org3}/MSP has the MSP id Org3MSP.",
        $"{Org3}/MSP trusts the root certificate \"CN=ca.Org3MSP\" (SHA-256 {Root}).",
        $"{Org3}/MSP trusts the TLS root certificate \"CN=tlsca.Org3MSP\" (SHA-256 {TlsRoot}).",
        $"{Org3}/MSP tells roles by organizational units: client by client, peer by peer, admin by admin, orderer by orderer.",
        $"{Org3}/MSP hashes with SHA2 and SHA256.",
        $"The policy {Org3}/Admins is new, and changed by Admins, and asks for Org3MSP (admin).",
        $"The policy {Org3}/Endorsement is new, and changed by Admins, and asks for Org3MSP (peer).",
        $"The policy {Org3}/Readers is new, and changed by Admins, and asks for any 1 of Org3MSP (admin), Org3MSP (peer), Org3MSP (client).",
        $"The policy {Org3}/Writers is new, and changed by Admins, and asks for any 1 of Org3MSP (admin), Org3MSP (client).",
    ];

    private static readonly Dictionary<string, Shown> Hostile = new(StringComparer.Ordinal)
    {
        ["nothing beside who joins"] = new(Adding(_ => { }), []),
        ["who changes the application from now on"] = new(Raised(application => application.ModPolicy = "Readers"), [
            "+ The group /Channel/Application is written at version 2, and from now on changed by Readers, until now by Admins.",
            "- The group /Channel/Application is written at version 2, and changed by Admins as before."]),
        ["that nobody changes the channel any more"] = new(Update((_, write) => (write.Version, write.ModPolicy) = (5, "")), [
            "The group /Channel is written at version 5, and from now on changed by nobody, for it names no policy, until now by Admins.",
            "The group /Channel then has exactly the values (none), the policies (none) and the groups Application."]),
        ["a policy that is not listed"] = new(Raised(application => application.Policies.Remove("Readers")), [
            "- The group /Channel/Application then has exactly the values Capabilities, the policies Admins, Readers and the groups Org1MSP, Org2MSP, Org3MSP.",
            "+ The group /Channel/Application then has exactly the values Capabilities, the policies Admins and the groups Org1MSP, Org2MSP, Org3MSP.",
            "+ The policy /Channel/Application/Readers goes away."]),
        ["an organization that is not listed"] = new(Raised(application => application.Groups.Remove("Org2MSP")), [
            "+ Org2MSP leaves channel trade.",
            "- After it, the organizations of channel trade are exactly Org1MSP, Org2MSP, Org3MSP.",
            "+ After it, the organizations of channel trade are exactly Org1MSP, Org3MSP.",
            "- The group /Channel/Application then has exactly the values Capabilities, the policies Admins, Readers and the groups Org1MSP, Org2MSP, Org3MSP.",
            "+ The group /Channel/Application then has exactly the values Capabilities, the policies Admins, Readers and the groups Org1MSP, Org3MSP.",
            "+ The group /Channel/Application/Org2MSP goes away."]),
        ["an organization that stays at another version"] = new(Update((_, write) => write.Groups["Application"].Groups["Org2MSP"] = new ConfigGroup { Version = 8, ModPolicy = "Admins" }), [
            "The group /Channel/Application/Org2MSP is written at version 8, and changed by Admins as before.",
            "The group /Channel/Application/Org2MSP then has exactly the values (none), the policies (none) and the groups (none).",
            "The value /Channel/Application/Org2MSP/MSP goes away.",
            "The policy /Channel/Application/Org2MSP/Admins goes away.",
            "The policy /Channel/Application/Org2MSP/Endorsement goes away.",
            "The policy /Channel/Application/Org2MSP/Readers goes away.",
            "The policy /Channel/Application/Org2MSP/Writers goes away."]),
        ["who asks for what from now on"] = new(Update((_, write) => write.Groups["Application"].Policies["Admins"] = Implicit("Readers", version: 1)), [
            "The policy /Channel/Application/Admins is written at version 1, and changed by Admins as before, and asks for ANY of Readers of the groups below."]),
        ["a rule of one exact certificate"] = new(Update((_, write) => write.Groups["Application"].Policies["Admins"] = Exact()), [
            "The policy /Channel/Application/Admins is written at version 1, and from now on changed by Readers, until now by Admins.",
            """/Channel/Application/Admins, as JSON, because Guildhall has no words for it: {"mod_policy":"Readers","policy":{"type":1,"value":{"identities":[{"principal":"CgFYEgFZ","principal_classification":"IDENTITY"}],"rule":{"signed_by":0},"version":0}},"version":"1"}"""]),
        ["a value that there are no words for"] = new(Update((_, write) => write.Groups["Application"].Values["ACLs"] = new ConfigValue { Value = ByteString.CopyFromUtf8("all"), ModPolicy = "Readers" }), [
            "The value /Channel/Application/ACLs is new, and changed by Readers.",
            """/Channel/Application/ACLs, as JSON, because Guildhall has no words for it: {"mod_policy":"Readers","value":"YWxs","version":"0"}"""]),
        ["anchor peers"] = new(Adding(group => group.Values["AnchorPeers"] = Value(new AnchorPeers { AnchorPeers_ = { Anchor("evil.example.com", 7051), Anchor("a, b", 1) } })), [
            $"+ The value {Org3}/AnchorPeers is new, and changed by Admins.",
            $"+ {Org3}/AnchorPeers has the anchor peers evil.example.com:7051, \"a, b\":1."]),
        ["endpoints"] = new(Adding(group => group.Values["Endpoints"] = Value(new OrdererAddresses { Addresses = { "evil.example.com:7050", "no port" } })), [
            $"+ The value {Org3}/Endpoints is new, and changed by Admins.",
            $"+ {Org3}/Endpoints has the orderers evil.example.com:7050, \"no port\"."]),
        ["orderers of the channel"] = new(Update((_, write) => write.Values["OrdererAddresses"] = Value(new OrdererAddresses { Addresses = { "evil.example.com:7050" } }, version: 3)), [
            "The value /Channel/OrdererAddresses is written at version 3, and from now on changed by Admins.",
            "/Channel/OrdererAddresses has the orderers evil.example.com:7050."]),
        ["a group inside of who joins"] = new(Adding(group => group.Groups["Hidden"] = new ConfigGroup { ModPolicy = "/Channel/Application/Readers", Policies = { ["Admins"] = Implicit("Readers", version: 7) } }), [
            $"+ The group {Org3}/Hidden is new, and changed by /Channel/Application/Readers.",
            $"+ The policy {Org3}/Hidden/Admins is written at version 7, and from now on changed by Admins, and asks for ANY of Readers of the groups below."]),
        ["who changes who joins"] = new(Adding(group => (group.ModPolicy, group.Values["MSP"].ModPolicy, group.Policies["Admins"].ModPolicy) = ("/Channel/Application/Readers", "Readers", "Writers")), [
            $"- The group {Org3} is new, and changed by Admins.",
            $"+ The group {Org3} is new, and changed by /Channel/Application/Readers.",
            $"- The value {Org3}/MSP is new, and changed by Admins.",
            $"+ The value {Org3}/MSP is new, and changed by Readers.",
            $"- The policy {Org3}/Admins is new, and changed by Admins, and asks for Org3MSP (admin).",
            $"+ The policy {Org3}/Admins is new, and changed by Writers, and asks for Org3MSP (admin)."]),
        ["another rule for who joins"] = new(Adding(group => group.Policies["Admins"] = Signed(2, ("Org3MSP", Role.Admin), ("Org1MSP and Org2MSP", Role.Member), ("Org2MSP", Role.Peer))), [
            $"- The policy {Org3}/Admins is new, and changed by Admins, and asks for Org3MSP (admin).",
            $"+ The policy {Org3}/Admins is new, and changed by Admins, and asks for any 2 of Org3MSP (admin), \"Org1MSP and Org2MSP\" (member), Org2MSP (peer)."]),
        ["all that an MSP may have"] = new(Adding(group => Msp(group, msp =>
        {
            msp.IntermediateCerts.Add(Pem(Joining.TlsAuthority.Pem));
            msp.TlsIntermediateCerts.Add(Pem(Joining.Authority.Pem));
            msp.Admins.Add(Pem(Joining.Authority.Pem));
            msp.OrganizationalUnitIdentifiers.Add(new FabricOUIdentifier { OrganizationalUnitIdentifier = "everybody else", Certificate = Pem(Joining.Authority.Pem) });
            msp.RevocationList.Add(ByteString.CopyFromUtf8("list"));
            msp.TlsRootCerts.Add(ByteString.CopyFromUtf8(Joining.Authority.Pem + "and more"));
            msp.CryptoConfig.SignatureHashFamily = "SHA3";
        })), [
            $"- {Joins[0]}",
            $"+ {Org3}/MSP trusts the intermediate certificate \"CN=tlsca.Org3MSP\" (SHA-256 {TlsRoot}).",
            $$"""+ {{Org3}}/MSP, as JSON, because Guildhall has no words for it: {"tls_root_certs":"{{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Joining.Authority.Pem + "and more")).Replace("+", "\\u002B", StringComparison.Ordinal)}}"}""",
            $"+ {Org3}/MSP trusts the TLS intermediate certificate \"CN=ca.Org3MSP\" (SHA-256 {Root}).",
            $"+ {Org3}/MSP lists the administrator \"CN=ca.Org3MSP\" (SHA-256 {Root}).",
            $"+ {Org3}/MSP takes members of the organizational unit \"everybody else\" under \"CN=ca.Org3MSP\" (SHA-256 {Root}), and none without a unit that it takes.",
            $"- {Org3}/MSP hashes with SHA2 and SHA256.",
            $"+ {Org3}/MSP hashes with SHA3 and SHA256.",
            $$"""+ {{Org3}}/MSP, as JSON, because Guildhall has no words for it: {"revocation_list":"bGlzdA=="}"""]),
        ["content at the version that was read, which Fabric leaves as it is"] = new(Update((_, write) =>
        {
            write.ModPolicy = "Readers";
            write.Groups["Application"].Groups["Org2MSP"] = new ConfigGroup { Version = 7, ModPolicy = "Readers" };
        }, read => read.Groups["Application"].Groups["Org2MSP"] = new ConfigGroup { Version = 7 }), ["It changes nothing."]),
    };

    public static TheoryData<string> HostileOnes => [.. Hostile.Keys];

    [Theory]
    [MemberData(nameof(HostileOnes))]
    public void All_of_an_update_is_shown(string what)
    {
        var (message, expected) = Hostile[what];
        var told = ChangeInWords.Of(PreparedUpdate.FromBytes(message.ToByteArray()), Current)
            .Where(line => !line.StartsWith("After this, ", StringComparison.Ordinal) && (!line.Contains("MSP digest", StringComparison.Ordinal) || line == Joins[0])).ToArray();

        var differs = expected.Count == 0 || expected[0][0] is '+' or '-';
        var (more, less) = (expected.Where(line => line[0] == '+').Select(line => line[2..]), expected.Where(line => line[0] == '-').Select(line => line[2..]));
        Assert.Equal(differs ? [.. Joins.Except(less), .. more] : expected, differs ? told.OrderBy(line => Array.IndexOf(Joins, line) is var at && at < 0 ? Joins.Length : at) : told);
    }

    [Fact]
    public void Without_the_present_configuration_it_is_said_what_the_update_says()
    {
        var message = Raised(application => application.ModPolicy = "Readers");

        var told = ChangeInWords.Of(PreparedUpdate.FromBytes(message.ToByteArray()), null);

        Assert.Equal(
            [
                "After it, the organizations of channel trade are exactly Org1MSP, Org2MSP, Org3MSP. Whoever is in the channel now and not among them leaves.",
                "The group /Channel/Application is written at version 2, and from now on changed by Readers.",
                "The group /Channel/Application then has exactly the values Capabilities, the policies Admins, Readers and the groups Org1MSP, Org2MSP, Org3MSP: what else it has now goes away.",
            ],
            told.Skip(1).Take(3));
    }

    [Fact]
    public void What_policies_ask_for_afterwards_is_told_of_the_update_as_it_is()
    {
        var everybody = Update((_, write) => write.Groups["Application"].Policies["Admins"] = Implicit("Readers", version: 1));

        Assert.Contains("After this, ANY of Admins in /Channel/Application is 1 of 2 (before: 2 of 2).", ChangeInWords.Of(PreparedUpdate.FromBytes(everybody.ToByteArray()), Current));
    }

    /// <param name="Lines">All lines; or those that differ from an update that only lets Org3MSP join, each after + or -.</param>
    private sealed record Shown(ConfigUpdate Update, IReadOnlyList<string> Lines);

    private static ConfigUpdate Adding(Action<ConfigGroup> change) => Raised(application => change(application.Groups["Org3MSP"]));

    /// <summary>The application with Org3MSP, and what else is done to it.</summary>
    private static ConfigUpdate Raised(Action<ConfigGroup> change) => Update(
        (_, write) =>
        {
            var application = write.Groups["Application"];
            (application.Version, application.ModPolicy) = (2, "Admins");
            Keep(application);
            application.Groups["Org3MSP"] = Joining.Joining.ToGroup();
            change(application);
        },
        read => Keep(read.Groups["Application"]));

    private static void Keep(ConfigGroup application)
    {
        application.Values["Capabilities"] = new ConfigValue();
        application.Policies["Admins"] = new ConfigPolicy();
        application.Policies["Readers"] = new ConfigPolicy();
        application.Groups["Org1MSP"] = new ConfigGroup();
        application.Groups["Org2MSP"] = new ConfigGroup { Version = 7 };
    }

    private static ConfigUpdate Update(Action<ConfigGroup, ConfigGroup> write, Action<ConfigGroup>? read = null)
    {
        var update = new ConfigUpdate
        {
            ChannelId = "trade",
            ReadSet = new ConfigGroup { Version = 4, Groups = { ["Application"] = new ConfigGroup { Version = 1 } } },
            WriteSet = new ConfigGroup { Version = 4, Groups = { ["Application"] = new ConfigGroup { Version = 1 } } },
        };
        read?.Invoke(update.ReadSet);
        write(update.ReadSet, update.WriteSet);
        return update;
    }

    private static ConfigGroup Present() => new()
    {
        Version = 4,
        ModPolicy = "Admins",
        Groups =
        {
            ["Application"] = new ConfigGroup
            {
                Version = 1,
                ModPolicy = "Admins",
                Values = { ["Capabilities"] = new ConfigValue { ModPolicy = "Admins" } },
                Policies = { ["Admins"] = Implicit("Admins", rule: ImplicitMetaPolicy.Types.Rule.Majority), ["Readers"] = Implicit("Readers") },
                Groups = { ["Org1MSP"] = new TestOrganization("Org1MSP").Joining.ToGroup(), ["Org2MSP"] = new TestOrganization("Org2MSP").Joining.ToGroup() },
            },
        },
    };

    private static ConfigPolicy Implicit(string of, ulong version = 0, ImplicitMetaPolicy.Types.Rule rule = ImplicitMetaPolicy.Types.Rule.Any) =>
        Policy(Kind.ImplicitMeta, new ImplicitMetaPolicy { SubPolicy = of, Rule = rule }, version);

    private static ConfigPolicy Signed(int needed, params (string MspId, Role Role)[] who)
    {
        var rule = new SignaturePolicyEnvelope { Rule = new SignaturePolicy { NOutOf = new SignaturePolicy.Types.NOutOf { N = needed } } };
        foreach (var (mspId, role) in who)
        {
            rule.Rule.NOutOf.Rules.Add(new SignaturePolicy { SignedBy = rule.Identities.Count });
            rule.Identities.Add(new MSPPrincipal { Principal = new MSPRole { MspIdentifier = mspId, Role = role }.ToByteString() });
        }

        return Policy(Kind.Signature, rule);
    }

    private static ConfigPolicy Exact()
    {
        var identity = new MSPPrincipal { PrincipalClassification = MSPPrincipal.Types.Classification.Identity, Principal = new SerializedIdentity { Mspid = "X", IdBytes = ByteString.CopyFromUtf8("Y") }.ToByteString() };
        var policy = Policy(Kind.Signature, new SignaturePolicyEnvelope { Rule = new SignaturePolicy { SignedBy = 0 }, Identities = { identity } }, version: 1);
        policy.ModPolicy = "Readers";
        return policy;
    }

    private static ConfigPolicy Policy(Kind kind, IMessage rule, ulong version = 0) =>
        new() { Version = version, ModPolicy = "Admins", Policy = new Guildhall.Fabric.Messages.Policy { Type = kind, Value = rule.ToByteString() } };

    private static ConfigValue Value(IMessage value, ulong version = 0) => new() { Version = version, ModPolicy = "Admins", Value = value.ToByteString() };

    private static void Msp(ConfigGroup group, Action<FabricMSPConfig> change)
    {
        var msp = Joining.Msp.Message.Clone();
        change(msp);
        group.Values["MSP"] = Value(new MSPConfig { Config = msp.ToByteString() });
    }

    private static Guildhall.Fabric.Messages.AnchorPeer Anchor(string host, int port) => new() { Host = host, Port = port };

    private static ByteString Pem(string pem) => ByteString.CopyFromUtf8(pem);

    private static string Digest(MSPConfig msp) => Convert.ToHexStringLower(SHA256.HashData(msp.ToByteArray()))[..16];

    private static string Fingerprint(string pem)
    {
        using var certificate = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(pem);
        return Convert.ToHexStringLower(SHA256.HashData(certificate.RawData));
    }
}

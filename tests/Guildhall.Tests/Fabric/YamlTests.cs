using System.Text;
using Guildhall.Fabric;

namespace Guildhall.Tests.Fabric;

/// <summary>YAML of somebody who means harm, and what YAML of real networks uses of anchors, aliases and merge keys.</summary>
public sealed class YamlTests
{
    private const string InsideItself = "The connection profile is without end: the alias in line ";
    private const string TooMuch = "The connection profile holds more than 100000 values, counting each alias as all that it stands for.";
    private const string TooDeep = "The connection profile is nested more than 64 levels deep.";
    private const string NoKey = "The connection profile has a list or an object as a key, in the object that begins in line ";

    private static readonly Dictionary<string, (string Text, string Words)> Hostile = new(StringComparer.Ordinal)
    {
        ["a list that holds itself, and is a key"] = ("a: &a [*a]\n? *a\n: v\n", InsideItself),
        ["a list that holds itself"] = ("a: &a [*a]\n", InsideItself),
        ["an object that holds itself"] = ("a: &a { b: *a }\n", InsideItself),
        ["an object that is a key of itself"] = ("a: &a { ? *a : b }\n", InsideItself),
        ["an object that merges itself"] = ("a: &a { <<: *a }\n", InsideItself),
        ["two that hold each other"] = ("a: &a [&b [*a], *b]\n", InsideItself),
        ["laughs as a value"] = (Laughs("last: *l9\n"), TooMuch),
        ["laughs as a key"] = (Laughs("? *l9\n: v\n"), TooMuch),
        ["a few laughs as a key"] = ("a: &a [x]\n? *a\n: v\n", NoKey),
        ["laughs that are merged"] = ("a0: &a0 { x: y }\n" + string.Concat(Enumerable.Range(1, 40).Select(i => $"a{i}: &a{i} {{ p: {{ <<: *a{i - 1} }}, q: {{ <<: *a{i - 1} }} }}\n")), TooMuch),
        ["one long text, a thousand times"] = ("a: &a " + new string('x', 10_000) + "\nb: [" + string.Join(", ", Enumerable.Repeat("*a", 1000)) + "]\n", "The connection profile holds more than 4194304 characters, counting each alias as all that it stands for."),
        ["a million brackets"] = (new string('[', 1_000_000), TooDeep),
        ["a million braces"] = (string.Concat(Enumerable.Repeat("{a: ", 250_000)), TooDeep),
        ["depth by aliases"] = ("a0: &a0 [x]\n" + string.Concat(Enumerable.Range(1, 70).Select(i => $"a{i}: &a{i} [*a{i - 1}]\n")), TooDeep),
        ["brackets as keys"] = (string.Concat(Enumerable.Repeat("? [", 1000)), NoKey),
        ["more than a file of that kind holds"] = ("a: " + new string('x', 1_100_000), "The connection profile is longer than 1048576 characters."),
        ["an alias of nothing"] = ("a: *b\n", "The connection profile refers to an anchor that it does not have: line 1, column 4."),
        ["a key twice"] = ("a: 1\na: 2\n", "The connection profile has the key a twice, in the object that begins in line 1, column 1."),
        ["a merge of a text"] = ("<<: text\n", "The connection profile merges (<<) something that is no object, into the one that begins in line 1, column 1."),
        ["half of a surrogate pair"] = ("a: x\uD800\n", "The connection profile holds a character that is no text: line 1, column 4."),
        ["a character that databases do not take"] = ("a: \"\\0\"\n", "The connection profile holds a character that is no text: line 1, column 4."),
        ["two documents"] = ("a: 1\n---\nb: 1\n", "The connection profile holds several YAML documents; one is needed."),
    };

    public static TheoryData<string> HostileOnes => [.. Hostile.Keys];

    [Theory]
    [MemberData(nameof(HostileOnes))]
    public void A_profile_that_would_do_harm_is_refused(string what)
    {
        var (text, words) = Hostile[what];

        Assert.StartsWith(words, Assert.Throws<FormatException>(() => ConnectionProfile.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void So_is_a_config_yaml_of_an_MSP_folder()
    {
        var files = new TestOrganization("Org1MSP").MspFolder();
        files["config.yaml"] = Encoding.UTF8.GetBytes("a: &a [*a]\n? *a\n: v\n");

        Assert.StartsWith("config.yaml is without end: ", Assert.Throws<FormatException>(() => MspFiles.Read("Org1MSP", files)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Anchors_aliases_and_merge_keys_of_real_profiles_are_carried_out()
    {
        var pem = new TestOrganization("Org1MSP").TlsAuthority.Pem.Replace("\n", "\\n", StringComparison.Ordinal);
        var profile = ConnectionProfile.Parse($$"""
            x-options: &options { hostnameOverride: node.example.com }
            x-node: &node
              tlsCACerts: &authority { pem: "{{pem}}" }
              grpcOptions: *options
            x-else: &else { url: "grpcs://else.example.com:1", grpcOptions: { hostnameOverride: other } }
            x-name: &id Org1
            organizations:
              *id : &org { mspid: Org1MSP, peers: &peers [peer0, peer1] }
              Org2: { <<: *org, mspid: Org2MSP }
            orderers:
              orderer0: { <<: *node, url: "grpcs://orderer.example.com:7050" }
            peers:
              peer0:
                <<: [*node, *else]
                url: grpcs://peer.example.com:7051
              peer1: { url: "grpcs://peer1.example.com:7051", tlsCACerts: *authority }
              peer2: { <<: [*else, *node] }
              "<<": { url: "grpcs://odd.example.com:7051" }
            """);

        Assert.Equal(["Org1 Org1MSP peer0 peer1", "Org2 Org2MSP peer0 peer1"], profile.Organizations.Select(one => $"{one.Name} {one.MspId} {string.Join(' ', one.Peers)}"));
        Assert.Equal(
            [
                "orderer0 orderer.example.com:7050 node.example.com 1",
                "peer0 peer.example.com:7051 node.example.com 1",
                "peer1 peer1.example.com:7051  1",
                "peer2 else.example.com:1 other 1",
                "<< odd.example.com:7051  0",
            ],
            profile.Orderers.Concat(profile.Peers).Select(one => $"{one.Name} {one.Endpoint} {one.Endpoint.ServerName} {one.Endpoint.TlsAuthorities.Length}"));
    }

    /// <summary>Ten lines, of which the last stands for a billion values.</summary>
    private static string Laughs(string use) =>
        "l0: &l0 [x]\n" + string.Concat(Enumerable.Range(1, 9).Select(i => $"l{i}: &l{i} [{string.Join(", ", Enumerable.Repeat($"*l{i - 1}", 10))}]\n")) + use;
}

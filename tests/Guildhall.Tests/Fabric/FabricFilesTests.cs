using System.Text;
using Guildhall.Fabric;
using Guildhall.Networks;

namespace Guildhall.Tests.Fabric;

/// <summary>MSP folders and connection profiles, as Fabric's users have them.</summary>
public sealed class FabricFilesTests
{
    private static readonly TestOrganization Org1 = new("Org1MSP");

    [Fact]
    public void An_MSP_folder_is_read_and_no_private_key_of_it()
    {
        var files = Org1.MspFolder();
        var intermediate = Org1.Authority.CreateIntermediate("ica.Org1MSP");
        files["intermediatecerts/ica.pem"] = Encoding.UTF8.GetBytes(intermediate.Pem);
        files["admincerts/admin.pem"] = Encoding.UTF8.GetBytes("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n" + Org1.Admin.Identity.CertificatePem);

        var msp = MspFiles.Read("Org1MSP", files);

        Assert.Equal(("admin", true, 1, 1), (msp.AdminUnit, msp.NodeOusEnabled, msp.IntermediateCertificates.Length, msp.AdminCertificates.Length));
        Assert.DoesNotContain("PRIVATE", Encoding.UTF8.GetString(msp.ToBytes()));
        var below = intermediate.Issue("second", "admin");
        Assert.True(msp.Check(new SigningIdentity("Org1MSP", below.Pem), TimeProvider.System.GetUtcNow()).Signer!.IsAdmin);
    }

    [Theory]
    [InlineData("config.yaml", "NodeOUs: [", "config.yaml is neither YAML nor JSON: line ")]
    [InlineData("config.yaml", "NodeOUs: { Enable: true, AdminOUIdentifier: { Certificate: cacerts/other.pem, OrganizationalUnitIdentifier: admin } }", "config.yaml names the certificate cacerts/other.pem, which the MSP folder does not hold.")]
    [InlineData("cacerts/ca.pem", "nothing", "cacerts/ca.pem holds no certificate in PEM.")]
    public void A_file_that_cannot_be_understood_is_named(string file, string content, string words)
    {
        var files = Org1.MspFolder();
        files[file] = Encoding.UTF8.GetBytes(content);

        Assert.StartsWith(words, Assert.Throws<FormatException>(() => MspFiles.Read("Org1MSP", files)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_profile_is_read_as_YAML_and_as_JSON()
    {
        const string Yaml = """
            name: trade-network
            client: { organization: Org1 }
            channels: { trade: { orderers: [orderer0], peers: { peer0: { } } } }
            organizations:
              Org1: { mspid: Org1MSP, peers: [peer0] }
            orderers:
              orderer0:
                url: grpcs://orderer.example.com:7050
                grpcOptions: { ssl-target-name-override: orderer }
                tlsCACerts: { path: ca.pem }
            peers:
              peer0: { url: "grpcs://peer.example.com:7051", tlsCACerts: { pem: ["$PEM"] } }
            """;
        var pem = Org1.TlsAuthority.Pem.Replace("\n", "\\n", StringComparison.Ordinal);
        var json = """{"organizations":{"Org1":{"mspid":"Org1MSP","peers":["peer0"]}},"peers":{"peer0":{"url":"grpcs://peer.example.com:7051","tlsCACerts":{"pem":"$PEM"}}}}"""
            .Replace("$PEM", pem, StringComparison.Ordinal);

        var profile = ConnectionProfile.Parse(Yaml.Replace("$PEM", pem, StringComparison.Ordinal), path => path == "ca.pem" ? Org1.TlsAuthority.Pem : "");

        var orderer = Assert.Single(profile.Orderers).Endpoint;
        Assert.Equal(("https://orderer.example.com:7050/", "orderer", 1), (orderer.Address.ToString(), orderer.ServerName, orderer.TlsAuthorities.Length));
        Assert.Equal("peer.example.com:7051", Assert.Single(profile.PeersOf("Org1MSP")).Endpoint.ToString());
        Assert.Equal("peer.example.com:7051", Assert.Single(ConnectionProfile.Parse(json).PeersOf("Org1MSP")).Endpoint.ToString());
    }

    [Theory]
    [InlineData("grpcs://host:443", "host:443")]
    [InlineData("grpc://host:80", "host:80")]
    [InlineData("host:443", "host:443")]
    [InlineData("https://host:7050/", "host:7050")]
    [InlineData("grpcs://[::1]:443", "[::1]:443")]
    [InlineData("grpcs://127.0.0.1:00443", "127.0.0.1:443")]
    [InlineData("host", null)]
    [InlineData("grpcs://host", null)]
    [InlineData("grpcs://[::1]", null)]
    [InlineData("grpcs://[fe80::1]:", null)]
    [InlineData("grpcs://host:0", null)]
    [InlineData("grpcs://somebody:1@h2", null)]
    [InlineData("grpcs://somebody@host:7050", null)]
    [InlineData("grpcs://host:7050/a:7050", null)]
    [InlineData("grpcs://host:7050?a:7050", null)]
    [InlineData("ftp://host:7050", null)]
    public void An_address_is_a_host_and_a_port_and_is_read_again_as_it_was_kept(string address, string? kept)
    {
        if (kept is null)
        {
            Assert.Equal($"\"{address}\" is no address of an orderer or peer: write host:port, or grpcs://host:port.", Assert.Throws<FormatException>(() => NodeEndpoint.Parse(address)).Message);
            return;
        }

        var profile = ConnectionProfile.Parse($$"""{ "organizations": { "Org1": { "mspid": "Org1MSP" } }, "orderers": { "o": { "url": "{{address}}" } } }""");
        var again = ConnectionProfile.Parse(ProfileText.Write(profile));
        Assert.Equal((kept, kept), (profile.Orderers[0].Endpoint.ToString(), again.Orderers[0].Endpoint.ToString()));
        Assert.Equal(profile.Orderers[0].Endpoint.Address, again.Orderers[0].Endpoint.Address);
    }

    [Theory]
    [InlineData("[]", "The connection profile is not a YAML or JSON object.")]
    [InlineData("{}", "The connection profile names no organization: add \"organizations\" with an mspid each.")]
    [InlineData("organizations: { Org1: { } }", "The connection profile's organizations.Org1 has no mspid.")]
    [InlineData("peers: { peer0: { } }", "The connection profile's peers.peer0 has no url.")]
    [InlineData("peers: { peer0: { url: peer0 } }", "The connection profile's peers.peer0.url: \"peer0\" is no address of an orderer or peer: write host:port, or grpcs://host:port.")]
    [InlineData("orderers: { o: { url: 'grpcs://o:1', tlsCACerts: { path: /etc/ca.pem } } }", "The connection profile's orderers.o.tlsCACerts names the file /etc/ca.pem, which is not at hand here: put its text into tlsCACerts.pem.")]
    public void A_profile_that_lacks_something_says_what(string text, string words) =>
        Assert.Equal(words, Assert.Throws<FormatException>(() => ConnectionProfile.Parse(text)).Message);
}

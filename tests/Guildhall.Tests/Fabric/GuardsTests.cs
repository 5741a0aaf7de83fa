using System.Text;
using Guildhall.Fabric;

namespace Guildhall.Tests.Fabric;

public sealed class GuardsTests
{
    private static readonly ChannelConfiguration Channel = Recording.TwoOrganizations;
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    [Fact]
    public void A_sound_change_has_nothing_against_it() => Assert.Empty(Guards.Check(Channel, Adding(new TestOrganization("Org3MSP").Msp), Now));

    [Fact]
    public void Each_unsound_change_is_named()
    {
        var org = new TestOrganization("Org3MSP");
        Assert.Equal(
            """
            everybody leaves          LastOrganization
            added and removed         Contradiction
            another's MSP id          MspIdInUse
            an orderer's MSP id       MspIdInUse
            a bad name                NameRefused
            no authority              NoCertificateAuthority
            a leaf as authority       NotACertificateAuthority
            no administrator          NoAdministrator
            no TLS authority          NoTlsAuthority (warning)
            in three years            CertificateExpired, CertificateExpired
            shortly before the end    CertificateExpiresSoon (warning), CertificateExpiresSoon (warning)
            a stranger's anchors      NotOnChannel
            """,
            string.Join('\n', new[]
            {
                Row("everybody leaves", new ChannelChange { Remove = ["Org1MSP", "Org2MSP"] }),
                Row("added and removed", new ChannelChange { Add = [org.Joining], Remove = ["Org3MSP"] }),
                Row("another's MSP id", Adding(new TestOrganization("Org2MSP").Msp)),
                Row("an orderer's MSP id", Adding(new TestOrganization("OrdererMSP").Msp)),
                Row("a bad name", Adding(new TestOrganization("Org_3").Msp)),
                Row("no authority", Adding(Without(org, "cacerts/ca.pem"))),
                Row("a leaf as authority", Adding(With(org, "cacerts/ca.pem", org.Admin.Identity.CertificatePem))),
                Row("no administrator", Adding(Without(org, "config.yaml"))),
                Row("no TLS authority", Adding(Without(org, "tlscacerts/tlsca.pem"))),
                Row("in three years", Adding(org.Msp), Now.AddDays(1100)),
                Row("shortly before the end", Adding(org.Msp), Now.AddYears(2).AddDays(-3)),
                Row("a stranger's anchors", new ChannelChange { AnchorPeers = new ChannelChange().AnchorPeers.Add("Org3MSP", [new AnchorPeer("a", 1)]) }),
            }));
    }

    [Fact]
    public void What_is_found_of_a_change_is_found_of_its_bytes()
    {
        var org = new TestOrganization("Org3MSP");
        foreach (var change in (ChannelChange[])
        [
            new ChannelChange { Remove = ["Org1MSP"] },
            new ChannelChange { Remove = ["Org1MSP", "Org2MSP"] },
            Adding(org.Msp),
            Adding(new TestOrganization("OrdererMSP").Msp),
            Adding(new TestOrganization("Org_3").Msp),
            Adding(Without(org, "cacerts/ca.pem")),
            Adding(Without(org, "tlscacerts/tlsca.pem")),
        ])
        {
            Assert.Equal(Guards.Check(Channel, change, Now), Guards.Check(Channel, PreparedUpdate.For(Channel, change)!, Now));
        }
    }

    [Fact]
    public void Adding_writes_over_nobody_and_bytes_that_do_are_told()
    {
        var another = new TestOrganization("Org2MSP");
        const string words = "The channel has Org2MSP already, with another definition. Choose another MSP id, or have the organization that bears it removed first.";
        Assert.Equal(words, Assert.Throws<FabricException>(() => PreparedUpdate.For(Channel, Adding(another.Msp))).Message);
        Assert.False(Adding(another.Msp).IsMadeOn(Channel));

        var config = Channel.Config.Clone();
        config.ChannelGroup.Groups["Application"].Groups["Org2MSP"] = another.Joining.ToGroup();
        var update = PreparedUpdate.FromBytes(Google.Protobuf.MessageExtensions.ToByteArray(ConfigDifference.Between(Channel, config)!));
        Assert.Equal(words, Guards.WhyNot(Channel, update, Now));
    }

    [Fact]
    public void An_update_is_judged_by_the_channel_as_it_is_and_not_as_it_was()
    {
        var leave = new ChannelChange { Remove = ["Org2MSP"] };
        var update = PreparedUpdate.For(Channel, leave)!;
        Assert.Null(Guards.WhyNot(Channel, update, Now));
        Assert.True(update.IsStillFor(Channel, leave));

        var alone = Recording.After(new ChannelChange { Remove = ["Org1MSP"] });
        Assert.StartsWith("No organization would be left in the channel.", Guards.WhyNot(alone, leave, Now), StringComparison.Ordinal);
        Assert.False(update.IsStillFor(alone, leave));
    }

    private static ChannelChange Adding(MspDefinition msp) => new() { Add = [new OrganizationDefinition(msp, [])] };

    private static MspDefinition Without(TestOrganization organization, string file)
    {
        var files = organization.MspFolder();
        files.Remove(file);
        return MspFiles.Read(organization.MspId, files);
    }

    private static MspDefinition With(TestOrganization organization, string file, string content)
    {
        var files = organization.MspFolder();
        files[file] = Encoding.UTF8.GetBytes(content);
        return MspFiles.Read(organization.MspId, files);
    }

    private static string Row(string name, ChannelChange change, DateTimeOffset? at = null) =>
        $"{name,-26}{string.Join(", ", Guards.Check(Channel, change, at ?? Now).Where(one => one.Kind != FindingKind.PolicyUnmeetable).Select(one => one.Kind + (one.IsWarning ? " (warning)" : "")))}";
}

using Guildhall.Memberships;
using Guildhall.Services;

namespace Guildhall.Tests.Services;

public sealed class NewServiceTests
{
    private static readonly NewService Creator = new(
        "trade", Edition.Enterprise, null, null, null, null, "goleveldb", "CCE", TrustedComputing: false, [], [], Invitation: null);

    private static readonly NewService Invitee = Creator with { Invitation = new InvitingService("account", "project", "inviter") };

    private static readonly Service Inviter = new(
        "inviter", "account", "harbor", "project", "harbor", new Traits("union", "sflic", "sm2", Edition.Enterprise, "2.5"), IsInvitee: false,
        "goleveldb", "CCE", TrustedComputing: false, DateTimeOffset.UnixEpoch, DeletedAt: null, [new Organization("organization", 1)]);

    [Theory]
    [InlineData("1.4", true)]
    [InlineData("2.2", true)]
    [InlineData("2.5.9", true)]
    [InlineData("3.0", true)]
    [InlineData("3", false)]
    [InlineData("2.", false)]
    [InlineData(".2", false)]
    [InlineData("2.2.2.2", false)]
    [InlineData("v2.2", false)]
    [InlineData("2.2 ", false)]
    [InlineData("2.2\n", false)]
    [InlineData("٢.٢", false)]
    [InlineData("2.1234", false)]
    public void A_Fabric_version_is_two_or_three_numbers(string version, bool isValid) => Assert.Equal(isValid, FabricVersions.IsVersion(version));

    [Fact]
    public void A_creator_gets_the_references_defaults() => Assert.Equal(
        new Traits("private", "etcdraft", "ECDSA", Edition.Enterprise, "2.2"), Creator.TraitsBeside(inviter: null));

    [Fact]
    public void A_creator_on_an_old_Fabric_gets_a_consensus_that_it_knows() => Assert.Equal(
        "solo", (Creator with { FabricVersion = "1.4" }).TraitsBeside(inviter: null).Consensus);

    [Fact]
    public void An_invitee_takes_what_it_leaves_out_from_its_inviter() => Assert.Equal(Inviter.Traits, Invitee.TraitsBeside(Inviter.Traits));

    [Fact]
    public void A_creator_gets_one_organization_in_one_channel_and_an_invitee_gets_no_channel()
    {
        Assert.Equal([new Organization("organization", 1)], Creator.AllOrganizations);
        var channel = Assert.Single(Creator.AllChannels);
        Assert.Equal(("channel", "organization"), (channel.Name, Assert.Single(channel.Organizations)));
        Assert.Equal([new Organization("organization", 1)], Invitee.AllOrganizations);
        Assert.Empty(Invitee.AllChannels);
    }

    [Fact]
    public void Each_trait_has_to_be_the_inviters()
    {
        Assert.Null(WhyNot(Invitee));
        Assert.Null(WhyNot(Invitee with { BlockchainType = "union", Consensus = "sflic", SignAlgorithm = "sm2", FabricVersion = "2.5" }));
        Assert.Equal(Mismatch("its blockchain type is private, the inviter's is union"), WhyNot(Invitee with { BlockchainType = "private" }));
        Assert.Equal(Mismatch("its consensus is etcdraft, the inviter's is sflic"), WhyNot(Invitee with { Consensus = "etcdraft" }));
        Assert.Equal(Mismatch("its signature algorithm is ECDSA, the inviter's is sm2"), WhyNot(Invitee with { SignAlgorithm = "ECDSA" }));
        Assert.Equal(Mismatch("its edition is Basic, the inviter's is Enterprise"), WhyNot(Invitee with { Edition = Edition.Basic }));
        Assert.Equal(Mismatch("its Fabric version is 2.2, the inviter's is 2.5"), WhyNot(Invitee with { FabricVersion = "2.2" }));

        static Refusal? WhyNot(NewService wanted) => CreatingRules.WhyNot(wanted, Inviter, [], new Limits());
        static Refusal Mismatch(string reason) => Refusal.ServiceMismatch.Because(reason);
    }

    [Fact]
    public void The_first_refusal_in_rank_is_given()
    {
        var limits = new Limits { Services = 1 };
        var wanted = Invitee with
        {
            Edition = Edition.Basic,
            Organizations = [new Organization("mill", 9)],
            Channels = [new NewChannel("trade", "", ["unknown"]), new NewChannel("grain", "", ["mill"])],
        };
        Assert.Equal(Refusal.OrganizationNotFound.Because("channels names unknown, which peer_orgs does not"), WhyNot(services: 1));
        wanted = wanted with { Channels = [new NewChannel("trade", "", ["mill"]), new NewChannel("grain", "", ["mill"])] };
        Assert.Equal(Refusal.ServiceQuotaReached.Because("the project has 1 of 1"), WhyNot(services: 1));
        Assert.Equal(Refusal.ChannelQuotaReached.Because("Basic allows 1, this would make 2"), WhyNot(services: 0));
        wanted = wanted with { Channels = wanted.Channels.RemoveAt(1) };
        Assert.Equal(Refusal.PeerQuotaReached.Because("Basic allows 1 peers per organization, mill would have 9"), WhyNot(services: 0));
        wanted = wanted with { Organizations = [new Organization("mill", 1)] };
        Assert.Equal(Refusal.NotCreator.Because("an invitee joins channels, so leave channels out"), WhyNot(services: 0));
        wanted = wanted with { Channels = [] };
        Assert.Equal(Refusal.ServiceMismatch.Because("its edition is Basic, the inviter's is Enterprise"), WhyNot(services: 0));
        wanted = wanted with { Edition = Edition.Enterprise };
        Assert.Null(WhyNot(services: 0));

        Refusal? WhyNot(int services) => CreatingRules.WhyNot(wanted, Inviter, services == 0 ? [] : ["another"], limits);
    }
}

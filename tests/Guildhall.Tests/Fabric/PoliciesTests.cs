using Guildhall.Fabric;
using Guildhall.Fabric.Messages;
using Kind = Guildhall.Fabric.Messages.Policy.Types.Kind;

namespace Guildhall.Tests.Fabric;

/// <summary>Who must sign, in words and as data, and what a change brings for those who decide later.</summary>
public sealed class PoliciesTests
{
    private static readonly TestOrganization[] Organizations = [new("Org1MSP"), new("Org2MSP"), new("Org3MSP"), new("Org4MSP"), new("Org5MSP")];
    private static readonly ChannelChange AddStranger = new() { Add = [new TestOrganization("Org9MSP").Joining] };

    /// <summary>Rule, who signed (by number), what is missing, and the smallest sets that finish it.</summary>
    public static TheoryData<string, string, string, string> Cases => new()
    {
        { "ANY Admins", "", "any one of Org1MSP, Org2MSP, Org3MSP, Org4MSP, Org5MSP", "Org1MSP | Org2MSP | Org3MSP | Org4MSP | Org5MSP" },
        { "ANY Admins", "2", "nobody", "" },
        { "ALL Admins", "135", "Org2MSP and Org4MSP", "Org2MSP+Org4MSP" },
        { "MAJORITY Admins", "12", "any one of Org3MSP, Org4MSP, Org5MSP", "Org3MSP | Org4MSP | Org5MSP" },
        { "MAJORITY Admins", "1", "any 2 of Org2MSP, Org3MSP, Org4MSP, Org5MSP", "Org2MSP+Org3MSP | Org2MSP+Org4MSP | Org2MSP+Org5MSP | Org3MSP+Org4MSP | Org3MSP+Org5MSP | Org4MSP+Org5MSP" },
        { "MAJORITY Admins", "111", "any 2 of Org2MSP, Org3MSP, Org4MSP, Org5MSP", "Org2MSP+Org3MSP | Org2MSP+Org4MSP | Org2MSP+Org5MSP | Org3MSP+Org4MSP | Org3MSP+Org5MSP | Org4MSP+Org5MSP" },
        { "OutOf(2, 'Org1MSP.admin', 'Org2MSP.admin', 'Org3MSP.admin')", "3", "any one of Org1MSP, Org2MSP", "Org1MSP | Org2MSP" },
        { "OR('Org1MSP.admin', AND('Org2MSP.admin', 'Org3MSP.admin'))", "", "any one of Org1MSP, (Org2MSP and Org3MSP)", "Org1MSP | Org2MSP+Org3MSP" },
        { "OR('Org1MSP.admin', AND('Org2MSP.admin', 'Org3MSP.admin'))", "2", "any one of Org1MSP, Org3MSP", "Org1MSP | Org3MSP" },
        { "AND('Org1MSP.member', 'Org1MSP.admin')", "", "Org1MSP (member) and Org1MSP", "Org1MSP+Org1MSP (member)" },
        { "OutOf(2, 'Org1MSP.admin', 'Org1MSP.admin')", "1", "Org1MSP", "Org1MSP" },
        { "OutOf(2, 'Org1MSP.admin', OutOf(2, 'Org1MSP.admin', 'Org2MSP.admin'))", "12", "Org1MSP", "Org1MSP" },
        { "OutOf(2, 'Org1MSP.admin', OutOf(2, 'Org1MSP.admin', 'Org2MSP.admin'))", "1", "Org1MSP and Org2MSP", "Org1MSP+Org2MSP" },
        { "OutOf(2, OutOf(2, 'Org1MSP.admin', 'Org2MSP.admin'), 'Org1MSP.admin')", "12", "Org1MSP", "Org1MSP" },
        { "OR('Org1MSP.admin', 'Org8MSP.admin')", "", "any one of Org1MSP, Org8MSP", "Org1MSP" },
        { "AND('Org1MSP.admin', 'Org8MSP.admin')", "1", "Org8MSP", "never" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_is_missing_is_told_in_words_and_as_sets(string rule, string who, string words, string sets)
    {
        var channel = ChannelOf(rule);
        var plan = SignaturePlan.For(PreparedUpdate.For(channel, AddStranger)!, channel);

        var missing = plan.After(who.Select(number => SignerOf(Organizations[number - '1'])));

        Assert.Equal((words, sets), (missing.Words, missing.CanBeMet ? string.Join(" | ", missing.SmallestSets.Select(set => string.Join('+', set))) : "never"));
        Assert.Equal(words == "nobody", missing.IsComplete);
        Assert.Equal("/Channel/Application/Admins", Assert.Single(plan.Policies).Path);
    }

    [Fact]
    public void A_second_signature_of_an_organization_does_not_help()
    {
        var channel = ChannelOf("MAJORITY Admins");
        var plan = SignaturePlan.For(PreparedUpdate.For(channel, AddStranger)!, channel);
        var (first, second, client) = (SignerOf(Organizations[0]), SignerOf(Organizations[1]), SignerOf(Organizations[0], "client"));

        Assert.Equal((true, false, false, true), (plan.WouldHelp(first, []), plan.WouldHelp(first, [first]), plan.WouldHelp(client, []), plan.WouldHelp(second, [first])));
        Assert.True(plan.MaySubmit(client));
    }

    [Fact]
    public void More_sets_than_anybody_reads_are_cut_off_and_the_words_still_say_it_all()
    {
        var many = Enumerable.Range(10, 20).Select(number => new OrganizationDefinition(MspFiles.Read($"Org{number}", Organizations[0].MspFolder()), []));
        var channel = Recording.After(new ChannelChange { Add = [.. many] });
        var missing = SignaturePlan.For(PreparedUpdate.For(channel, AddStranger)!, channel).After([]);

        Assert.StartsWith("any 12 of Org10, Org11", missing.Words, StringComparison.Ordinal);
        Assert.False(missing.AreAllListed);
        Assert.All(missing.SmallestSets, set => Assert.Equal(12, set.Length));
    }

    [Fact]
    public void A_change_says_how_majorities_move() => Assert.Equal(
        [
            "After this, MAJORITY of Admins in /Channel/Application is 4 of 6 (before: 3 of 5).",
            "After this, MAJORITY of Endorsement in /Channel/Application is 4 of 6 (before: 3 of 5).",
            "After this, MAJORITY of LifecycleEndorsement in /Channel/Application is 4 of 6 (before: 3 of 5).",
        ],
        Consequences.Of(ChannelOf("MAJORITY Admins"), AddStranger).Select(one => one.Words).Where(words => words.Contains("MAJORITY", StringComparison.Ordinal)));

    [Fact]
    public void A_change_after_which_nobody_can_decide_is_found()
    {
        var channel = ChannelOf("AND('Org1MSP.admin', 'Org4MSP.admin')");
        var leaving = new ChannelChange { Remove = ["Org4MSP"] };

        Assert.Contains(Consequences.Of(channel, leaving), one => one.BreaksIt && one.Words == "After this, the policy /Channel/Application/Admins cannot be met by anyone any more.");
        Assert.Contains(Guards.Check(channel, leaving, TimeProvider.System.GetUtcNow()), finding => finding.Kind == FindingKind.PolicyUnmeetable && !finding.IsWarning);
    }

    /// <summary>The recorded channel with five organizations of which the test has the keys, and an Admins policy.</summary>
    private static ChannelConfiguration ChannelOf(string rule)
    {
        var config = new ChannelChange { Remove = ["Org1MSP", "Org2MSP"], Add = [.. Organizations.Select(one => one.Joining)] }.ApplyTo(Recording.TwoOrganizations);
        var policy = config.ChannelGroup.Groups["Application"].Policies["Admins"].Policy;
        if (rule.EndsWith(" Admins", StringComparison.Ordinal))
        {
            var meta = ImplicitMetaPolicy.Parser.ParseFrom(policy.Value);
            meta.Rule = Enum.Parse<ImplicitMetaPolicy.Types.Rule>(rule.Split(' ')[0], ignoreCase: true);
            policy.Value = Wire.Bytes(meta);
        }
        else
        {
            (policy.Type, policy.Value) = (Kind.Signature, Wire.Bytes(SignatureRules.Parse(rule)));
        }

        return new ChannelConfiguration("trade", config, 1, Google.Protobuf.ByteString.Empty);
    }

    private static Signer SignerOf(TestOrganization organization, string unit = "admin")
    {
        using var signer = unit == "admin" ? null : organization.Signer("someone", unit);
        return organization.Msp.Check((signer ?? organization.Admin).Identity, TimeProvider.System.GetUtcNow()).Signer!;
    }
}

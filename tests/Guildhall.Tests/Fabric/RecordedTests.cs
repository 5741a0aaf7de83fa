using Guildhall.Fabric;
using ConfigUpdate = Guildhall.Fabric.Messages.ConfigUpdate;

namespace Guildhall.Tests.Fabric;

/// <summary>Reading and changing a configuration that a real network delivered.</summary>
public sealed class RecordedTests
{
    private static readonly ChannelConfiguration Channel = Recording.TwoOrganizations;

    public static TheoryData<string> Changes => ["add", "remove", "anchors"];

    [Fact]
    public void A_block_is_read() => Assert.Equal(
        ("trade", 0UL, "Org1MSP, Org2MSP", "OrdererMSP", true),
        (Channel.Channel, Channel.Sequence, string.Join(", ", Channel.Organizations.Select(one => one.MspId)), Assert.Single(Channel.OrdererOrganizations).MspId, Assert.Single(Channel.OrdererAddresses).StartsWith("127.0.0.1:", StringComparison.Ordinal)));

    [Theory]
    [MemberData(nameof(Changes))]
    public void An_update_is_what_Fabrics_tool_computes(string name) =>
        Assert.Equal(ConfigUpdate.Parser.ParseFrom(Recording.Read($"{name}.update")), PreparedUpdate.For(Channel, ChangeOf(name))!.Message);

    [Theory]
    [MemberData(nameof(Changes))]
    public void What_is_so_already_needs_no_update(string name) => Assert.Null(PreparedUpdate.For(Recording.After(ChangeOf(name)), ChangeOf(name)));

    [Fact]
    public void An_update_says_what_it_changes() => Assert.Equal(
        ["[Group]  /Channel/Application", "[Group]  /Channel/Application/Org3MSP", "[Policy] /Channel/Application/Org3MSP/Admins"],
        PreparedUpdate.For(Channel, ChangeOf("add"))!.Changes(Channel)[..3]);

    [Fact]
    public void Kept_bytes_give_the_same_update_and_configuration_back()
    {
        var update = PreparedUpdate.For(Channel, ChangeOf("add"))!;

        Assert.Equal(update.Digest, PreparedUpdate.FromBytes(update.Bytes.AsSpan()).Digest);
        Assert.Equal(Channel.ToBytes(), ChannelConfiguration.FromBytes("trade", Channel.ToBytes()).ToBytes());
    }

    [Fact]
    public async Task A_signature_is_refused_with_the_reason()
    {
        var (org1, org2, stranger, now) = (new TestOrganization("Org1MSP"), new TestOrganization("Org5MSP"), new TestOrganization("Org9MSP"), TimeProvider.System.GetUtcNow());
        var channel = Recording.After(new ChannelChange { Remove = ["Org1MSP", "Org2MSP"], Add = [org1.Joining, org2.Joining] });
        var (update, other) = (PreparedUpdate.For(channel, ChangeOf("add"))!, PreparedUpdate.For(channel, new ChannelChange { Remove = ["Org5MSP"] })!);
        using var expired = org1.Signer("late", "admin", now.AddMinutes(-1));

        Assert.Null((await CheckAsync(update, org1.Admin)).Problem);
        Assert.True((await CheckAsync(update, org1.Admin)).Signer!.IsAdmin);
        Assert.Equal(SignatureProblem.Stranger, (await CheckAsync(update, stranger.Admin)).Problem);
        Assert.Equal(SignatureProblem.Expired, (await CheckAsync(update, expired)).Problem);
        Assert.Equal(SignatureProblem.WrongSignature, (await CheckAsync(other, org1.Admin)).Problem);

        async Task<SignatureCheck> CheckAsync(PreparedUpdate signed, ISigner signer) =>
            (await UpdateSignature.CreateAsync(signed, signer, default)).Check(update, channel, now);
    }

    private static ChannelChange ChangeOf(string name) => name switch
    {
        "add" => new ChannelChange { Add = [new OrganizationDefinition(Recording.Org3, [])] },
        "remove" => new ChannelChange { Remove = ["Org2MSP"] },
        _ => new ChannelChange { AnchorPeers = new ChannelChange().AnchorPeers.Add("Org1MSP", [new AnchorPeer("peer0.org1", 7051)]) },
    };
}

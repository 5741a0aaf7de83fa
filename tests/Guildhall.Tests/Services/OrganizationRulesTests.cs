using Guildhall.Memberships;
using Guildhall.Services;

namespace Guildhall.Tests.Services;

/// <summary>Organizations and their peers, as the register counts them.</summary>
public sealed class OrganizationRulesTests
{
    private static readonly Service Harbor = new(
        "harbor-id", "account", "harbor", "project", "harbor", new Traits("union", "etcdraft", "ECDSA", Edition.Enterprise, "2.2"), IsInvitee: false,
        "goleveldb", "CCE", TrustedComputing: false, DateTimeOffset.UnixEpoch, DeletedAt: null, [new("crane", 2), new("quay", 2), new("idle", 1)]);

    private static readonly Channel Trade = new("trade", "", DateTimeOffset.UnixEpoch, [new("crane", 2), new("quay", 1)]);

    private static readonly Membership Joined = new(
        "id", "elsewhere", new Party("other", "other", "other", "other-id", "other"), new Party("account", "harbor", "project", "harbor-id", "harbor"),
        MembershipState.Joined, TrustedComputing: false, [new MemberOrganization("idle", 1)], DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, "operation");

    [Theory]
    [InlineData("quay 1", "crane 2, quay 2")]
    [InlineData("idle 1", "crane 2, quay 1, idle 1")]
    [InlineData("quay 1, idle 1", "crane 2, quay 2, idle 1")]
    [InlineData("quay 2", "PeerQuotaReached")]
    [InlineData("crane 1", "PeerQuotaReached")]
    [InlineData("idle 2147483647", "PeerQuotaReached")]
    [InlineData("Quay 1", "OrganizationNotFound")]
    public void Peers_join_as_long_as_their_organization_has_them(string joining, string expected) =>
        Assert.Equal(expected, Text(Trade.Join(Harbor, Parse(joining).Select(organization => (organization.Name, organization.NodeCount)))));

    [Theory]
    [InlineData("crane", 1, "crane 1, quay 1")]
    [InlineData("crane", 2, "PeerQuotaReached")]
    [InlineData("crane", 3, "PeerQuotaReached")]
    [InlineData("quay", 1, "PeerQuotaReached")]
    [InlineData("idle", 1, "OrganizationNotFound")]
    public void Peers_leave_as_long_as_one_stays(string organization, int peers, string expected) =>
        Assert.Equal(expected, Text(Trade.Leave(organization, peers)));

    [Theory]
    [InlineData("crane", "quay 1")]
    [InlineData("crane,quay", "")]
    [InlineData("crane,idle", "OrganizationNotFound")]
    public void Organizations_leave_with_all_their_peers(string organizations, string expected) =>
        Assert.Equal(expected, Text(Trade.Leave(organizations.Split(','))));

    [Theory]
    [InlineData("dock 1", false, "crane 2, quay 2, idle 1, dock 1")]
    [InlineData("dock 3", false, "PeerQuotaReached")]
    [InlineData("idle 2", false, "crane 2, quay 2, idle 2")]
    [InlineData("idle 3", false, "PeerQuotaReached")]
    [InlineData("crane 1", false, "OrganizationInUse")] // two of its peers are in a channel
    [InlineData("quay 1", false, "crane 2, quay 1, idle 1")]
    [InlineData("quay 1, dock 1", false, "ParameterInvalid")] // two kinds of change
    [InlineData("-doc 1", false, "ParameterInvalid")]
    [InlineData("crane 0", true, "OrganizationInUse")]
    [InlineData("idle 0", true, "OrganizationInUse")] // it has joined another's channel
    [InlineData("dock 0", true, "OrganizationNotFound")]
    public void Organizations_are_added_scaled_and_removed(string change, bool isRemoval, string expected) =>
        Assert.Equal(expected, Text(new OrganizationChange([.. Parse(change)], isRemoval).ApplyTo(Harbor, [Trade], [Joined], new Limits())));

    [Fact]
    public void An_idle_organization_is_removed_and_the_last_one_is_not()
    {
        Assert.Equal("crane 2, quay 2", Text(new OrganizationChange([new("idle", 0)], IsRemoval: true).ApplyTo(Harbor, [Trade], [], new Limits())));
        Assert.Equal("OrganizationInUse", Text(new OrganizationChange(Harbor.Organizations, IsRemoval: true).ApplyTo(Harbor, [], [], new Limits())));
    }

    private static IEnumerable<Organization> Parse(string organizations) =>
        organizations.Split(", ").Select(text => text.Split(' ')).Select(parts => new Organization(parts[0], int.Parse(parts[1])));

    private static string Text(Result<Channel> result) => result.IsRefused(out var refusal, out var channel) ? NameOf(refusal) : Text(channel.Peers);

    private static string Text(Result<Service> result) => result.IsRefused(out var refusal, out var service) ? NameOf(refusal) : Text(service.Organizations);

    private static string Text(IEnumerable<Organization> organizations) =>
        string.Join(", ", organizations.Select(organization => $"{organization.Name} {organization.NodeCount}"));

    private static string NameOf(Refusal refusal) => typeof(Refusal).GetFields(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Static)
        .Single(field => field.GetValue(null) is Refusal known && known.Rank == refusal.Rank).Name;
}

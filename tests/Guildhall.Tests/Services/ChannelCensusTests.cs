using Guildhall.Memberships;
using Guildhall.Services;

namespace Guildhall.Tests.Services;

public sealed class ChannelCensusTests
{
    private const int BytesEach = 100;

    private readonly ChannelCensus census = new();

    [Fact]
    public void The_owner_is_first_and_the_others_stand_in_the_order_of_their_invitations()
    {
        census.Add(null, "quay", Names.HashOf("quay", "own"), 1);
        census.Add("019b7ca9-8c88-7000-a5ee-000000000002", "later", Names.HashOf("later", "b"), 1);
        census.Add("019b7ca9-8c88-7000-a5ee-000000000001", "crane", Names.HashOf("crane", "a"), 1);
        census.Add("019b7ca9-8c88-7000-a5ee-000000000001", "barge", Names.HashOf("barge", "a"), 1);

        census.Sort();

        Assert.Equal(["quay", "crane", "barge", "later"], census.Names);
        Assert.Equal([Names.HashOf("quay", "own"), Names.HashOf("crane", "a"), Names.HashOf("barge", "a"), Names.HashOf("later", "b")], census.Hashes);
        Assert.Equal(["quay", "crane", "barge", "later"], census.PeersByName().Select(one => one.Name));
    }

    [Fact]
    public void Organizations_of_one_name_have_their_peers_in_one_place()
    {
        var (first, second) = (Names.HashOf("quay", "a"), Names.HashOf("quay", "b"));
        census.Add(null, "quay", first, 2);
        census.Add("019b7ca9-8c88-7000-a5ee-000000000001", "crane", Names.HashOf("crane", "b"), 1);
        census.Add("019b7ca9-8c88-7000-a5ee-000000000001", "quay", second, 1);

        census.Sort();

        Assert.Equal(["quay", "crane"], census.PeersByName().Select(one => one.Name));
        Assert.Equal([$"peer-{first}-0", $"peer-{first}-1", $"peer-{second}-0"], census.PeersByName().First().Peers);
    }

    [Fact]
    public void An_organization_takes_few_bytes()
    {
        const int Organizations = 40_000;
        var hash = Names.HashOf("organization", "service");
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Organizations; i++)
        {
            census.Add("019b7ca9-8c88-7000-a5ee-000000000001", "organization", hash, 1);
        }

        Assert.InRange(census.Size, 1, Organizations * BytesEach);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 4 * Organizations * BytesEach); // the list has grown in steps
    }
}

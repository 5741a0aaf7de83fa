using Guildhall.Fabric;
using Guildhall.Memberships;

namespace Guildhall.Tests.Fabric;

/// <summary>An account of a history, and what is true of it whatever Guildhall says.</summary>
internal sealed class Participant(Person person, TestOrganization own)
{
    public Person Person { get; } = person;

    /// <summary>The organization whose keys it has.</summary>
    public TestOrganization Own { get; } = own;

    /// <summary>What it is attached as; null where it is not yet.</summary>
    public TestOrganization? Attached { get; private set; }

    /// <summary>Whether it has shown the keys of what it is attached as; who has stays so while it is attached as the same.</summary>
    public bool IsProven { get; private set; }

    /// <summary>With what it may join, or may have joined: whatever it was attached as and has the keys of, since it agreed.</summary>
    public HashSet<TestOrganization> Claims { get; } = [];

    /// <summary>With which organization it has joined: several where it has the keys of several that were on the channel; none while it has not.</summary>
    public TestOrganization[] Joined { get; set; } = [];

    /// <summary>As the register was last seen to have it; null where it was never invited.</summary>
    public MembershipState? State { get; set; }

    /// <summary>Its service is deleted.</summary>
    public bool HasGivenUp { get; set; }

    public bool Waits => State is MembershipState.Joining or MembershipState.Leaving;

    public void Attach(TestOrganization organization, bool proven)
    {
        (Attached, IsProven) = (organization, proven || (IsProven && Attached == organization));
        if (IsProven)
        {
            Claims.Add(organization);
        }
    }

    /// <summary>It begins anew with what it is attached as now.</summary>
    public void Agree()
    {
        Claims.Clear();
        Joined = [];
        if (Attached is { } organization)
        {
            Attach(organization, IsProven);
        }
    }
}

/// <summary>Who is on a channel, and who may come and go: the rules by which each of its blocks is judged.</summary>
/// <param name="inviters">The inviter's own, which no other account joins or leaves with.</param>
/// <param name="deciders">Who of the channel decides on its members, and how many of them are needed; null for a majority, which any channel with an organization has.</param>
internal sealed class ChannelModel(IEnumerable<TestOrganization> known, TestOrganization inviters, (string[] Of, int Needed)? deciders)
{
    private readonly List<TestOrganization> known = [.. known];
    private readonly Dictionary<string, TestOrganization> places = new(StringComparer.Ordinal);

    /// <summary>The organization that is on the channel by an MSP id.</summary>
    public IReadOnlyDictionary<string, TestOrganization> Places => places;

    /// <summary>Whether those of the channel can decide together, without somebody.</summary>
    public bool CanDecideWithout(string? mspId = null)
    {
        var left = places.Keys.Where(id => id != mspId).ToArray();
        return left.Length > 0 && (deciders is not { } rule || rule.Of.Count(left.Contains) >= rule.Needed);
    }

    public bool Has(TestOrganization organization) => places.GetValueOrDefault(organization.MspId) == organization;

    /// <summary>Goes by a block that was made outside of Guildhall.</summary>
    public void TakeOver(ChannelConfiguration made)
    {
        places.Clear();
        foreach (var organization in made.Organizations)
        {
            places[organization.MspId] = known.Single(one => one.Msp.Equals(organization.Msp));
        }
    }

    /// <summary>Holds a block that Guildhall made against what the participants have asked for.</summary>
    public void Judge(ChannelConfiguration made, IReadOnlyCollection<Participant> participants)
    {
        var (before, couldDecide) = (places.Values.ToArray(), CanDecideWithout());
        TakeOver(made);
        foreach (var replaced in before.Where(one => places.GetValueOrDefault(one.MspId) is { } now && now != one))
        {
            Assert.Fail($"{replaced.MspId} was put in another's place.");
        }

        foreach (var joined in places.Values.Except(before))
        {
            Assert.True(participants.Any(one => one.State == MembershipState.Joining && one.Claims.Contains(joined)), $"{joined.MspId} came onto the channel, and nobody who has its keys has agreed.");
        }

        foreach (var left in before.Except(places.Values))
        {
            Assert.True(participants.Any(one => one.State == MembershipState.Leaving && one.Joined.Contains(left)), $"{left.MspId} was taken out, and it is no member's that quits.");
        }

        Assert.True(places.Count > 0, "The channel has no organization.");
        Assert.True(!couldDecide || CanDecideWithout(), "Nobody can change the channel any more.");
    }

    /// <summary>Holds what the register has come to say of a participant against the channel.</summary>
    public void Judge(Participant participant, MembershipState state, IReadOnlyCollection<Participant> participants)
    {
        if (state == MembershipState.Joined && participant.State != MembershipState.Joined)
        {
            participant.Joined = [.. participant.Claims.Where(claimed => Has(claimed) && claimed != inviters && participants.All(other => other == participant || other.Joined is not [var its] || its != claimed))];
            Assert.True(participant.Joined.Length > 0, $"{participant.Person.AccountName} is said to have joined, and has no organization of its own on the channel.");
        }

        if (state == MembershipState.Left && participant.State != MembershipState.Left && participant.Joined is { Length: > 0 } joined)
        {
            Assert.True(
                !joined.All(Has) || participants.Any(other => other != participant && other.Claims.Overlaps(joined)),
                $"{participant.Person.AccountName} is said to have left, and {joined[0].MspId} is on the channel.");
            participant.Joined = [];
        }

        participant.State = state;
    }

    /// <summary>Whether what a participant's change waits for is true, where nobody is asked to sign it: only what it says itself can go on then.</summary>
    public bool IsHeldUp(Participant participant, string says, IEnumerable<Participant> participants, Person inviter)
    {
        var own = participant.Joined;
        return says switch
        {
            _ when says.StartsWith("No organization would be left", StringComparison.Ordinal) => own.Any(Has) && places.Count == 1,
            _ when says.Contains("cannot be met by anyone any more", StringComparison.Ordinal) => own.Any(one => Has(one) && !CanDecideWithout(one.MspId)),
            _ when says.Contains("already, with another definition", StringComparison.Ordinal) =>
                participant.Claims.Append(participant.Attached!).Any(one => says.Contains(one.MspId, StringComparison.Ordinal) && places.ContainsKey(one.MspId) && !Has(one)),
            _ when says.Contains("is another organization than the one", StringComparison.Ordinal) => own.Any(one => places.ContainsKey(one.MspId) && !Has(one)),
            _ when says.StartsWith("It is not proven", StringComparison.Ordinal) => !participant.IsProven,
            _ when says.StartsWith("The organization's place on the channel is taken", StringComparison.Ordinal) =>
                says.Contains($"both {inviter.AccountName} and ", StringComparison.Ordinal)
                || participants.Any(other => other != participant && says.Contains($"both {other.Person.AccountName} and ", StringComparison.Ordinal) && (other.Waits || other.State == MembershipState.Joined)),
            _ => false,
        };
    }
}

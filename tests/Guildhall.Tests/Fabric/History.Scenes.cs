using Guildhall.Fabric.Messages;
using Guildhall.Memberships;

namespace Guildhall.Tests.Fabric;

/// <summary>What steps in any order seldom come to: everybody leaves, two want one place, somebody is attached anew before it leaves, and the like.</summary>
internal sealed partial class History
{
    private Task PlaySceneAsync() => (scene % 6) switch
    {
        0 => TwoWantOnePlaceAsync(),
        1 => OneLeavesAsAnotherAsync(),
        2 => OneIsReplacedOutsideAsync(),
        3 => OneComesTooLateAsync(),
        4 => OneHasSignedAsync(),
        _ => OrderersFailOneByOneAsync(),
    };

    private async Task EverybodyLeavesAsync()
    {
        await EverybodyComesAsync();
        foreach (var member in participants.FindAll(one => one.State == MembershipState.Joined))
        {
            await QuitAsync(member);
            await WorkAWhileAsync();
        }
    }

    /// <summary>Two agree at once, with the same organization, or with two of one name, of which one may be on the channel.</summary>
    private async Task TwoWantOnePlaceAsync()
    {
        if (await FindOutsideAsync(2) is not [var one, var other, ..])
        {
            return;
        }

        var wanted = AnyOf(organizations);
        await AttachAsync(one, wanted);
        await AttachAsync(other, dice.Throw(0, 3) == 0 ? wanted : NamesakeOf(wanted));
        await AgreeAsync(one);
        await AgreeAsync(other);
    }

    private async Task OneLeavesAsAnotherAsync()
    {
        await EverybodyComesAsync();
        if (participants.Find(one => one.State == MembershipState.Joined) is { } member)
        {
            await AttachAsync(member, AnyOf(organizations.FindAll(one => one.MspId != member.Joined[0].MspId)));
            await QuitAsync(member);
        }
    }

    /// <summary>What it has joined with is taken out, and another of its name comes in its place.</summary>
    private async Task OneIsReplacedOutsideAsync()
    {
        await EverybodyComesAsync();
        if (participants.Find(one => one.State == MembershipState.Joined && model.Has(one.Joined[0]) && IsRemovable(one.Joined[0])) is { } member)
        {
            var replaced = member.Joined[0];
            await RemoveOutsideAsync(replaced);
            await AddOutsideAsync(NamesakeOf(replaced));
            await QuitAsync(member);
        }
    }

    /// <summary>While signatures are awaited, another of its name comes.</summary>
    private async Task OneComesTooLateAsync()
    {
        if (await FindOutsideAsync(1) is not [var one, ..] || organizations.Find(other => !model.Places.ContainsKey(other.MspId)) is not { } joining)
        {
            return;
        }

        await AttachAsync(one, joining);
        await AgreeAsync(one);
        await WorkAsync(TimeSpan.FromSeconds(1));
        if (!model.Places.ContainsKey(joining.MspId))
        {
            await AddOutsideAsync(NamesakeOf(joining));
        }
    }

    /// <summary>One of several has signed, and then somebody changes what the update has nothing to do with.</summary>
    private async Task OneHasSignedAsync()
    {
        if (await FindOutsideAsync(1) is not [var one, ..])
        {
            return;
        }

        var anchored = AnyOf([.. model.Places.Values]);
        await SetAnchorOutsideAsync(anchored);
        await AttachAsync(one, one.Own);
        await AgreeAsync(one);
        await SettleAsync();
        await SignOneAsync();
        await SetAnchorOutsideAsync(anchored);
        await SettleAsync();
    }

    /// <summary>All but one are cut off, and that one then answers nobody.</summary>
    private async Task OrderersFailOneByOneAsync()
    {
        var left = AnyOf(orderers);
        foreach (var (orderer, _) in orderers.Where(one => one != left))
        {
            orderer.CutOff();
        }

        Tell("All orderers but one are cut off.");
        await EverybodyComesAsync();
        left.Orderer.RefusesReaders = Status.ServiceUnavailable;
        Tell("The last one answers nobody.");
        foreach (var member in participants.FindAll(one => one.State == MembershipState.Joined))
        {
            await QuitAsync(member);
            await WorkAsync(LongestWait);
        }
    }

    /// <summary>Whoever is not on the channel comes, each with an organization of its own.</summary>
    private async Task EverybodyComesAsync()
    {
        foreach (var one in participants.FindAll(one => one.State is not (MembershipState.Joined or MembershipState.Leaving) && !one.HasGivenUp))
        {
            await AttachAsync(one, one.Own);
            await AgreeAsync(one);
        }

        await SignAllAsync();
    }

    /// <summary>Some who have not agreed yet, for which others may have to quit.</summary>
    private async Task<List<Participant>> FindOutsideAsync(int count)
    {
        foreach (var member in participants.FindAll(one => one.State == MembershipState.Joined))
        {
            if (participants.Count(IsOutside) < count)
            {
                await QuitAsync(member);
                await SignAllAsync();
            }
        }

        return participants.FindAll(IsOutside) is { } outside && outside.Count >= count ? outside : [];

        static bool IsOutside(Participant one) => one.State is not (MembershipState.Joining or MembershipState.Joined or MembershipState.Leaving) && !one.HasGivenUp;
    }

    private TestOrganization NamesakeOf(TestOrganization organization) => organizations.Find(one => one != organization && one.MspId == organization.MspId)!;
}

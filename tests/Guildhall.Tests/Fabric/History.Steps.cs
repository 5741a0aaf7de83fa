using Guildhall.Fabric;
using Guildhall.Fabric.Messages;

namespace Guildhall.Tests.Fabric;

/// <summary>The steps, in any order.</summary>
internal sealed partial class History
{
    private Task TakeStepAsync() => dice.Throw(0, 20) switch
    {
        < 4 => AttachAsync(AnyOf(participants)),
        < 8 => AgreeAsync(AnyOf(participants)),
        < 11 => QuitAsync(AnyOf(participants)),
        < 13 => SetAnchorOutsideAsync(),
        < 14 => RemoveOutsideAsync(),
        < 15 => AddOutsideAsync(),
        < 17 => SignOneAsync(),
        < 18 => DeclineOneAsync(),
        < 19 => TroubleAsync(),
        _ => SettleAsync(),
    };

    private Task AttachAsync(Participant participant)
    {
        var kind = dice.Throw(0, 8);
        return AttachAsync(participant, kind < 5 ? participant.Own : AnyOf(organizations), isPublic: kind == 7);
    }

    private async Task AttachAsync(Participant participant, TestOrganization organization, bool isPublic = false)
    {
        var holdsKey = dice.Throw(0, 3) > 0;
        Tell($"{NameOf(participant)} attaches {NameOf(organization)}, {(isPublic ? "of which it has the public folder only" : holdsKey ? "with its key" : "proven, without its key")}.");
        await (isPublic ? consortium.AttachPublicAsync(participant.Person, organization) : consortium.AttachAsync(participant.Person, organization, holdsKey));
        participant.Attach(organization, proven: !isPublic);
    }

    private async Task AgreeAsync(Participant participant)
    {
        if (participant.Attached is null)
        {
            await AttachAsync(participant);
        }

        var invited = await Service.Inviter.InviteAsync(participant.Person, Channel);
        var (status, _) = await participant.Person.AgreeAsync(Channel);
        Tell($"{NameOf(participant)} is invited ({invited.Status}) and agrees ({status}).");
        if (status == 200)
        {
            participant.Agree();
        }

        await NoteAsync();
    }

    private async Task QuitAsync(Participant participant)
    {
        Tell($"{NameOf(participant)} quits ({(await participant.Person.QuitAsync(Channel)).Status}).");
        await NoteAsync();
    }

    private Task SetAnchorOutsideAsync() => SetAnchorOutsideAsync(AnyOf([.. model.Places.Values]));

    private async Task SetAnchorOutsideAsync(TestOrganization organization)
    {
        Tell($"{NameOf(organization)} sets an anchor peer outside.");
        await network.ChangeAsync(FabricNetwork.AnchorOf(organization, dice.Throw(7051, 9000)), organization);
        TakeOverBlocks();
    }

    /// <summary>The inviter's is left, as which the channel is read; and whoever stays can change it.</summary>
    private async Task RemoveOutsideAsync()
    {
        if (model.Places.Values.Where(IsRemovable).ToList() is { Count: > 0 } removable)
        {
            await RemoveOutsideAsync(AnyOf(removable));
        }
    }

    private async Task RemoveOutsideAsync(TestOrganization organization)
    {
        Tell($"{NameOf(organization)} is removed outside.");
        await network.ChangeAsync(new ChannelChange { Remove = [organization.MspId] }, [.. model.Places.Values.OrderBy(one => one == organization)]); // whoever stays reads it
        TakeOverBlocks();
    }

    private bool IsRemovable(TestOrganization organization) => organization != inviters && model.CanDecideWithout(organization.MspId);

    private async Task AddOutsideAsync()
    {
        if (organizations.FindAll(one => !model.Places.ContainsKey(one.MspId)) is { Count: > 0 } absent)
        {
            await AddOutsideAsync(AnyOf(absent));
        }
    }

    private async Task AddOutsideAsync(TestOrganization organization)
    {
        Tell($"{NameOf(organization)} is added outside.");
        await network.ChangeAsync(new ChannelChange { Add = [organization.Joining] }, [.. model.Places.Values]);
        TakeOverBlocks();
    }

    private async Task SignOneAsync()
    {
        if (await asked.ListAsync("waiting") is { Count: > 0 } waiting)
        {
            await SignAsync(AnyOf(waiting));
        }
    }

    private async Task DeclineOneAsync()
    {
        if (await asked.ListAsync("waiting") is { Count: > 0 } waiting)
        {
            var (person, request) = AnyOf(waiting);
            var (status, _) = await person.PostAsync($"signature-requests/{(string)request["id"]!}/decline", """{ "reason": "not before May" }""");
            Tell($"{(string)request["msp_id"]!} declines ({status}).");
        }
    }

    private Task TroubleAsync()
    {
        var number = dice.Throw(0, orderers.Count);
        var orderer = orderers[number].Orderer;
        orderer.Heal();
        var kind = dice.Throw(0, 5);
        switch (kind)
        {
            case 0:
                orderer.CutOff();
                break;
            case 1:
                orderer.LosesUpdates = int.MaxValue;
                break;
            case 2:
                orderer.RefusesReaders = Status.Forbidden;
                break;
            case 3:
                orderer.RefusesUpdates = new BroadcastResponse { Status = Status.Forbidden, Info = "implicit policy evaluation failed: permission denied" };
                break;
        }

        Tell($"Orderer {number + 1} {(kind switch { 0 => "is cut off", 1 => "loses updates", 2 => "refuses readers", 3 => "refuses updates", _ => "is as it should be" })}.");
        return Task.CompletedTask;
    }
}

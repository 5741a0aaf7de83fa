using System.Text.Json.Nodes;
using Guildhall.Fabric;
using Guildhall.Fabric.Messages;
using Guildhall.Memberships;
using Guildhall.Storage;
using Guildhall.Tests.Hosting;

namespace Guildhall.Tests.Fabric;

/// <summary>What a few accounts do with one channel, by a seed, beside the model of what has to come of it.</summary>
internal sealed class History : IAsyncDisposable
{
    private const string Channel = FabricNetwork.Channel;
    private const int MostRounds = 30;
    private const string Majority = "MAJORITY Admins";
    private const string TwoOfThree = "OutOf(2, 'Org1MSP.admin', 'Org2MSP.admin', 'Org3MSP.admin')";

    private static readonly FabricOptions Hasty = FabricOptions.Default with { Patience = TimeSpan.FromMilliseconds(50), CommitPatience = TimeSpan.FromMilliseconds(50) };

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(11); // a step that fails is tried again before

    private readonly Dice dice;
    private readonly StandInNetwork network;
    private readonly Consortium consortium;
    private readonly List<SecondOrderer> others = [];
    private readonly List<Participant> participants = [];
    private readonly List<TestOrganization> organizations;
    private readonly ChannelModel model;
    private readonly AskedPeople asked;
    private readonly List<string> told = [];
    private int seen;

    /// <summary>What the inviter is attached as: of the channel, or what runs its orderers, so that everybody of the channel may leave.</summary>
    private readonly TestOrganization inviters;

    private History(Dice chance, StandInNetwork stage, Consortium people, string rule)
    {
        (dice, network, consortium) = (chance, stage, people);
        string[] founders = [.. stage.Members.Select(one => one.MspId)];
        organizations =
        [
            .. stage.Members,
            .. Names(founders.Length + 1, 4).Select(name => new TestOrganization(name)),
            .. Names(2, 4).Select(name => new TestOrganization(name)), // others by the same names
        ];
        inviters = chance.Throw(0, 4) == 0 ? stage.OrdererOrganization : stage.Org1;
        model = new ChannelModel(organizations, inviters, rule == TwoOfThree ? (founders, 2) : null);
        asked = new AskedPeople(people.Service, model, () => participants.Select(one => one.Person));
    }

    /// <summary>The steps so far, a line each.</summary>
    public IReadOnlyList<string> Told => told;

    private TestService Service => consortium.Service;

    public static async Task<History> StartAsync(int seed)
    {
        var chance = new Dice(seed);
        string[] founders = [.. Names(1, chance.Throw(1, 4))];
        var rule = founders.Length < 3 ? Majority : chance.Throw(0, 3) switch { 0 => TwoOfThree, 1 => "ALL Admins", _ => Majority };
        var stage = await StandInNetwork.StartAsync(new NetworkPlan(founders) { AdminsRule = rule });
        var people = await Consortium.StartAsync(stage, configure: services => services.AddSingleton(Hasty));
        var history = new History(chance, stage, people, rule);
        history.Tell($"{string.Join(", ", founders)} begin; {rule} decide.");
        await history.BeginAsync();
        return history;
    }

    private async Task BeginAsync()
    {
        var first = inviters == network.Org1 ? 1 : 0;
        participants.Add(new Participant(Service.Invitee, organizations[first]));
        participants.Add(new Participant(Service.Third, organizations[first + 1]));
        participants.Add(new Participant(await Service.AddPersonAsync("east-bank", "bank", isInvitee: true), organizations[first + 2]));
        for (var count = dice.Throw(0, 3); count > 0; count--)
        {
            others.Add(await SecondOrderer.StartAsync(network));
        }

        await consortium.AttachThroughAllAsync([.. others.Select(one => one.Endpoint), network.Orderer], Service.Inviter, inviters, holdsKey: true);
        TakeOverBlocks();
        Tell($"There are {others.Count + 1} orderers. The inviter is {inviters.MspId}.");
    }

    private static IEnumerable<string> Names(int from, int to) => Enumerable.Range(from, to - from + 1).Select(number => $"Org{number}MSP");

    public async Task RunAsync(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            await TakeStepAsync();
            for (var rounds = dice.Throw(0, 4); rounds > 0; rounds--)
            {
                await WorkAsync(TimeSpan.FromSeconds(dice.Throw(1, 60)));
            }
        }
    }

    /// <summary>Has the nodes put right and everybody sign, and then whoever is still held up give up: each time, whatever waits has to be true.</summary>
    public async Task EndAsync()
    {
        foreach (var orderer in others)
        {
            Heal(orderer);
        }

        Tell("All orderers are as they should be. Everybody signs.");
        await SignAllAsync();
        await CheckHeldUpAsync();
        foreach (var participant in participants.Where(one => one.State == MembershipState.Joining))
        {
            Tell($"{NameOf(participant)} gives up.");
            Assert.Equal(200, (await participant.Person.DeleteAsync("blockchains/" + participant.Person.ServiceId)).Status);
        }

        await SignAllAsync();
        await CheckHeldUpAsync();
        Assert.DoesNotContain(participants, one => one.State == MembershipState.Joining);
    }

    public async ValueTask DisposeAsync()
    {
        await consortium.DisposeAsync();
        foreach (var orderer in others)
        {
            await orderer.DisposeAsync();
        }
    }

    private Task TakeStepAsync() => dice.Throw(0, 20) switch
    {
        < 4 => AttachAsync(AnyOf(participants)),
        < 8 => AgreeAsync(AnyOf(participants)),
        < 11 => QuitAsync(AnyOf(participants)),
        < 13 => SetAnchorOutsideAsync(),
        < 14 => RemoveOutsideAsync(),
        < 17 => SignOneAsync(),
        < 18 => DeclineOneAsync(),
        < 19 => TroubleAsync(),
        _ => SettleAsync(),
    };

    private async Task AttachAsync(Participant participant)
    {
        var kind = dice.Throw(0, 8);
        var organization = kind switch
        {
            < 5 => participant.Own,
            < 6 => organizations[4 + participants.IndexOf(participants.First(other => other != participant))], // by another's name
            _ => AnyOf(organizations),
        };
        var (isPublic, holdsKey) = (kind == 6, dice.Throw(0, 3) > 0);
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

    private async Task SetAnchorOutsideAsync()
    {
        var organization = AnyOf([.. model.Places.Values]);
        Tell($"{NameOf(organization)} sets an anchor peer outside.");
        await network.ChangeAsync(FabricNetwork.AnchorOf(organization, dice.Throw(7051, 9000)), organization);
        TakeOverBlocks();
    }

    /// <summary>The inviter's is left, as which the channel is read; and whoever stays can change it.</summary>
    private async Task RemoveOutsideAsync()
    {
        var removable = model.Places.Values.Where(one => one != inviters && model.CanDecideWithout(one.MspId)).ToList();
        if (removable.Count == 0)
        {
            return;
        }

        var organization = AnyOf(removable);
        Tell($"{NameOf(organization)} is removed outside.");
        await network.ChangeAsync(new ChannelChange { Remove = [organization.MspId] }, [.. model.Places.Values.OrderBy(one => one == organization)]); // whoever stays reads it
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

    private async Task TroubleAsync()
    {
        if (others.Count == 0)
        {
            return;
        }

        var (number, kind) = (dice.Throw(0, others.Count), dice.Throw(0, 5));
        var orderer = others[number];
        Heal(orderer);
        switch (kind)
        {
            case 0 when model.Has(network.Org1):
                await orderer.RememberAsync();
                orderer.IsCutOff = true;
                break;
            case 1:
                orderer.LosesUpdates = true;
                break;
            case 2:
                orderer.RefusesReaders = Status.Forbidden;
                break;
            case 3:
                orderer.RefusesUpdates = new BroadcastResponse { Status = Status.Forbidden, Info = "implicit policy evaluation failed: permission denied" };
                break;
        }

        Tell($"Orderer {number + 1} {(kind switch { 0 => "is cut off", 1 => "loses updates", 2 => "refuses readers", 3 => "refuses updates", _ => "is as it should be" })}.");
    }

    private static void Heal(SecondOrderer orderer) =>
        (orderer.IsCutOff, orderer.LosesUpdates, orderer.RefusesReaders, orderer.RefusesUpdates) = (false, false, null, null);

    private async Task SignAllAsync()
    {
        for (var round = 0; ; round++)
        {
            Assert.True(round < MostRounds, "People sign, and are asked again and again.");
            await SettleAsync();
            List<(Person Person, JsonNode Request)> open = [.. await asked.ListAsync("waiting"), .. await asked.ListAsync("declined")];
            if (open.Count == 0)
            {
                return;
            }

            foreach (var one in open)
            {
                Assert.True(await SignAsync(one) == 200, "A signature that was asked for is not taken.");
            }
        }
    }

    private async Task<int> SignAsync((Person Person, JsonNode Request) one)
    {
        var status = await asked.SignAsync(one.Person, one.Request);
        Tell($"{(string)one.Request["msp_id"]!} signs ({status}).");
        return status;
    }

    /// <summary>Lets the worker do what is due, and holds what comes of it against the model.</summary>
    private async Task WorkAsync(TimeSpan later)
    {
        await Service.WorkAsync();
        foreach (var made in NewConfigurations())
        {
            model.Judge(made, participants);
            Tell($"  {string.Join(", ", model.Places.Values.Select(NameOf))} are on the channel.");
        }

        await NoteAsync();
        Service.Clock.Advance(later);
    }

    /// <summary>Lets the worker do what is due until only people's answers are awaited.</summary>
    private async Task SettleAsync()
    {
        var (before, same) = ("", 0);
        for (var round = 0; same < 2; round++)
        {
            Assert.True(round < MostRounds, "It does not come to rest.");
            await WorkAsync(LongestWait);
            var now = string.Join("\n", await Task.WhenAll(participants.Where(one => one.Waits).Select(async one => $"{NameOf(one)}: {await SaysAsync(one)}"))) + seen;
            (before, same) = (now, now == before ? same + 1 : 0);
        }

        Tell("  Settled.");
        foreach (var participant in participants.Where(one => one.Waits))
        {
            var says = await SaysAsync(participant);
            Tell($"  {NameOf(participant)}: {says}");
            Assert.True(says.Length > 0, $"{NameOf(participant)} waits, and it is not said for what.");
        }

        await asked.CheckAsync();
    }

    private async Task CheckHeldUpAsync()
    {
        foreach (var participant in participants.Where(one => one.Waits))
        {
            var says = await SaysAsync(participant);
            Assert.True(model.IsHeldUp(participant, says, participants, Service.Inviter), $"Everybody has signed, and {NameOf(participant)} waits: {says}");
        }
    }

    /// <summary>Holds what the register says against the model.</summary>
    private async Task NoteAsync()
    {
        foreach (var participant in participants)
        {
            var before = participant.State;
            if ((Membership?)await consortium.FindMembershipAsync(participant.Person) is { } membership && membership.State != before)
            {
                Tell($"  {NameOf(participant)} is {membership.State}.");
                model.Judge(participant, membership.State, participants);
            }
        }
    }

    private async Task<string> SaysAsync(Participant participant)
    {
        var membership = await consortium.FindMembershipAsync(participant.Person);
        var operation = await Service.Store.ReadAsync(
            session => session.FindOperationAsync(participant.Person.ProjectId, membership.LeaveOperationId ?? membership.JoinOperationId!, default), default);
        return string.Join(" ", operation!.CurrentStep?.Messages ?? []);
    }

    private void TakeOverBlocks()
    {
        foreach (var made in NewConfigurations())
        {
            model.TakeOver(made);
        }
    }

    private List<ChannelConfiguration> NewConfigurations()
    {
        var blocks = network.Ledger.Blocks;
        List<ChannelConfiguration> made = [.. blocks.Skip(seen).Select(block => Guildhall.Fabric.Blocks.ConfigurationIn(block, FabricStep.ReadConfiguration)!)];
        seen = blocks.Count;
        return made;
    }

    private T AnyOf<T>(IReadOnlyList<T> all) => all[dice.Throw(0, all.Count)];

    private static string NameOf(Participant participant) => participant.Person.AccountName;

    private string NameOf(TestOrganization organization) => organizations.IndexOf(organization) < 4 ? organization.MspId : $"another {organization.MspId}";

    private void Tell(string what) => told.Add(what);
}

using System.Text.Json.Nodes;
using Guildhall.Fabric;
using Guildhall.Memberships;
using Guildhall.Storage;
using Guildhall.Tests.Hosting;

namespace Guildhall.Tests.Fabric;

/// <summary>What a few accounts do with one channel, by a seed, beside the model of what has to come of it.</summary>
internal sealed partial class History : IAsyncDisposable
{
    private const string Channel = FabricNetwork.Channel;
    private const int MostRounds = 30;
    private const string Majority = "MAJORITY Admins";
    private const string TwoOfThree = "OutOf(2, 'Org1MSP.admin', 'Org2MSP.admin', 'Org3MSP.admin')";

    private static readonly FabricOptions Hasty = FabricOptions.Default with { Patience = TimeSpan.FromMilliseconds(50), CommitPatience = TimeSpan.FromMilliseconds(50) };

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(11); // a step that fails is tried again before

    private readonly Dice dice;
    private readonly int scene;
    private readonly StandInNetwork network;
    private readonly Consortium consortium;
    private readonly List<(StandInOrderer Orderer, NodeEndpoint Endpoint)> orderers = [];
    private readonly List<Participant> participants = [];
    private readonly List<TestOrganization> organizations;
    private readonly ChannelModel model;
    private readonly AskedPeople asked;
    private readonly List<string> told = [];
    private int seen;

    /// <summary>What the inviter is attached as: of the channel, or what runs its orderers, so that everybody of the channel may leave.</summary>
    private readonly TestOrganization inviters;

    private History(StandInNetwork stage, Consortium people, string rule, int seed)
    {
        (dice, network, consortium, scene) = (new Dice(seed), stage, people, seed + (seed / 6));
        string[] founders = [.. stage.Members.Select(one => one.MspId)];
        organizations =
        [
            .. stage.Members,
            .. Names(founders.Length + 1, 4).Select(name => new TestOrganization(name)),
            .. Names(1, 4).Select(name => new TestOrganization(name)), // others by the same names
        ];
        inviters = seed % 2 == 0 ? stage.OrdererOrganization : stage.Org1;
        model = new ChannelModel(organizations, inviters, rule == TwoOfThree ? (founders, 2) : null);
        asked = new AskedPeople(people.Service, model, () => participants.Select(one => one.Person));
    }

    /// <summary>The steps so far, a line each.</summary>
    public IReadOnlyList<string> Told => told;

    private TestService Service => consortium.Service;

    /// <param name="seed">Also tells how many organizations there are, who decides, and whether the inviter is one of them.</param>
    public static async Task<History> StartAsync(int seed)
    {
        string[] founders = [.. Names(1, 1 + (seed % 3))];
        var rule = founders.Length < 3 ? Majority : (seed / 3 % 3) switch { 0 => TwoOfThree, 1 => "ALL Admins", _ => Majority };
        var stage = await StandInNetwork.StartAsync(new NetworkPlan(founders) { AdminsRule = rule });
        var people = await Consortium.StartAsync(stage, configure: services => services.AddSingleton(Hasty));
        var history = new History(stage, people, rule, seed);
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
        for (var count = dice.Throw(1, 4); count > 0; count--)
        {
            orderers.Add(await network.StartOrdererAsync());
        }

        await consortium.AttachThroughAllAsync([.. orderers.Select(one => one.Endpoint)], Service.Inviter, inviters, holdsKey: true);
        TakeOverBlocks();
        Tell($"The inviter is {inviters.MspId}, and has named {orderers.Count} orderers. Others use another one, which is always as it should be.");
    }

    private static IEnumerable<string> Names(int from, int to) => Enumerable.Range(from, to - from + 1).Select(number => $"Org{number}MSP");

    /// <summary>Something happens in any order, and then what that seldom comes to.</summary>
    public async Task RunAsync(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            await TakeStepAsync();
            await WorkAWhileAsync();
        }

        await ComeToRestAsync();
        await PlaySceneAsync();
    }

    /// <summary>In the end some give up who are held up, everybody else leaves, and whoever is still held up gives up: each time, whatever waits has to be true.</summary>
    public async Task EndAsync()
    {
        await ComeToRestAsync();
        await GiveUpAsync(_ => dice.Throw(0, 2) == 0);
        await EverybodyLeavesAsync();
        await ComeToRestAsync();
        await GiveUpAsync(_ => true);
        Assert.DoesNotContain(participants, one => one.State == MembershipState.Joining);
    }

    public ValueTask DisposeAsync() => consortium.DisposeAsync();

    private async Task GiveUpAsync(Predicate<Participant> gives)
    {
        foreach (var participant in participants.FindAll(one => one.State == MembershipState.Joining && gives(one)))
        {
            Tell($"{NameOf(participant)} gives up.");
            Assert.Equal(200, (await participant.Person.DeleteAsync("blockchains/" + participant.Person.ServiceId)).Status);
            participant.HasGivenUp = true;
        }

        await ComeToRestAsync();
    }

    /// <summary>Has the nodes put right and everybody sign: whatever waits then has to be held up by something that is true.</summary>
    private async Task ComeToRestAsync()
    {
        orderers.ForEach(one => one.Orderer.Heal());
        Tell("All orderers are as they should be. Everybody signs.");
        await SignAllAsync();
        foreach (var participant in participants.Where(one => one.Waits))
        {
            var says = await SaysAsync(participant);
            Assert.True(model.IsHeldUp(participant, says, participants, Service.Inviter), $"Everybody has signed, and {NameOf(participant)} waits: {says}");
        }
    }

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

    private async Task WorkAWhileAsync()
    {
        for (var rounds = dice.Throw(0, 4); rounds > 0; rounds--)
        {
            await WorkAsync(TimeSpan.FromSeconds(dice.Throw(1, 60)));
        }
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
        for (var round = 0; same < 2 && (round == 0 || participants.Exists(one => one.Waits)); round++)
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

        if (orderers.All(one => one.Orderer.IsWell)) // what nobody shows cannot be known
        {
            await asked.CheckAsync();
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

using Guildhall.Fabric;
using Guildhall.Identity;
using Guildhall.Outbox;
using Guildhall.Tests.Hosting;

namespace Guildhall.Tests.Fabric;

/// <summary>What memberships go through on their way, whatever kind of network the channel is of.</summary>
public abstract class HardshipCases
{
    private const string Channel = FabricNetwork.Channel;

    private protected abstract Task<FabricNetwork> StartAsync(NetworkPlan plan);

    [Fact]
    public async Task Three_tenants_join_and_leave_some_signing_here_and_some_on_machines_of_their_own()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP")));
        var service = consortium.Service;
        var fourth = await service.AddPersonAsync("east-bank", "bank", isInvitee: true);
        var (org2, org3, org4) = (new TestOrganization("Org2MSP"), new TestOrganization("Org3MSP"), new TestOrganization("Org4MSP"));
        await consortium.AttachAsync(service.Invitee, org2, holdsKey: false);
        await consortium.AttachAsync(service.Third, org3, holdsKey: true, await consortium.Network.StartPeerAsync(org3));
        await consortium.AttachAsync(fourth, org4, holdsKey: false);

        await JoinAsync(service.Invitee); // Org1 is one of one
        await JoinAsync(service.Third, "Signed: Org1MSP. Awaited: Org2MSP.", service.Invitee, org2.Admin); // two of two
        await JoinAsync(fourth); // Org1 and Org3 are two of three
        Assert.Equal(["Org1MSP", "Org2MSP", "Org3MSP", "Org4MSP"], await consortium.OrganizationsAsync());

        await LeaveAsync(service.Invitee, "Signed: Org1MSP, Org3MSP. Awaited: any one of Org2MSP, Org4MSP.", fourth, org4.Admin); // three of four
        await LeaveAsync(fourth); // two of three
        await LeaveAsync(service.Third); // two of two, the one that leaves among them
        Assert.Equal(["Org1MSP"], await consortium.OrganizationsAsync());

        async Task JoinAsync(Person invitee, string? says = null, Person? signer = null, ISigner? key = null)
        {
            await consortium.AgreeAsync(invitee);
            await consortium.WorkAsync();
            await SignAsync(invitee, says, signer, key);
            Assert.Equal(("agreed", "", ""), await consortium.SeeAsync(invitee));
        }

        async Task LeaveAsync(Person member, string? says = null, Person? signer = null, ISigner? key = null)
        {
            Assert.Equal(200, (await member.QuitAsync(Channel)).Status);
            await consortium.WorkAsync();
            await SignAsync(member, says, signer, key);
            Assert.Equal("quit", (await consortium.SeeAsync(member)).State);
        }

        async Task SignAsync(Person moving, string? says, Person? signer, ISigner? key)
        {
            if (signer is null)
            {
                return;
            }

            Assert.Equal(says, (await consortium.SeeAsync(moving)).Says);
            Assert.Equal((200, """{"result":"success"}"""), await Consortium.SignAsync(signer, key!));
            await consortium.WorkAsync();
        }
    }

    [Fact]
    public async Task Others_change_the_channel_before_each_step()
    {
        var network = await StartAsync(new NetworkPlan("Org1MSP"));
        var port = 7050;
        await using var consortium = await Consortium.StartAsync(
            network, around: inner => new BetweenSteps(inner, () => network.ChangeAsync(FabricNetwork.AnchorOf(network.Org1, ++port), network.Org1)));
        await JoinAndLeaveAsync(consortium);
        Assert.Equal(7050 + 8 + 7, port);
    }

    [Fact]
    public async Task The_orderer_is_restarted_before_each_step()
    {
        var network = await StartAsync(new NetworkPlan("Org1MSP"));
        var restarts = 0;
        await using var consortium = await Consortium.StartAsync(network, around: inner => new BetweenSteps(inner, () =>
        {
            restarts++;
            return network.RestartOrdererAsync();
        }));
        await JoinAndLeaveAsync(consortium);
        Assert.Equal(8 + 7, restarts);
    }

    [Fact]
    public async Task With_mutual_tls_all_the_way()
    {
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP") { MutualTls = true }));
        await JoinAndLeaveAsync(consortium);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(-20)]
    public async Task A_clock_that_is_off_is_told_and_once_it_is_set_the_work_goes_on(int minutes)
    {
        var clock = new ShiftedClock { Off = TimeSpan.FromMinutes(minutes) };
        await using var consortium = await Consortium.StartAsync(
            await StartAsync(new NetworkPlan("Org1MSP")), configure: services => services.AddSingleton(new CallersClock(clock)));
        var service = consortium.Service;
        await consortium.AttachAsync(service.Invitee, new TestOrganization("Org2MSP"), holdsKey: true);
        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync(rounds: 1);

        var (state, step, says) = await consortium.SeeAsync(service.Invitee);
        Assert.Equal(("joining", "ReadChannel"), (state, step));
        Assert.Contains("clock", says, StringComparison.Ordinal);
        Assert.Contains("15 minutes", says, StringComparison.Ordinal);

        clock.Off = TimeSpan.Zero;
        await consortium.WorkAsync();
        Assert.Equal(("agreed", "", ""), await consortium.SeeAsync(service.Invitee));
    }

    /// <remarks>The step is written down as begun before it runs, so that each kill falls into the step, or just behind it.</remarks>
    [Fact]
    public async Task A_server_that_is_killed_at_each_step_does_no_harm()
    {
        using var folder = new TemporaryFolder();
        var key = folder.WritePrivate("fabric.key", TestKeys.Text);
        await using var consortium = await Consortium.StartAsync(await StartAsync(new NetworkPlan("Org1MSP")));
        var (service, mill) = (consortium.Service, new TestOrganization("Org2MSP"));
        var peer = await consortium.Network.StartPeerAsync(mill);
        await consortium.AttachAsync(service.Invitee, mill, holdsKey: true, peer);

        await consortium.AgreeAsync(service.Invitee);
        await KillAtEachStepAsync(WorkKind.Join, "agreed");
        Assert.Equal(["Org1MSP", "Org2MSP"], await consortium.OrganizationsAsync());
        using (var joined = new Peer(peer))
        {
            Assert.Equal([Channel], await joined.ListChannelsAsync(mill.Admin, default));
        }

        await service.Invitee.QuitAsync(Channel);
        await KillAtEachStepAsync(WorkKind.Leave, "quit");
        Assert.Equal(["Org1MSP"], await consortium.OrganizationsAsync());

        async Task KillAtEachStepAsync(WorkKind kind, string end)
        {
            foreach (var step in FabricPlan.Of(kind, await consortium.FindMembershipAsync(service.Invitee)))
            {
                await using var killed = await ServeAsync();
                await consortium.UntilAsync(service.Invitee, seen => seen.State == end || Consortium.HasBegun(seen.Operation, step.Name));
                await killed.KillAsync();
                TestContext.Current.TestOutputHelper!.WriteLine($"{kind}: killed when {step.Name} had begun; left at {(await consortium.SeeAsync(service.Invitee)).Step}");
            }

            await using var last = await ServeAsync();
            await consortium.UntilAsync(service.Invitee, seen => seen.State == end);
        }

        async Task<GuildhallProcess> ServeAsync() => (await GuildhallProcess.StartServerAsync(
            "serve", "--urls", "http://127.0.0.1:0", "--store", service.StoreSetting, "--network", "fabric", "--store-key-file", key, "--fabric-watch-seconds", "0", "--fabric-destinations", Consortium.LabDestinations)).Server;
    }

    private static async Task JoinAndLeaveAsync(Consortium consortium)
    {
        var (service, mill) = (consortium.Service, new TestOrganization("Org2MSP"));
        await consortium.AttachAsync(service.Invitee, mill, holdsKey: true, await consortium.Network.StartPeerAsync(mill));
        await consortium.AgreeAsync(service.Invitee);
        await WorkUntilAsync("agreed");
        Assert.Equal(["Org1MSP", "Org2MSP"], await consortium.OrganizationsAsync());

        await service.Invitee.QuitAsync(Channel);
        await WorkUntilAsync("quit");
        Assert.Equal(["Org1MSP"], await consortium.OrganizationsAsync());

        async Task WorkUntilAsync(string state)
        {
            for (var round = 0; round < 100 && (await consortium.SeeAsync(service.Invitee)).State != state; round++)
            {
                await consortium.WorkAsync(rounds: 1);
            }

            Assert.Equal((state, "", ""), await consortium.SeeAsync(service.Invitee));
        }
    }
}

/// <summary>One at a time: each starts programs that take the machine.</summary>
[Collection(nameof(RealNetworkTests))]
public sealed class RealHardshipTests : HardshipCases
{
    private protected override async Task<FabricNetwork> StartAsync(NetworkPlan plan) => await RealNetwork.StartAsync(plan);
}

public sealed class StandInHardshipTests : HardshipCases
{
    private protected override async Task<FabricNetwork> StartAsync(NetworkPlan plan) => await StandInNetwork.StartAsync(plan);
}

using System.Globalization;
using Guildhall.Fabric;

namespace Guildhall.Tests.Fabric;

/// <summary>How long a membership takes step by step, beside Fabric's own tools doing the same; docs/performance.md quotes it.</summary>
/// <remarks>It asserts that both ways lead to the same channel, and no times: those go to the test's output, which -showLiveOutput shows.</remarks>
[Collection(nameof(RealNetworkTests))]
public sealed class RealTimings
{
    private const int Rounds = 9;

    private static readonly string[] Steps = ["ReadChannel", "Preflight", "Preparation", "Signatures", "UpdateChannel", "Confirmation", "Peers", "Verification"];

    [Fact]
    public async Task A_third_organization_joins_and_leaves_by_Guildhall_and_by_Fabrics_own_tools()
    {
        var (ours, theirs) = (new Samples(), new Samples());
        await using var consortium = await Consortium.StartAsync(
            await RealNetwork.StartAsync(new NetworkPlan("Org1MSP")), around: inner => new StopwatchNetwork(inner, ours.Note));
        var (service, network) = (consortium.Service, consortium.Network);
        var (org2, org3) = (new TestOrganization("Org2MSP"), new TestOrganization("Org3MSP"));
        await consortium.AttachAsync(service.Invitee, org2, holdsKey: true);
        foreach (var signing in (Person[])[service.Inviter, service.Invitee])
        {
            await Consortium.OptInAsync(signing, more: """, "per_day": 100""");
        }

        await consortium.AgreeAsync(service.Invitee);
        await consortium.WorkAsync();
        ours.Forget();
        using var tools = new CommandLineTools(network, theirs.Note);
        for (var round = 0; round < Rounds; round++)
        {
            var peer = await network.StartPeerAsync(org3);
            await consortium.AttachAsync(service.Third, org3, holdsKey: true, peer);
            ours.Begin("join");
            await consortium.AgreeAsync(service.Third);
            await service.WorkAsync();
            ours.End();
            Assert.Equal("agreed", (await consortium.SeeAsync(service.Third)).State);
            var shown = CommandLineTools.Show(await ReadAsync(network), "Org3MSP");
            ours.Begin("leave");
            await service.Third.QuitAsync(FabricNetwork.Channel);
            await service.WorkAsync();
            ours.End();
            Assert.Equal(["Org1MSP", "Org2MSP"], await consortium.OrganizationsAsync());

            var another = await network.StartPeerAsync(org3);
            theirs.Begin("join");
            await tools.ChangeAsync(organizations => organizations["Org3MSP"] = shown, network.Org1, org2);
            await tools.JoinAsync(org3, another);
            theirs.End();
            Assert.Equal(["Org1MSP", "Org2MSP", "Org3MSP"], await consortium.OrganizationsAsync());
            theirs.Begin("leave");
            await tools.ChangeAsync(organizations => organizations.Remove("Org3MSP"), network.Org1, org2);
            theirs.End();
            Assert.Equal(["Org1MSP", "Org2MSP"], await consortium.OrganizationsAsync());
        }

        var output = TestContext.Current.TestOutputHelper!;
        output.WriteLine($"| ms, median of {Rounds} (least to most) | Guildhall | Fabric's tools |");
        foreach (var row in (IEnumerable<string>)[.. Steps.Select(step => "join, " + step), "join", .. Steps.Where(step => step != "Peers").Select(step => "leave, " + step), "leave"])
        {
            output.WriteLine($"| {row} | {ours.Of(row)} | {theirs.Of(row)} |");
        }
    }

    private static async Task<ChannelConfiguration> ReadAsync(FabricNetwork network)
    {
        using var orderers = network.Connect();
        return await orderers.ReadConfigurationAsync(FabricNetwork.Channel, network.Org1.Admin, default);
    }

    /// <summary>Times by what was done, each round's added up.</summary>
    private sealed class Samples
    {
        private readonly Dictionary<string, List<double>> all = new(StringComparer.Ordinal);
        private readonly Dictionary<string, double> round = new(StringComparer.Ordinal);
        private string what = "";
        private long begun;

        public void Begin(string change)
        {
            round.Clear();
            (what, begun) = (change, TimeProvider.System.GetTimestamp());
        }

        public void Note(string step, TimeSpan took) => round[$"{what}, {step}"] = round.GetValueOrDefault($"{what}, {step}") + took.TotalMilliseconds;

        public void End()
        {
            round[what] = TimeProvider.System.GetElapsedTime(begun).TotalMilliseconds;
            foreach (var (name, milliseconds) in round)
            {
                (all.TryGetValue(name, out var found) ? found : all[name] = []).Add(milliseconds);
            }
        }

        public void Forget() => all.Clear();

        public string Of(string name) => !all.TryGetValue(name, out var found) ? "" : string.Create(
            CultureInfo.InvariantCulture, $"{found.Order().ElementAt(found.Count / 2):0} ({found.Min():0}-{found.Max():0})");
    }
}

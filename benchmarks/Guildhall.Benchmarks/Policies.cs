using System.Diagnostics;
using Google.Protobuf;
using Guildhall.Fabric;
using Guildhall.Fabric.Messages;
using Kind = Guildhall.Fabric.Messages.Policy.Types.Kind;

namespace Guildhall.Benchmarks;

/// <summary>What it takes to tell what a change of a channel brings and who has to sign it, with the channel's configuration in memory.</summary>
internal static class Policies
{
    private const double MaxMilliseconds = 50;
    private const double MaxMegabytes = 20;

    /// <summary>As large as an organization's authority in PEM.</summary>
    private static readonly ByteString Certificate = ByteString.CopyFromUtf8(new string('c', 900));

    private static readonly ChannelChange Joining = new() { Add = [new OrganizationDefinition(MspDefinition.FromBytes(Msp("JoiningMSP").ToByteArray()), [])] };

    private static readonly (string Name, Func<Config> Make)[] Cases =
    [
        .. ((int[])[10, 50, 100, 300]).Select(count => ($"MAJORITY of {count}", (Func<Config>)(() => Channel(count)))),
        ("300, half of them orderers too", () => Channel(300, orderers: 150)),
        ("30 of 60 that are absent", () => Channel(10, Gate(30, Names(60, "Absent")))),
        ("30 of 60, twice in one policy", () => Channel(60, Gate(2, Gate(30, Names(60)), Gate(30, Names(60))))),
        ("one principal 1000 times", () => Channel(10, Gate(500, [.. Enumerable.Repeat(Name(1), 1000)]))),
        ("300 gates that share by three", () => Channel(300, Gate(100, [.. Enumerable.Range(0, 300).Select(n => Gate(1, Name(1 + (n * 7 % 300)), Name(1 + (n * 11 % 300)), Name(1 + (n * 13 % 300))))]))),
        ("45 gates in each other", () => Channel(10, Enumerable.Range(0, 45).Aggregate(Name(1), (inner, _) => Gate(1, inner, Name(1), Name(2))))),
        ("9,000 of 20,000 places", () => Channel(10, Gate(9_000, [.. Enumerable.Range(0, 20_000).Select(n => Name(1 + (n % 10)))]))),
    ];

    public static IEnumerable<Experiment> All { get; } =
        [new("policies", "telling what a change of a channel brings and who has to sign it: 10 to 300 organizations, and policies that were made to cost much", Prepare)];

    private static Task<Trial?> Prepare(Bench bench) => Task.FromResult(bench.Engine is not SqliteEngine ? null : new Trial(
        [
            .. Cases.Select(one => new Arm(one.Name, time => Task.FromResult(Measure(one.Make(), time)))),
            new Arm("50 ms", _ => Task.FromResult(new Sample(double.NaN, MaxMilliseconds))),
            new Arm("20 MB", _ => Task.FromResult(new Sample(double.NaN) { ResidentMegabytes = MaxMegabytes })),
        ],
        [
            .. Cases.SelectMany(one => (Line[])
            [
                new(one.Name, 1, one.Name, "50 ms", new Target(1, IsAtLeast: false)) { Value = sample => sample.P50, Unit = " ms" },
                new("  allocated", 1, one.Name, "20 MB", new Target(1, IsAtLeast: false)) { Value = sample => sample.ResidentMegabytes, Unit = " MB" },
            ]),
        ]));

    /// <summary>The median time; and how much is allocated, which hardly differs.</summary>
    private static Sample Measure(Config config, TimeSpan time)
    {
        var bytes = config.ToByteArray();
        var (times, allocated, started) = (new List<double>(), 0L, Stopwatch.GetTimestamp());
        while (times.Count == 0 || Stopwatch.GetElapsedTime(started) < time / Cases.Length)
        {
            var current = ChannelConfiguration.FromBytes("trade", bytes, 1);
            var (before, begun) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
            Plan(current);
            times.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        return new Sample(double.NaN, times.Order().ElementAt(times.Count / 2)) { ResidentMegabytes = allocated / 1e6 };
    }

    private static void Plan(ChannelConfiguration current)
    {
        var update = PreparedUpdate.For(current, Joining)!;
        Guards.Check(current, Joining, TimeProvider.System.GetUtcNow());
        Consequences.Of(current, Joining);
        if (SignaturePlan.For(update, current).After([]) is { CanBeMet: true, SmallestSets.IsEmpty: true, AreAllListed: true })
        {
            throw new InvalidOperationException("Somebody has to sign, and nobody is named.");
        }
    }

    private static Config Channel(int members, SignaturePolicy? admins = null, int orderers = 1)
    {
        var application = Organizations(members);
        application.Policies["Admins"] = admins is null ? Meta(ImplicitMetaPolicy.Types.Rule.Majority, "Admins") : Signed(admins);
        var root = new ConfigGroup { ModPolicy = "Admins", Groups = { ["Application"] = application, ["Orderer"] = Organizations(orderers) } };
        foreach (var group in (ConfigGroup[])[root, application, root.Groups["Orderer"]])
        {
            group.Policies["Readers"] = Meta(ImplicitMetaPolicy.Types.Rule.Any, "Readers");
            group.Policies["Writers"] = Meta(ImplicitMetaPolicy.Types.Rule.Any, "Writers");
            group.Policies.TryAdd("Admins", Meta(ImplicitMetaPolicy.Types.Rule.Majority, "Admins"));
        }

        return new Config { Sequence = 1, ChannelGroup = root };
    }

    private static ConfigGroup Organizations(int count)
    {
        var group = new ConfigGroup { ModPolicy = "Admins" };
        foreach (var name in Enumerable.Range(1, count).Select(number => $"Org{number}MSP"))
        {
            var own = new ConfigGroup { ModPolicy = "Admins" };
            own.Values["MSP"] = new ConfigValue { ModPolicy = "Admins", Value = new MSPConfig { Config = Msp(name).ToByteString() }.ToByteString() };
            foreach (var policy in (string[])["Admins", "Endorsement", "Readers", "Writers"])
            {
                own.Policies[policy] = Signed(Gate(1, new SignaturePolicy { SignedBy = policy == "Admins" ? 0 : 1 }), name);
            }

            group.Groups[name] = own;
        }

        return group;
    }

    private static FabricMSPConfig Msp(string name) => new() { Name = name, RootCerts = { Certificate }, TlsRootCerts = { Certificate } };

    private static ConfigPolicy Meta(ImplicitMetaPolicy.Types.Rule rule, string below) =>
        new() { ModPolicy = "Admins", Policy = new Guildhall.Fabric.Messages.Policy { Type = Kind.ImplicitMeta, Value = new ImplicitMetaPolicy { Rule = rule, SubPolicy = below }.ToByteString() } };

    /// <param name="organization">Whose administrator and member the rule names by 0 and 1; else the number of an organization names its administrator.</param>
    private static ConfigPolicy Signed(SignaturePolicy rule, string? organization = null)
    {
        var envelope = new SignaturePolicyEnvelope { Rule = rule };
        envelope.Identities.AddRange(organization is null
            ? Enumerable.Range(0, 401).Select(number => Principal(number <= 300 ? $"Org{number}MSP" : $"Absent{number}MSP", MSPRole.Types.Role.Admin))
            : [Principal(organization, MSPRole.Types.Role.Admin), Principal(organization, MSPRole.Types.Role.Member)]);
        return new() { ModPolicy = "Admins", Policy = new Guildhall.Fabric.Messages.Policy { Type = Kind.Signature, Value = envelope.ToByteString() } };
    }

    private static MSPPrincipal Principal(string organization, MSPRole.Types.Role role) => new() { Principal = new MSPRole { MspIdentifier = organization, Role = role }.ToByteString() };

    private static SignaturePolicy Name(int number) => new() { SignedBy = number };

    private static SignaturePolicy[] Names(int count, string? absent = null) => [.. Enumerable.Range(absent is null ? 1 : 301, count).Select(Name)];

    private static SignaturePolicy Gate(int needed, params SignaturePolicy[] rules)
    {
        var gate = new SignaturePolicy.Types.NOutOf { N = needed };
        gate.Rules.AddRange(rules);
        return new SignaturePolicy { NOutOf = gate };
    }
}

namespace Guildhall.Benchmarks;

/// <summary>Lists, held against an endpoint that has the same bytes ready.</summary>
internal static class Reads
{
    private const string BareName = "bare endpoint";
    private const int Many = 64;

    public static IEnumerable<Experiment> All { get; } =
    [
        new("list-3", "ListMembers, 3 members, token checked, 64 clients", bench => ListAsync(bench, 3, Many, 0.85)),
        new("list-3-alone", "the same by one client", bench => ListAsync(bench, 3, 1, double.NaN)),
        new("list-3-replica", "the same at one of two replicas while the other one writes, and nothing stale; PostgreSQL", ReplicaAsync),
        new("list-1000", "ListMembers, 1 000 members; bytes per second, and the server's memory", bench => ListAsync(bench, 1000, Many, 0.6)),
        new("list-10000", "ListMembers, 10 000 members, 8 clients", bench => ListAsync(bench, 10_000, 8, 0.6)),
        new("signature", "ListMembers, signed, against the same with a token", SignatureAsync),
        new("log", "ListMembers with the access log, against none", LogAsync),
    ];

    public static Requests ListsOfThree(Seed seed) => new([.. seed.ListersOfThree.Select(Messages.List)], Repeats: true);

    private static async Task<Trial?> ListAsync(Bench bench, int members, int clients, double target)
    {
        var (stage, bare) = (await bench.StageAsync(), await bench.BareAsync());
        var requests = members == Seed.MembersEach ? ListsOfThree(bench.Seed) : new Requests([Messages.List(bench.ListerOf(members))], Repeats: true);
        var bareRequests = new Requests([Messages.Get($"/{members}", requests.All[0].Length)], Repeats: true);
        var limit = members == Seed.MembersEach && bench.Engine is PostgresEngine ? Math.Min(target, 0.6) : target;
        var before = stage.Server.ResidentMegabytes;
        return new Trial(
            [
                new Arm("guildhall", time => stage.ListAsync(clients, time, requests)),
                new Arm(BareName, async time => Of(await Load.RunAsync(bare.Port, clients, time, bareRequests))),
            ],
            [
                members == Seed.MembersEach
                    ? new Line($"list {members} members", clients, "guildhall", BareName, new Target(limit))
                    : new Line($"list {members} members", clients, "guildhall", BareName, new Target(limit)) { Value = sample => sample.MegabytesPerSecond, Unit = " MB/s" },
            ])
        {
            FinishAsync = () => Task.FromResult(members == Seed.MembersEach
                ? null
                : $"memory {before:0} MB before, {stage.Server.PeakMegabytes:0} MB at most"),
        };
    }

    private static async Task<Trial?> ReplicaAsync(Bench bench)
    {
        if (bench.Engine is not PostgresEngine)
        {
            return null;
        }

        var (stage, bare, checks) = (await bench.StageAsync(), await bench.BareAsync(), 0);
        var replica = bench.Keep(await ServerProcess.GuildhallAsync(stage.Store, bench.Flushes));
        var requests = ListsOfThree(bench.Seed);
        var bareRequests = new Requests([Messages.Get($"/{Seed.MembersEach}", requests.All[0].Length)], Repeats: true);
        return new Trial(
            [
                new Arm("guildhall", async time =>
                {
                    var checking = stage.InviteHereAndListThereAsync(replica, time);
                    var sample = await stage.ListAsync(Many, time, requests, replica);
                    checks += await checking;
                    return sample;
                }),
                new Arm(BareName, async time => Of(await Load.RunAsync(bare.Port, Many, time, bareRequests))),
            ],
            [new Line("list 3 members, second replica", Many, "guildhall", BareName, new Target(0.6))])
        {
            FinishAsync = () => Task.FromResult<string?>($"{checks} times the other replica wrote, and this one's next list had it"),
        };
    }

    private static async Task<Trial?> SignatureAsync(Bench bench)
    {
        var stage = await bench.StageAsync();
        var signed = new Requests([.. bench.Seed.ListersOfThree.Select(Messages.SignedList)], Repeats: true);
        return new Trial(
            [
                new Arm("signature", time => stage.ListAsync(Many, time, signed)),
                new Arm("token", time => stage.ListAsync(Many, time, ListsOfThree(bench.Seed))),
            ],
            [new Line("list 3 members, signed", Many, "signature", "token", new Target(0.9))]);
    }

    /// <remarks>Two servers on two stores of the same contents, as the level is set at the start.</remarks>
    private static async Task<Trial?> LogAsync(Bench bench)
    {
        var quiet = await bench.StageAsync();
        var logging = bench.Keep(await Stage.StartAsync(bench.Engine, bench.Seed, bench.Flushes, start: new ServerStart { LogLevel = "information" }));
        return new Trial(
            [
                new Arm("with the access log", time => logging.ListAsync(Many, time, ListsOfThree(bench.Seed))),
                new Arm("without", time => quiet.ListAsync(Many, time, ListsOfThree(bench.Seed))),
            ],
            [new Line("list 3 members, access log on", Many, "with the access log", "without", new Target(0.85))]);
    }

    public static Sample Of(Seen seen) =>
        new(seen.PerSecond, seen.Within(0.5), seen.Within(0.99)) { MegabytesPerSecond = seen.BytesPerSecond / 1e6 };
}

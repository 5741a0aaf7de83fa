namespace Guildhall.Benchmarks;

/// <summary>A server with the memory that deploy/ gives it, while all that is long is asked for at once; and what a neighbour notices.</summary>
internal static class Memory
{
    private const int Megabytes = 512;

    /// <summary>How many times as long as alone a call may take in the middle: as if it had its turn after one call of each client of the crowd.</summary>
    private const int MostTimes = Crowd.Clients;

    private const string Beside = "beside the crowd";
    private const string Alone = "alone";
    private const string Limit = "512 MB";

    /// <summary>Long enough for readers who do not read to have filled what there is to fill.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Gathering = TimeSpan.FromSeconds(1);

    /// <summary>Of the neighbour, between an answer and its next request: it is not the load.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>The heap limit that the runtime finds for itself where the process may use so much memory: three quarters of it.</summary>
    private static readonly ServerStart AsDeployed = new() { HeapLimit = Megabytes * 1024L * 1024 * 3 / 4, AreAddressesFree = false };

    public static Experiment Experiment { get; } = new(
        "memory", $"{Crowd.Clients} clients of one tenant with very much to read, on a server with 512 MB; and a neighbour's calls meanwhile", PrepareAsync);

    private static async Task<Trial?> PrepareAsync(Bench bench)
    {
        var big = new BigTenant(bench.Seed);
        var stage = bench.Keep(await Stage.StartAsync(bench.Engine, bench.Seed, bench.Flushes, filling: big, start: AsDeployed));
        var (answered, refused, bytes) = (0L, 0L, 0L);
        (string Name, Func<TimeSpan, Task<Sample>> RunAsync)[] works =
        [
            ("list 3 members", time => stage.ListAsync(1, time, Reads.ListsOfThree(bench.Seed) with { Pause = Pause })),
            ("invite one", time => stage.InviteAsync(1, time, stage.Singles(Gathering) with { Pause = Pause })), // enough, as it pauses
        ];
        return new Trial(
            [
                .. works.SelectMany(work => (Arm[])
                [
                    new Arm($"{work.Name}, {Beside}", time => BesideAsync(() => work.RunAsync(Longer(time)))),
                    new Arm($"{work.Name}, {Alone}", time => work.RunAsync(Longer(time))),
                ]),
                new Arm(Limit, _ => Task.FromResult(new Sample(double.NaN) { ResidentMegabytes = Megabytes })),
            ],
            [
                new Line("most memory held", Crowd.Clients, $"{works[0].Name}, {Beside}", Limit, new Target(1, IsAtLeast: false)) { Value = sample => sample.ResidentMegabytes, Unit = " MB" },
                .. works.SelectMany(work => (Line[])
                [
                    Neighbour(work.Name, "p50", sample => sample.P50, new Target(MostTimes, IsAtLeast: false)),
                    Neighbour(work.Name, "p99", sample => sample.P99, Target.None),
                ]),
            ])
        {
            FinishAsync = async () =>
            {
                await stage.CheckAsync();
                return $"{answered} answers, {bytes / 1e9:0.0} GB; {refused} were 429 or 503; at most {stage.Server.PeakMegabytes:0} MB";
            },
        };

        async Task<Sample> BesideAsync(Func<Task<Sample>> workAsync)
        {
            await using var crowd = new Crowd(stage.Server.Port, big.Number);
            crowd.Start();
            await Task.Delay(Gathering);
            var sample = await workAsync();
            (answered, refused, bytes) = (answered + crowd.Answered, refused + crowd.Refused, bytes + crowd.Bytes);
            return crowd.Wrong.Count == 0
                ? sample with { ResidentMegabytes = stage.Server.PeakMegabytes }
                : throw new InvalidOperationException($"The crowd was answered wrongly {crowd.Wrong.Count} times, such as {crowd.Wrong.First()}\nThe server's last error: {stage.Server.LastError}");
        }
    }

    private static Line Neighbour(string work, string what, Func<Sample, double> value, Target target) =>
        new($"{work} {Beside}, {what}", 1, $"{work}, {Beside}", $"{work}, {Alone}", target) { Value = value, Unit = " ms" };

    private static TimeSpan Longer(TimeSpan time) => time > Least ? time : Least;
}

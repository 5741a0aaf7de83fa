namespace Guildhall.Benchmarks;

/// <summary>Invitations and answers, held against what the engine itself can make durable.</summary>
internal static class Writes
{
    private const int Many = 64;
    private const string Ours = "guildhall";

    /// <summary>How many answers of a kind a round can give at most; the store is seeded with them.</summary>
    public const int AnswersPerRound = 8000;

    public static IEnumerable<Experiment> All { get; } =
    [
        new("invite", "invite one account, 64 clients", InviteAsync),
        new("idle", "the same by one client, against one bare durable transaction at a time", IdleAsync),
        new("flush", "the same by 64 clients, with 1 and 4 ms added to every flush, against none", FlushAsync),
        new("invite-40", "invite 40 accounts in one call", bench => BatchAsync(bench, 40)),
        new("invite-1000", "invite 1 000 accounts in one call", bench => BatchAsync(bench, 1000)),
        new("beside-40", "single invitations' p99 beside a client that invites 40 at once, against without", bench => BesideAsync(bench, 40)),
        new("beside-1000", "the same beside 1 000 at once", bench => BesideAsync(bench, 1000)),
        new("answers", "accept, reject and quit, against the rate of invitations", AnswersAsync),
        new("overload", "ten times as many clients; 429 and 503 are answers here", OverloadAsync),
    ];

    private static async Task<Trial?> InviteAsync(Bench bench)
    {
        var (stage, yardstick) = (await bench.StageAsync(), await bench.Engine.InviteAsync(await bench.YardstickStoreAsync(), bench.Time));
        return new Trial(
            [new Arm(Ours, time => stage.InviteAsync(Many, time, stage.Singles(time))), new Arm(yardstick.Name, yardstick.RunAsync)],
            [
                new Line("invite one", Many, Ours, yardstick.Name, new Target(bench.Engine is PostgresEngine ? 1.2 : 0.6)),
                new Line("invite one, its p99 by its p50", Many, Ours, Ours, new Target(10, IsAtLeast: false)) { Value = sample => sample.P99, ItsValue = sample => sample.P50, Unit = " ms" },
            ])
        {
            FinishAsync = async () =>
            {
                // Nobody's call fails because a neighbour's does: Load throws at the first that is not answered with 200.
                var refused = Load.RunAsync(stage.Server.Port, 4, bench.Time, Stage.Unknowns());
                await stage.InviteAsync(Many, bench.Time, stage.Singles(bench.Time));
                await stage.CheckAsync();
                return $"every answered invitation is in the store; {(await refused).Refused} refused neighbours touched none";
            },
        };
    }

    private static async Task<Trial?> IdleAsync(Bench bench)
    {
        var (stage, yardstick) = (await bench.StageAsync(), bench.Engine.InviteAlone(await bench.YardstickStoreAsync()));
        var (slow, itsSlow) = ($"{Ours}, + 1 ms", $"{yardstick.Name}, + 1 ms");
        Arm[] slowed = bench.Flushes is { } flushes ? [Slowed(flushes, slow, 1, AskAsync), Slowed(flushes, itsSlow, 1, yardstick.RunAsync)] : [];
        Line[] slowedLines = slowed.Length > 0 ? [P50("invite one, p50, 1 ms added to a flush", slow, itsSlow)] : [];
        return new Trial([new Arm(Ours, AskAsync), new Arm(yardstick.Name, yardstick.RunAsync), .. slowed], [P50("invite one, p50", Ours, yardstick.Name), .. slowedLines]);

        Task<Sample> AskAsync(TimeSpan time) => stage.InviteAsync(1, time, stage.Singles(time));

        static Line P50(string work, string arm, string itsArm) =>
            new(work, 1, arm, itsArm, new Target(1.3, IsAtLeast: false)) { Value = sample => sample.P50, Unit = " ms" };
    }

    private static async Task<Trial?> FlushAsync(Bench bench)
    {
        if (bench.Flushes is not { } flushes)
        {
            return null;
        }

        var stage = await bench.StageAsync();
        return new Trial(
            [Slowed(flushes, "+ 1 ms", 1, AskAsync), Slowed(flushes, "+ 4 ms", 4, AskAsync), new Arm("nothing added", AskAsync)],
            [
                new Line("invite one, 1 ms added to a flush", Many, "+ 1 ms", "nothing added", new Target(0.6)),
                new Line("invite one, 4 ms added to a flush", Many, "+ 4 ms", "nothing added", new Target(0.35)),
            ]);

        Task<Sample> AskAsync(TimeSpan time) => stage.InviteAsync(Many, time, stage.Singles(time));
    }

    private static Arm Slowed(Flushes flushes, string name, int milliseconds, Func<TimeSpan, Task<Sample>> runAsync) => new(
        name,
        async time =>
        {
            flushes.Delay(TimeSpan.FromMilliseconds(milliseconds));
            try
            {
                return await runAsync(time);
            }
            finally
            {
                flushes.Delay(TimeSpan.Zero);
            }
        });

    private static async Task<Trial?> BatchAsync(Bench bench, int each)
    {
        const int clients = 16;
        var (stage, yardstick) = (await bench.StageAsync(), await bench.Engine.InviteManyAsync(await bench.YardstickStoreAsync(), each, bench.Time));
        return new Trial(
            [new Arm(Ours, time => stage.InviteAsync(clients, time, stage.Batches(each, time), each)), new Arm(yardstick.Name, yardstick.RunAsync)],
            [new Line($"invite {each} in one call, rows", clients, Ours, yardstick.Name, new Target(0.7)) { Value = sample => sample.PerSecond * each }])
        {
            FinishAsync = async () =>
            {
                var alone = await stage.InviteAsync(1, bench.Time, stage.Batches(each, bench.Time), each);
                await stage.CheckAsync();
                return bench.Flushes is null ? null : $"{alone.FlushesPerCall:0.00} flushes a call by one client";
            },
        };
    }

    private static async Task<Trial?> BesideAsync(Bench bench, int each)
    {
        var stage = await bench.StageAsync();
        var (with, without) = ($"beside {each} at once", "without");
        return new Trial(
            [
                new Arm(with, async time =>
                {
                    var singles = stage.Singles(time);
                    var batches = stage.InviteAsync(1, time, stage.Batches(each, time), each);
                    var sample = await stage.InviteAsync(Many, time, singles);
                    await batches;
                    return sample;
                }),
                new Arm(without, time => stage.InviteAsync(Many, time, stage.Singles(time))),
            ],
            [new Line($"invite one, p99 {with}", Many, with, without, new Target(2, IsAtLeast: false)) { Value = sample => sample.P99, Unit = " ms" }]);
    }

    private static async Task<Trial?> AnswersAsync(Bench bench)
    {
        var stage = await bench.StageAsync();
        return new Trial(
            [new Arm("invite", time => stage.InviteAsync(Many, time, stage.Singles(time))), .. Stage.Kinds.Select(kind => new Arm(
                kind, time => stage.AnswerAsync(kind, Many, time, stage.Answers(kind, AnswersPerRound))) { SettleAsync = stage.DrainAsync })],
            [.. Stage.Kinds.Select(kind => new Line(kind, Many, kind, "invite", new Target(0.8)))])
        {
            FinishAsync = async () =>
            {
                await stage.CheckAsync();
                return null;
            },
        };
    }

    private static async Task<Trial?> OverloadAsync(Bench bench)
    {
        var stage = await bench.StageAsync();
        var (usual, over, share) = ("64 clients", "640 clients", new List<double>());
        var before = stage.Server.ResidentMegabytes;
        return new Trial(
            [
                new Arm(usual, time => stage.InviteAsync(Many, time, stage.Singles(time))),
                new Arm(over, async time =>
                {
                    var sample = await stage.InviteAsync(10 * Many, time, stage.Singles(time) with { Refusals = [429, 503] });
                    share.Add(sample.RefusedShare);
                    var recovered = await stage.InviteAsync(Many, time, stage.Singles(time));
                    return sample with { RateAfter = recovered.PerSecond };
                }),
            ],
            [
                new Line("invite one, admitted, p99", 10 * Many, over, usual, new Target(3, IsAtLeast: false)) { Value = sample => sample.P99, Unit = " ms" },
                new Line("invite one, rate just after", Many, over, usual, Target.None) { Value = sample => sample.RateAfter, ItsValue = sample => sample.PerSecond },
            ])
        {
            FinishAsync = async () =>
            {
                await stage.CheckAsync();
                return $"{share.Average():P0} answered 429 or 503; memory {before:0} MB before, {stage.Server.ResidentMegabytes:0} MB after";
            },
        };
    }
}

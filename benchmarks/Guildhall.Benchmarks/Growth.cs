using System.Globalization;

namespace Guildhall.Benchmarks;

/// <summary>Many more memberships than a test has: ten of each inviter, of tenants that nothing else is measured of.</summary>
/// <remarks>The keys are scattered, so that the indexes are read all over.</remarks>
internal sealed record Growth(long Memberships) : IFilling
{
    /// <summary>As <see cref="Writes.AnswersPerRound"/>.</summary>
    public const int AnswersPerRound = 4000;

    private const int MembersEach = 10;
    private const int Many = 64;

    public static Experiment Experiment(long memberships) => new(
        "growth",
        $"lists and writes with {memberships.ToString("N0", CultureInfo.InvariantCulture)} memberships in the store, against the store as it was seeded",
        bench => PrepareAsync(bench, new Growth(memberships)));

    /// <summary>Writes the rows without the indexes that are not of a key, and makes those anew.</summary>
    public async Task FillAsync(Engine engine, string store)
    {
        var (indexes, inviters) = (await engine.IndexesAsync(store, "memberships"), Memberships / MembersEach);
        var others = engine.Series(inviters);
        await engine.ExecuteAsync(
            store,
            [
                .. indexes.Select(index => $"DROP INDEX {index.Name}"),
                $"INSERT INTO accounts (id, name, created_at) SELECT {Key("filler-account000000", "n")}, {Key("filler-", "n")}, 0 FROM {others}",
                $"""
                INSERT INTO services (project_id, id, account_id, account_name, name, blockchain_type, consensus, sign_algorithm, edition, fabric_version,
                       is_invitee, database_type, cluster_type, trusted_computing, organizations, created_at)
                SELECT {Key("filler-project000000", "n")}, {Key("f111e700-0000-4000-8000-0", "n")}, {Key("filler-account000000", "n")}, {Key("filler-", "n")}, 'service',
                       'union', 'etcdraft', 'ECDSA', 3, '2.2', 0, 'goleveldb', 'CCE', 0, '[]', 0
                FROM   {others}
                """,
                Insert(engine, $"n / {MembersEach}", $"((n / {MembersEach} + 1 + n % {MembersEach}) % {inviters})"),
                .. indexes.Select(index => index.Sql),
            ]);
        await engine.SettleAsync(store);
    }

    private string Insert(Engine engine, string inviter, string invitee) => Seed.InsertMemberships(
        $"""
        {Key("f111e700-0000-4000-8000-0", inviter)}, {Key("filler-account000000", inviter)}, {Key("filler-", inviter)}, {Key("filler-project000000", inviter)}, 'service',
        {Key("filler-account000000", invitee)}, {Key("filler-", invitee)}, {Key("filler-project000000", invitee)}, {Key("f111e700-0000-4000-8000-0", invitee)}, 'service',
        '00000001-0000-7000-8000-0' || (10000000000 + n), '{Tenants.Channel}', 'agreed', 0, '{Seed.MemberOrganizations}', 0, 0, 'BCSSVC01-05-1', 0, 0, 0
        """,
        engine.Series(Memberships));

    private static string Key(string prefix, string number) => $"('{prefix}' || (10000000000 + ((({number}) * 2654435761) & 4294967295)))";

    private static async Task<Trial?> PrepareAsync(Bench bench, Growth growth)
    {
        var small = await bench.StageAsync();
        var large = bench.Keep(await Stage.StartAsync(bench.Engine, bench.Seed, bench.Flushes, filling: growth));
        var fullReads = await bench.Engine.CountFullReadsAsync(large.Store, "memberships");
        (string Name, Func<Stage, TimeSpan, Task<Sample>> RunAsync)[] works =
        [
            ("list 3 members", (stage, time) => stage.ListAsync(Many, time, Reads.ListsOfThree(bench.Seed))),
            ("list 1000 members", (stage, time) => stage.ListAsync(Many, time, new Requests([Messages.List(bench.ListerOf(1000))], Repeats: true))),
            ("invite one", (stage, time) => stage.InviteAsync(Many, time, stage.Singles(time))),
            ("invite 40 in one call", (stage, time) => stage.InviteAsync(16, time, stage.Batches(40, time), 40)),
            .. Stage.Kinds.Select(kind => (
                kind, (Func<Stage, TimeSpan, Task<Sample>>)((stage, time) => stage.AnswerAsync(kind, Many, time, stage.Answers(kind, AnswersPerRound))))),
        ];
        return new Trial(
            [
                .. works.SelectMany(work => (Arm[])
                [
                    new Arm($"{work.Name}, grown", time => work.RunAsync(large, time)) { SettleAsync = large.DrainAsync },
                    new Arm($"{work.Name}, as seeded", time => work.RunAsync(small, time)) { SettleAsync = small.DrainAsync },
                ]),
            ],
            [.. works.Select(work => new Line($"{work.Name}, grown", Many, $"{work.Name}, grown", $"{work.Name}, as seeded", new Target(0.8)))])
        {
            FinishAsync = async () =>
            {
                var more = await bench.Engine.CountFullReadsAsync(large.Store, "memberships") - fullReads;
                await large.CheckAsync();
                await small.CheckAsync();
                return more is null ? null : $"the grown memberships were read from end to end {more} times";
            },
        };
    }
}

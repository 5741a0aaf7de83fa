using System.Diagnostics;

namespace Guildhall.Benchmarks;

/// <summary>A Guildhall on a seeded store, and the requests that were not sent to it yet.</summary>
internal sealed class Stage : IAsyncDisposable
{
    /// <summary>Who is in every store.</summary>
    public static readonly Tenants Tenants = new(Listers: 3335, Crowd: 10_000, Answerers: 24_000);

    /// <summary>What a membership can be answered with; in its channel's name, too.</summary>
    public static readonly string[] Kinds = ["accept", "reject", "quit"];

    private const int MostPerSecond = 40_000;

    private readonly Flushes? flushes;
    private readonly Dictionary<string, int> answers = Kinds.ToDictionary(kind => kind, _ => 0);
    private readonly Dictionary<string, long> answered = Kinds.ToDictionary(kind => kind, _ => 0L);
    private readonly int[] invitedByCrowd = new int[Tenants.Crowd];
    private int singles;
    private int crowdTurn;
    private long invited;
    private long filled;

    private Stage(Engine engine, Seed seed, string store, ServerProcess server, Flushes? flushes) =>
        (Engine, Seed, Store, Server, this.flushes) = (engine, seed, store, server, flushes);

    public Engine Engine { get; }

    public Seed Seed { get; }

    /// <summary>As the server was told it.</summary>
    public string Store { get; }

    public ServerProcess Server { get; }

    /// <param name="filling">What else the store holds.</param>
    public static async Task<Stage> StartAsync(Engine engine, Seed seed, Flushes? flushes, IFilling? filling = null, ServerStart? start = null)
    {
        var store = await engine.CreateAsync(seed);
        await (filling?.FillAsync(engine, store) ?? Task.CompletedTask);
        var server = await ServerProcess.GuildhallAsync(store, flushes, start);
        var stage = new Stage(engine, seed, store, server, flushes) { filled = filling?.Memberships ?? 0 };
        await stage.WarmUpAsync();
        return stage;
    }

    /// <summary>Invitations of single accounts, of many tenants in turn: enough for the time.</summary>
    public Requests Singles(TimeSpan time)
    {
        var all = new byte[Many(time, 1)][];
        for (var i = 0; i < all.Length; i++)
        {
            var (inviter, invitee) = NextSingle();
            all[i] = Messages.Invite(inviter, [invitee]);
        }

        return new Requests(all, Repeats: false);
    }

    /// <summary>Invitations of many accounts in one call.</summary>
    public Requests Batches(int each, TimeSpan time)
    {
        var all = new byte[Many(time, each)][];
        for (var i = 0; i < all.Length; i++)
        {
            var inviter = crowdTurn++ % Tenants.Crowd;
            var first = inviter + 1 + invitedByCrowd[inviter];
            invitedByCrowd[inviter] += each;
            all[i] = Messages.Invite(
                Tenants.FirstOfCrowd + inviter, Enumerable.Range(0, each).Select(one => Tenants.FirstOfCrowd + ((first + one) % Tenants.Crowd)));
        }

        return new Requests(all, Repeats: false);
    }

    /// <summary>Invitations of an account that is not there; each is refused.</summary>
    public static Requests Unknowns() =>
        new([.. Enumerable.Range(0, 1000).Select(n => Messages.Invite(Tenants.FirstAnswerer + n, ["nobody"]))], Repeats: true)
        {
            Refusals = [400],
        };

    /// <param name="kind"><c>accept</c>, <c>reject</c> or <c>quit</c>.</param>
    public Requests Answers(string kind, int count)
    {
        var first = answers[kind];
        answers[kind] = Math.Min(first + count, Seed.AnswersPerKind);
        return new Requests(
            [
                .. Enumerable.Range(first, answers[kind] - first).Select(n => Seed.Answer(kind, n)).Select(one => kind == "quit"
                    ? Messages.Quit(one.Invitee, one.Inviter, one.Channel)
                    : Messages.Answer(kind == "accept", one.Invitee, one.Inviter, one.Channel)),
            ],
            Repeats: false);
    }

    public async Task<Sample> InviteAsync(int clients, TimeSpan time, Requests requests, int each = 1)
    {
        var (sample, seen) = await MeasureAsync(clients, time, requests);
        Interlocked.Add(ref invited, seen.Answered * each);
        return sample;
    }

    public async Task<Sample> AnswerAsync(string kind, int clients, TimeSpan time, Requests requests)
    {
        var (sample, seen) = await MeasureAsync(clients, time, requests);
        answered[kind] += seen.Answered;
        return sample;
    }

    /// <param name="replica">Another server on the same store than this stage's own.</param>
    public async Task<Sample> ListAsync(int clients, TimeSpan time, Requests requests, ServerProcess? replica = null) =>
        (await MeasureAsync(clients, time, requests, replica)).Sample;

    /// <summary>Invites at this stage's server and lists at the replica, again and again; returns how often.</summary>
    /// <exception cref="InvalidOperationException">An invitation that was answered is not in the next list.</exception>
    public async Task<int> InviteHereAndListThereAsync(ServerProcess replica, TimeSpan time)
    {
        var (started, turns) = (Stopwatch.GetTimestamp(), 0);
        using var http = new HttpClient();
        for (; Stopwatch.GetElapsedTime(started) < time; turns++)
        {
            var (inviter, invitee) = NextSingle();
            await Load.RunAsync(Server.Port, 1, time, new Requests([Messages.Invite(inviter, [invitee])], Repeats: false));
            Interlocked.Increment(ref invited);
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{replica.Port}/v2/{Tenants.ProjectOf(inviter)}/members"));
            request.Headers.Add("X-Auth-Token", Tenants.TokenOf(inviter));
            using var answer = await http.SendAsync(request);
            if (!(await answer.Content.ReadAsStringAsync()).Contains(Tenants.NameOf(invitee), StringComparison.Ordinal))
            {
                throw new InvalidOperationException("What one replica has answered, another one did not see.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }

        return turns;
    }

    /// <summary>Waits until the worker has done what the answers left to do, so that the next round starts as this one did.</summary>
    public async Task DrainAsync()
    {
        for (var turn = 0; turn < 300 && await Engine.CountAsync(Store, "SELECT count(*) FROM outbox") > 0; turn++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }
    }

    /// <summary>The store holds what was answered with 200, and nothing else.</summary>
    /// <exception cref="InvalidOperationException">It does not.</exception>
    public async Task CheckAsync()
    {
        await ExpectAsync("memberships", Seed.Memberships + filled + invited, "SELECT count(*) FROM memberships");
        foreach (var (kind, states) in ((string, string)[])[("accept", "'joining', 'agreed'"), ("reject", "'reject'"), ("quit", "'quitting', 'quit'")])
        {
            await ExpectAsync(
                $"answers of {kind}", answered[kind], $"SELECT count(*) FROM memberships WHERE channel_name LIKE '{kind}%' AND state IN ({states})");
        }
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    /// <summary>Until the runtime has compiled for the second time what runs often.</summary>
    private async Task WarmUpAsync()
    {
        var time = TimeSpan.FromSeconds(3);
        await ListAsync(16, time, Reads.ListsOfThree(Seed));
        await InviteAsync(16, time, Singles(time));
    }

    private async Task ExpectAsync(string what, long expected, string sql)
    {
        var found = await Engine.CountAsync(Store, sql);
        if (found != expected)
        {
            throw new InvalidOperationException($"{Engine.Name} holds {found} {what} where {expected} were answered.");
        }
    }

    private (int Inviter, int Invitee) NextSingle()
    {
        var (turn, inviter) = Math.DivRem(singles++, Tenants.Answerers);
        return (Tenants.FirstAnswerer + inviter, Tenants.FirstAnswerer + ((inviter + 1 + turn) % Tenants.Answerers));
    }

    private async Task<(Sample Sample, Seen Seen)> MeasureAsync(int clients, TimeSpan time, Requests requests, ServerProcess? replica = null)
    {
        GC.Collect(); // of the last round's requests; not while this one runs
        var measured = replica ?? Server;
        var (server, engine, flushed) = (measured.ProcessorTime, Engine.ProcessorTime, flushes?.Count);
        var seen = await Load.RunAsync(measured.Port, clients, time, requests);
        var calls = (double)(seen.Answered + seen.Refused);
        return (
            new Sample(seen.PerSecond, seen.Within(0.5), seen.Within(0.99))
            {
                MegabytesPerSecond = seen.BytesPerSecond / 1e6,
                ServerMicroseconds = (measured.ProcessorTime - server).TotalMicroseconds / calls,
                EngineMicroseconds = Engine.ProcessorTime is { } now && engine is { } before ? (now - before).TotalMicroseconds / calls : double.NaN,
                FlushesPerCall = flushes is { } control && flushed is { } earlier ? (control.Count - earlier) / calls : double.NaN,
                RefusedShare = seen.Refused / calls,
            },
            seen);
    }

    private static int Many(TimeSpan time, int each) => Math.Max(100, (int)(MostPerSecond * Math.Max(1, time.TotalSeconds) / Math.Min(each, 100)));
}

/// <summary>More rows for a store, beside those that all stores are seeded with.</summary>
internal interface IFilling
{
    /// <summary>How many of them are memberships.</summary>
    long Memberships { get; }

    Task FillAsync(Engine engine, string store);
}
